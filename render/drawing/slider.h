#pragma once

#include <string>

#include "render/drawing/picture.h"

namespace cairn::render {

/// A handle on a line, for a value between two ends.
struct Slider {
  std::string name{};        ///< above the line's left end
  double value = 0;          ///< where the handle stands
  double low = 0, high = 1;  ///< at the line's ends
  bool log = false;          ///< equal ways are equal factors
  int notches = 0;           ///< how many values it can have, evenly spread; 0: all
  std::string said{};        ///< the value as people read it, above the right end
  bool known = true;         ///< whether value and ends are; before, it stands faint and without a handle
};

inline constexpr float slider_height = 26;  ///< units

/// The slider, as wide as the box. `held`: by the mouse.
void draw_slider(Picture& picture, Box box, const Slider& slider, bool held = false);

/// The value under `x` of a slider drawn in `box`; beside its line, that of the nearer end.
double value_under(float x, Box box, const Slider& slider);

}  // namespace cairn::render
