#pragma once

#include <cstdint>

#include "render/drawing/picture.h"

namespace cairn::render {

/// Whether rewards are rare enough for each to be shown by a flash, when `rewarded` of `steps` steps had one.
bool is_rare(std::int64_t rewarded, std::int64_t steps);

/// Watches steps go by for rewards that almost never come.
class RareReward {
 public:
  /// One more step. True where it has a reward, few others had one, and there were enough of them to say so.
  bool seen(float reward);

 private:
  std::int64_t steps_ = 0, rewarded_ = 0;
};

/// Shows a reward's value in the middle of a world, `brightness` from 1, when it comes, to 0. `height`: units, of its
/// letters when they are smallest.
void draw_flash(Picture& picture, Box world, float reward, float brightness, float height);

}  // namespace cairn::render
