#include "render/drawing/contour.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace cairn::render {

ScalarField sample(const std::function<double(double, double)>& function, double x_low, double x_high, double y_low,
                   double y_high, int columns, int rows) {
  ScalarField field{columns, rows, x_low, x_high, y_low, y_high, {}};
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) field.values.push_back(function(field.x(column), field.y(row)));
  return field;
}

std::vector<std::array<double, 4>> contour(const ScalarField& field, double level) {
  std::vector<std::array<double, 4>> pieces;
  for (int row = 0; row + 1 < field.rows; ++row)
    for (int column = 0; column + 1 < field.columns; ++column) {
      // Corners counter-clockwise from the lower left; edge i joins corner i and the next.
      const std::array<std::pair<int, int>, 4> corners{
          {{column, row}, {column + 1, row}, {column + 1, row + 1}, {column, row + 1}}};
      std::array<double, 4> values;
      for (std::size_t i = 0; i < 4; ++i) values[i] = field.at(corners[i].first, corners[i].second) - level;
      if (!std::ranges::all_of(values, [](double v) { return std::isfinite(v); })) continue;

      std::array<std::array<double, 2>, 4> crossings;
      std::array<std::size_t, 4> crossed{};
      std::size_t count = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        const std::size_t next = (i + 1) % 4;
        if ((values[i] < 0) == (values[next] < 0)) continue;
        const double share = values[i] / (values[i] - values[next]);
        const auto between = [&](double from, double to) { return from + share * (to - from); };
        crossings[i] = {between(field.x(corners[i].first), field.x(corners[next].first)),
                        between(field.y(corners[i].second), field.y(corners[next].second))};
        crossed[count++] = i;
      }
      const auto join = [&](std::size_t a, std::size_t b) {
        pieces.push_back({crossings[a][0], crossings[a][1], crossings[b][0], crossings[b][1]});
      };
      if (count == 2) join(crossed[0], crossed[1]);
      if (count == 4) {
        // The middle belongs with corner 0 and 2, or with 1 and 3: the pieces cut off the other two.
        const bool with_first = (values[0] + values[1] + values[2] + values[3] < 0) == (values[0] < 0);
        join(0, with_first ? 1 : 3);
        join(2, with_first ? 3 : 1);
      }
    }
  return pieces;
}

std::vector<double> geometric_levels(const ScalarField& field, int count) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : field.values)
    if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  std::vector<double> levels;
  if (!(high > low)) return levels;
  constexpr double nearest = 1e-4;  // of the range, the first level above the least value
  for (int i = 0; i < count; ++i) levels.push_back(low + (high - low) * std::pow(nearest, 1 - (i + 0.5) / count));
  return levels;
}

namespace {

Color mixed(std::span<const Color> stops, double share) {
  if (!std::isfinite(share)) return envs::palette::ground;
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(place), stops.size() - 2);
  const double rest = place - static_cast<double>(i);
  const auto mix = [&](unsigned char from, unsigned char to) {
    return static_cast<unsigned char>(std::lround(from + rest * (to - from)));
  };
  return {mix(stops[i].r, stops[i + 1].r), mix(stops[i].g, stops[i + 1].g), mix(stops[i].b, stops[i + 1].b)};
}

}  // namespace

Color ramp(double share) {
  using namespace envs::palette;
  constexpr std::array<Color, 4> stops{sky, deep_blue, blue, yellow};
  return mixed(stops, share);
}

Color dusk(double share) {
  constexpr std::array<Color, 2> stops{envs::palette::sky, Color{68, 78, 110}};
  return mixed(stops, share);
}

}  // namespace cairn::render
