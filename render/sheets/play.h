#pragma once

#include <string>

#include "envs/environment.h"
#include "render/drawing/picture.h"
#include "render/worlds/controls.h"

namespace cairn::render {

/// What a person who flies a world sees beside it.
struct PlayStatus {
  enum class Phase { ready, flying, over };
  Phase phase = Phase::ready;
  std::string title;
  double episode_return = 0;
  float reward = 0;            ///< the last one
  int steps = 0, horizon = 0;  ///< of the episode
  bool success = false, truncated = false;
  float rare_reward = 0;  ///< to be flashed
  float flash = 0;        ///< how bright, in [0, 1]
  int kept = -1;          ///< episodes in the file; -1: there is none
  std::string speed{};    ///< where it is not real time
  std::string message{};
};

inline constexpr float play_width = 960, play_height = 540;  ///< units

void draw_play(Picture& picture, const PlayStatus& status, const envs::Environment& world, const Controls& controls,
               const Held& held);

}  // namespace cairn::render
