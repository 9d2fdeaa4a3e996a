#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "envs/box2d/car_track_physics.h"
#include "envs/shapes.h"

namespace cairn::envs {

namespace {

constexpr Point low{-30, -14}, high{30, 26};  // m, in the car's frame: to its right and ahead
constexpr Color grass{0, 158, 115, 70};

/// The part of a convex polygon that lies in the view (Sutherland and Hodgman 1974).
std::vector<Point> visible(std::span<const Point> polygon) {
  std::vector<Point> rest(polygon.begin(), polygon.end()), kept;
  // One edge of the view after the other: `side` is what a coordinate must not pass.
  const auto cut = [&](float Point::*axis, float side, float sign) {
    kept.clear();
    for (std::size_t i = 0; i < rest.size(); ++i) {
      const Point from = rest[i], to = rest[(i + 1) % rest.size()];
      const float a = sign * (side - from.*axis), b = sign * (side - to.*axis);  // inside: not negative
      if (a >= 0) kept.push_back(from);
      if ((a < 0) == (b < 0)) continue;
      const float share = a / (a - b);
      Point at{std::lerp(from.x, to.x, share), std::lerp(from.y, to.y, share)};
      at.*axis = side;
      kept.push_back(at);
    }
    std::swap(rest, kept);
  };
  cut(&Point::x, high.x, 1);
  cut(&Point::x, low.x, -1);
  cut(&Point::y, high.y, 1);
  cut(&Point::y, low.y, -1);
  return rest;
}

void fill_visible(Canvas& canvas, std::span<const Point> polygon, Color color) {
  if (const std::vector<Point> part = visible(polygon); part.size() >= 3) canvas.fill(part, color);
}

bool in_view(Point p, float margin) {
  return p.x > low.x + margin && p.x < high.x - margin && p.y > low.y + margin && p.y < high.y - margin;
}

/// The whole road in a corner: what is driven, and where the car is.
void draw_map(Canvas& canvas, const Road& road, const std::vector<bool>& touched, b2Vec2 car) {
  constexpr float size = 15;  // m, of the map in the view
  constexpr Point corner{high.x - size - 1, high.y - size - 1};
  float left = 1e9F, right = -1e9F, bottom = 1e9F, top = -1e9F;
  for (const Road::Place& place : road.places) {
    left = std::min(left, static_cast<float>(place.x));
    right = std::max(right, static_cast<float>(place.x));
    bottom = std::min(bottom, static_cast<float>(place.y));
    top = std::max(top, static_cast<float>(place.y));
  }
  const float scale = (size - 2) / std::max(right - left, top - bottom);
  const auto on_map = [&](float x, float y) {
    return Point{std::clamp(corner.x + 1 + scale * (x - left), corner.x, corner.x + size),
                 std::clamp(corner.y + 1 + scale * (y - bottom), corner.y, corner.y + size)};
  };
  canvas.fill(rectangle({corner.x + size / 2, corner.y + size / 2}, size / 2, size / 2), {16, 20, 32, 200});
  for (std::size_t i = 0; i < road.tiles(); ++i) {
    const Road::Place &from = road.places[road.after(i, -1)], &to = road.places[i];
    line(canvas, on_map(static_cast<float>(from.x), static_cast<float>(from.y)),
         on_map(static_cast<float>(to.x), static_cast<float>(to.y)), 0.5F,
         touched[i] ? palette::green : palette::faint);
  }
  canvas.disc(on_map(car.x, car.y), 0.6F, palette::orange);
}

}  // namespace

// The car points up, as in the original: what lies ahead is above it.
void CarTrack::draw(Canvas& canvas) const {
  backdrop(canvas, low, high);
  if (!physics_) return;
  canvas.fill(std::array<Point, 4>{low, {high.x, low.y}, high, {low.x, high.y}}, grass);

  const b2Body& hull = *physics_->hull;
  const auto here = [&](Point p) {
    const b2Vec2 local = hull.GetLocalPoint({p.x, p.y});
    return Point{local.x, local.y};
  };
  const auto show = [&](std::array<Point, 4> corners, Color color) {
    for (Point& corner : corners) corner = here(corner);
    fill_visible(canvas, corners, color);
  };
  const std::vector<int> kerbs = road_.kerbs();
  for (std::size_t i = 0; i < road_.tiles(); ++i) {
    show(road_.tile(i), touched_tiles_[i] ? palette::faint : palette::ground);
    if (kerbs[i] != 0) show(road_.kerb(i, kerbs[i]), i % 2 == 0 ? palette::ink : palette::vermilion);
  }
  const auto first = road_.tile(0);  // with the line at which a lap begins
  const auto back = [](Point from, Point to) {
    return Point{std::lerp(from.x, to.x, 0.1F), std::lerp(from.y, to.y, 0.1F)};
  };
  show({first[0], first[1], back(first[1], first[2]), back(first[0], first[3])}, palette::ink);

  for (const std::ptrdiff_t ahead : CarSizes::ahead) {
    const Road::Place& place = road_.places[road_.after(nearest_, ahead)];
    const Point at = here({static_cast<float>(place.x), static_cast<float>(place.y)});
    if (in_view(at, 0.3F)) canvas.disc(at, 0.3F, palette::yellow);
  }

  const auto polygons = [&](const b2Body& body, Color color) {
    for (const b2Fixture* fixture = body.GetFixtureList(); fixture != nullptr; fixture = fixture->GetNext()) {
      const auto& shape = static_cast<const b2PolygonShape&>(*fixture->GetShape());
      std::vector<Point> corners;
      for (int i = 0; i < shape.m_count; ++i) {
        const b2Vec2 corner = body.GetWorldPoint(shape.m_vertices[i]);
        corners.push_back(here({corner.x, corner.y}));
      }
      fill_visible(canvas, corners, color);
    }
  };
  for (std::size_t i = 0; i < wheels; ++i)
    polygons(*physics_->wheel[i], on_road_[i] ? palette::sky : palette::vermilion);
  polygons(hull, palette::orange);
  canvas.disc({0, 0.4F}, 0.35F, palette::ink);  // the driver's helmet
  canvas.earned_at({0, 0});

  draw_map(canvas, road_, touched_tiles_, hull.GetPosition());
  const std::string text = std::to_string(touched_) + " of " + std::to_string(asked_) + " tiles";
  canvas.text({low.x + 1, high.y - 2.5F}, 1.4F, text, palette::ink);
}

}  // namespace cairn::envs
