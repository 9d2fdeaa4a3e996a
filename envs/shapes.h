#pragma once

#include <array>
#include <cmath>

#include "envs/canvas.h"

namespace cairn::envs {

/// Corners of a rectangle turned by `angle` (rad, counter-clockwise) about its centre; world units.
inline std::array<Point, 4> rectangle(Point center, float half_width, float half_height, float angle = 0) {
  const float c = std::cos(angle), s = std::sin(angle);
  const auto corner = [&](float x, float y) { return Point{center.x + c * x - s * y, center.y + s * x + c * y}; };
  return {corner(-half_width, -half_height), corner(half_width, -half_height), corner(half_width, half_height),
          corner(-half_width, half_height)};
}

/// Shows [low, high] and fills it with the night sky.
inline void backdrop(Canvas& canvas, Point low, Point high) {
  canvas.view(low, high);
  canvas.fill(std::array<Point, 4>{low, {high.x, low.y}, high, {low.x, high.y}}, palette::sky);
}

/// A straight line, `width` in world units.
inline void line(Canvas& canvas, Point from, Point to, float width, Color color) {
  canvas.stroke(std::array<Point, 2>{from, to}, width, color);
}

}  // namespace cairn::envs
