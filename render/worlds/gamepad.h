#pragma once

namespace cairn::render {

/// A gamepad's left stick, its cross and its first button, as they are read: right and downwards, in [-1, 1].
struct Gamepad {
  float x = 0, y = 0;              ///< the stick
  float cross_x = 0, cross_y = 0;  ///< the cross
  bool button = false;             ///< held
};

/// Where a person holds it to: right and up, in [-1, 1]; exactly 0 at rest.
struct Stick {
  float x = 0, y = 0;  ///< both 0 at rest
};

/// The stick or the cross, whichever is held, both adding up; the button counts as up.
Stick stick_of(const Gamepad& pad);

}  // namespace cairn::render
