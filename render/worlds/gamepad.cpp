#include "render/worlds/gamepad.h"

#include <algorithm>
#include <cmath>

namespace cairn::render {

namespace {

constexpr float dead_zone = 0.2F;  // of an axis: one that rests is seldom read as exactly 0

float axis(float lever, float cross) {
  const float held = std::abs(lever) > dead_zone ? lever : 0;
  return std::clamp(held + cross, -1.0F, 1.0F);
}

}  // namespace

Stick stick_of(const Gamepad& pad) {
  return {axis(pad.x, pad.cross_x), pad.button ? 1 : axis(-pad.y, -pad.cross_y)};
}

}  // namespace cairn::render
