#pragma once

#include <cstddef>
#include <string>

#include "render/drawing/chart.h"
#include "render/drawing/picture.h"

namespace cairn::render {

/// Lanes of one size that fill a box, as high as it is and as wide as their worlds can be: a head each and its world.
struct Lanes {
  static constexpr float gap = 10;          ///< units between two lanes
  static constexpr float lowest_head = 20;  ///< units of what stands above a lane's world, at least

  /// `aspect`: width over height of the world.
  Lanes(Box box, int lanes, float aspect);
  int count;                                         ///< lanes
  int columns = 1;                                   ///< side by side; rows follow from it
  float width = 0, world = 0, above = 0, right = 0;  ///< units: of a world, both ways; of a head; where the lanes end
  /// Lane `i` with its head. In the last row, which may have fewer, lanes are wider than their worlds.
  Box box(Box all, std::size_t i) const;
  /// All of them, one above the other.
  float height() const;
  /// Its world.
  Box world_box(Box lane) const;
};

/// A lane's curve, without its points. `color`: its number; no two lanes with different numbers below 16 are alike in
/// colour and dash.
Series lane_series(int color, float width);
/// A piece of that curve, from left to right.
void draw_swatch(Picture& picture, Point from, float length, int color);
/// The text, its end left out where it would be wider than `width`.
void shortened_text(Picture& picture, Point at, float height, std::string text, Color color, float width);

}  // namespace cairn::render
