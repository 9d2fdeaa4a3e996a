#pragma once

#include <cstdint>
#include <string>

#include "envs/environment.h"
#include "render/drawing/picture.h"

namespace cairn::render {

/// Whether rewards are rare enough for each to be an event, when `rewarded` of `steps` steps had one.
bool is_rare(std::int64_t rewarded, std::int64_t steps);

/// Watches steps go by for rewards that almost never come.
class RareReward {
 public:
  /// One more step. True where it has a reward, few others had one, and there were enough of them to say so.
  bool seen(float reward);

 private:
  std::int64_t steps_ = 0, rewarded_ = 0;
};

/// A reward that almost never comes, or the step by which the task was done.
struct Earned {
  Point at{0, 0};        ///< where, world units
  float reward = 0;      ///< its value
  bool success = false;  ///< whether the task was done by it
};

inline constexpr float burst_seconds = 1.1F;  ///< for which it bursts
inline constexpr float turned_seconds = 2;    ///< for which the world's sentence says what was reached

/// What the world's sentence turns to.
std::string turned(const envs::Spec& spec, const Earned& earned);
/// Likewise: of what is good and done, or good, or bad.
Color color_of(const Earned& earned);
/// What is to be done in a world, as its summary says it, without where the world comes from.
std::string task_of(const envs::Spec& spec);

/// Sparks, rings and the reward's value, from `at` in a world's box; a punishment has no sparks. `age`: from 0, when it
/// was earned, to 1, when nothing of it is left.
void draw_burst(Picture& picture, Box world, Point at, const Earned& earned, float age);

}  // namespace cairn::render
