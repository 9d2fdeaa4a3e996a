#pragma once

// What the world of key rooms and its drawing share.

namespace cairn::envs {

struct KeyRoomsSizes {
  static constexpr float side = 3.0F, half_side = 0.5F * side;  ///< m, of a room
  static constexpr float radius = 0.15F;                        ///< m, of the disc
  static constexpr float half_door = 0.3F;                      ///< m
  static constexpr float key = 0.2F;                            ///< m, radius of a key
  static constexpr float goal = 0.3F;                           ///< m, radius of the goal at difficulty 1
  static constexpr float apart = 1;       ///< m, what is drawn in a room from what comes before it, at least
  static constexpr float margin = 0.35F;  ///< m, what is drawn from the walls, at least
};

}  // namespace cairn::envs
