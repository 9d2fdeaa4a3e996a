#pragma once

#include <optional>
#include <string>

#include "envs/environment.h"
#include "render/drawing/picture.h"
#include "render/worlds/controls.h"
#include "render/worlds/rare_reward.h"

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
  std::string achieved{};                   ///< what the title turns to once the task is done
  Earned earned{};                          ///< the latest event
  float burst = 1;                          ///< how far it has burst, from 0 to 1: no more
  std::optional<double> best{};             ///< return of the person's best whole episode so far
  std::optional<double> target{};           ///< return at which the world counts as solved
  std::string policy{};                     ///< who can be asked to fly; empty: nobody
  double policy_return = 0;                 ///< what it came to from the very same start
  bool by_policy = false;                   ///< it flies
  int kept = -1;                            ///< episodes in the file; -1: there is none
  std::string speed{};                      ///< where it is not real time
  std::string message{};                    ///< what a person's last key did
};

inline constexpr float play_width = 960, play_height = 540;  ///< units

/// The world, large, with what its pilot should know.
void draw_play(Picture& picture, const PlayStatus& status, const envs::Environment& world, const Controls& controls,
               const Held& held);

}  // namespace cairn::render
