#pragma once

#include <array>

#include "envs/canvas.h"

// What the world of docking and its drawing share.

namespace cairn::envs {

struct DockingSizes {
  static constexpr Point low{-12, -20}, high{38, 20};  ///< m, the space that an episode may not leave
  static constexpr float hub = 3;                      ///< m, radius of the station's middle
  static constexpr float port = 4;                     ///< m, from the station's centre to its port, along its x axis
  static constexpr float collar = 0.9F;                ///< m, half width of what carries the port
  static constexpr float panel = 10,
                         panel_half_width = 1.2F;  ///< m, from the centre to a panel's end
  static constexpr float nose = 1.4F;              ///< m, from the capsule's centre
  static constexpr float tolerance = 0.5F;         ///< m, from nose to port
  static constexpr float cone = 0.52359878F;       ///< rad, half of the port's cone of 60 degrees
  /// The capsule, its nose to the right; m.
  static constexpr std::array<Point, 6> capsule{
      {{-1.2F, -1.1F}, {0.4F, -0.75F}, {1.4F, -0.3F}, {1.4F, 0.3F}, {0.4F, 0.75F}, {-1.2F, 1.1F}}};
};

}  // namespace cairn::envs
