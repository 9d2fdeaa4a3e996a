#pragma once

#include <string>
#include <vector>

#include "render/drawing/picture.h"

namespace cairn::render {

/// A key as it looks on a keyboard, and what it does while it is held.
struct Keycap {
  std::string key, does;  ///< as people read them
  bool held = false;      ///< at the moment
};

/// The keys side by side from the right end of the box, with what they do as far as there is room: else only the held
/// one says it. Returns where the caps stand, for a mouse.
std::vector<Box> draw_keycaps(Picture& picture, Box box, const std::vector<Keycap>& keys);

}  // namespace cairn::render
