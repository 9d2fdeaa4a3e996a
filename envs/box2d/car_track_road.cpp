#include "envs/box2d/car_track_road.h"

#include <algorithm>
#include <cmath>
#include <numbers>

// The road and the order of every draw are those of Gymnasium's car_racing.py; checked against recorded roads.

namespace cairn::envs {

namespace {

constexpr double pi = std::numbers::pi;
constexpr double scale = 6;                         // of lengths in the law of steering
constexpr double strongest_turn = 0.31;             // rad a point
constexpr double gain = 0.001, dead_zone = 0.3;     // of steering towards a checkpoint
constexpr double ends_from = 225;                   // m, of the first and last checkpoint, which are fixed
constexpr double seam = -pi / Road::checkpoints;    // rad, bearing at which a lap begins
constexpr int laps = 4, most_points = 2500;         // of the walk that the road is cut from
constexpr double kerb_turn = 0.2 * strongest_turn;  // rad, least of a point with a kerb
constexpr int kerb_run = 4;                         // points

struct Checkpoint {
  double bearing, x, y;
};

std::array<Checkpoint, Road::checkpoints> place(std::span<const double, Road::draws> draws) {
  std::array<Checkpoint, Road::checkpoints> checkpoints{};
  for (std::size_t c = 0; c < checkpoints.size(); ++c) {
    double bearing = 2 * pi * static_cast<double>(c) / Road::checkpoints, distance = ends_from;
    if (c != 0 && c + 1 != checkpoints.size()) {
      bearing += draws[2 * c];
      distance = draws[2 * c + 1];
    }
    checkpoints[c] = {bearing, distance * std::cos(bearing), distance * std::sin(bearing)};
  }
  return checkpoints;
}

struct WalkedPoint {
  double bearing;  // rad, seen from the middle, up to whole turns
  Road::Place place;
};

/// Walks from checkpoint to checkpoint, some laps.
std::vector<WalkedPoint> walk(const std::array<Checkpoint, Road::checkpoints>& checkpoints) {
  std::vector<WalkedPoint> steps;
  steps.reserve(most_points);
  double x = ends_from, y = 0, heading = 0;
  std::size_t next = 0;  // checkpoint, counted on and on
  bool far_side = false;
  for (int lap = 0; lap <= laps && steps.size() < most_points;) {
    double bearing = std::atan2(y, x);
    if (far_side && bearing > 0) {
      ++lap;
      far_side = false;
    }
    if (bearing < 0) {
      far_side = true;
      bearing += 2 * pi;
    }
    // The next checkpoint not yet passed; past the last one the bearing counts as before the first.
    while (bearing > checkpoints[next % checkpoints.size()].bearing)
      if (++next % checkpoints.size() == 0) bearing -= 2 * pi;
    const Checkpoint& target = checkpoints[next % checkpoints.size()];

    const double across_x = std::cos(heading), across_y = std::sin(heading);
    const double aside = scale * (across_x * (target.x - x) + across_y * (target.y - y));
    while (heading - bearing > 1.5 * pi) heading -= 2 * pi;
    while (heading - bearing < -1.5 * pi) heading += 2 * pi;
    const double before = heading;
    if (std::abs(aside) > dead_zone) heading -= std::copysign(std::min(strongest_turn, gain * std::abs(aside)), aside);
    x += -across_y * Road::spacing;
    y += across_x * Road::spacing;
    steps.push_back({bearing, {0.5 * (before + heading), x, y}});
  }
  return steps;
}

/// `from` and `to` (m) to the right of two points.
std::array<Point, 4> strip(const Road::Place& here, const Road::Place& before, double from, double to) {
  const auto at = [](const Road::Place& place, double right) {
    return Point{static_cast<float>(place.x + right * std::cos(place.heading)),
                 static_cast<float>(place.y + right * std::sin(place.heading))};
  };
  return {at(here, from), at(here, to), at(before, to), at(before, from)};
}

}  // namespace

std::optional<Road> Road::make(std::span<const double, draws> noise_and_distance) {
  const std::vector<WalkedPoint> steps = walk(place(noise_and_distance));
  std::size_t begin = 0, end = 0;  // the last two steps across the seam
  for (std::size_t i = steps.size() - 1; i > 0 && begin == 0; --i)
    if (steps[i].bearing > seam && steps[i - 1].bearing <= seam) (end == 0 ? end : begin) = i;
  if (begin == 0) return std::nullopt;

  Road road;
  for (std::size_t i = begin; i + 1 < end; ++i) road.places.push_back(steps[i].place);
  if (road.places.empty() || road.places.size() > most_tiles) return std::nullopt;
  const Place &first = road.places.front(), &last = road.places.back();
  const double gap =
      std::hypot(std::cos(first.heading) * (first.x - last.x), std::sin(first.heading) * (first.y - last.y));
  if (gap > spacing) return std::nullopt;
  return road;
}

std::size_t Road::after(std::size_t tile, std::ptrdiff_t by) const {
  const auto n = static_cast<std::ptrdiff_t>(tiles());
  return static_cast<std::size_t>(((static_cast<std::ptrdiff_t>(tile) + by) % n + n) % n);
}

std::array<Point, 4> Road::tile(std::size_t i) const {
  return strip(places[i], places[after(i, -1)], -half_width, half_width);
}

std::vector<int> Road::kerbs() const {
  const auto turn = [&](std::size_t i) { return places[i].heading - places[after(i, -1)].heading; };
  std::vector<int> sides(tiles(), 0);
  for (std::size_t i = 0; i < tiles(); ++i) {
    const int side = turn(i) < 0 ? 1 : -1;  // inside the turn
    int run = 0;
    while (run < kerb_run && -side * turn(after(i, -run)) > kerb_turn) ++run;
    if (run == kerb_run)
      for (int k = 0; k < kerb_run; ++k) {
        const std::size_t tile = after(i, -k);
        sides[tile] = turn(tile) < 0 ? 1 : -1;
      }
  }
  return sides;
}

std::array<Point, 4> Road::kerb(std::size_t i, int side) const {
  return strip(places[i], places[after(i, -1)], side * half_width, side * (half_width + kerb_width));
}

}  // namespace cairn::envs
