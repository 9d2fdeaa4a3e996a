#pragma once

#include <string>

#include "envs/environment.h"
#include "render/drawing/picture.h"
#include "render/worlds/controls.h"

namespace cairn::render {

/// What a person who flies a world sees beside it.
struct PlayStatus {
  /// Where the episode is: about to begin, under way, at its end.
  enum class Phase { ready, flying, over };
  Phase phase = Phase::ready;               ///< of the episode
  std::string title;                        ///< the world
  double episode_return = 0;                ///< so far
  float reward = 0;                         ///< the last one
  int steps = 0, horizon = 0;               ///< of the episode
  bool success = false, truncated = false;  ///< how it ended
  float rare_reward = 0;                    ///< to be flashed
  float flash = 0;                          ///< how bright, in [0, 1]
  int kept = -1;                            ///< episodes in the file; -1: there is none
  std::string speed{};                      ///< where it is not real time
  std::string message{};                    ///< what a person's last key did
};

inline constexpr float play_width = 960, play_height = 540;  ///< units

/// The world, large, with what its pilot should know.
void draw_play(Picture& picture, const PlayStatus& status, const envs::Environment& world, const Controls& controls,
               const Held& held);

}  // namespace cairn::render
