#include "render/worlds/rare_reward.h"

#include <fmt/format.h>

namespace cairn::render {

namespace {
constexpr double rare = 0.05;          // share of steps
constexpr std::int64_t settled = 200;  // steps after which a share means something
}  // namespace

bool is_rare(std::int64_t rewarded, std::int64_t steps) {
  return static_cast<double>(rewarded) < rare * static_cast<double>(steps);
}

bool RareReward::seen(float reward) {
  ++steps_;
  if (reward == 0) return false;
  ++rewarded_;
  return steps_ > settled && is_rare(rewarded_, steps_);
}

void draw_flash(Picture& picture, Box world, float reward, float brightness, float height) {
  const float size = height * (1.5F + 1.5F * brightness);
  picture.text({world.centre().x, world.centre().y + size / 2}, size, fmt::format("{:+g}", reward),
               faded(envs::palette::yellow, brightness), Align::centre, true);
}

}  // namespace cairn::render
