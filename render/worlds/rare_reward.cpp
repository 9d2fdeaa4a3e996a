#include "render/worlds/rare_reward.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace cairn::render {

namespace {
using namespace envs::palette;

constexpr double rare = 0.05;          // share of steps
constexpr std::int64_t settled = 200;  // steps after which a share means something
constexpr int sparks = 40;
constexpr float reach = 0.36F;                      // of the shorter side of the world, as far as sparks fly
constexpr float smallest_value = 6;                 // units, of its letters' height
constexpr std::array glow{yellow, orange, yellow};  // of sparks

/// Fast at first, from 0 to 1.
float eased(float share) {
  const float left = 1 - std::clamp(share, 0.0F, 1.0F);
  return 1 - left * left * left;
}

void draw_sparks(Picture& picture, Point at, float far, float age, Color color) {
  const float left = 1 - age;
  picture.disc(at, 0.5F * far * eased(2 * age), faded(color, 0.45F * left * left));
  for (const float later : {0.0F, 0.16F})
    if (age > later)
      picture.ring(at, far * eased(age - later), 0.025F * far * left, faded(color, 0.85F * left * (1 - 2 * later)));
  for (int i = 0; i < sparks; ++i) {
    const auto n = static_cast<float>(i);
    const float scattered = n * 0.75487767F - std::floor(n * 0.75487767F);  // spreads evenly in [0, 1)
    const float angle = n * 2 * std::numbers::pi_v<float> * 0.61803399F;    // the golden section spreads them, too
    const auto flown = [&](float time) {
      const float way = far * (0.45F + 0.6F * scattered) * eased(time);
      return Point{at.x + way * std::cos(angle), at.y + way * std::sin(angle) + 0.45F * far * time * time};
    };
    picture.stroke(
        std::array{flown(std::max(0.0F, age - 0.12F)), flown(age + 0.01F)}, 0.02F * far * (0.4F + left),
        faded(i % 4 == 3 ? color : glow[static_cast<std::size_t>(i) % glow.size()], std::min(1.0F, 2 * left)));
  }
}
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

std::string turned(const envs::Spec& spec, const Earned& earned) {
  if (!earned.success) return fmt::format("{:+.3g} on the way.", earned.reward);
  return spec.achieved.empty() ? "Success." : spec.achieved;
}

Color color_of(const Earned& earned) {
  return earned.success ? green : earned.reward > 0 ? yellow : vermilion;
}

std::string task_of(const envs::Spec& spec) {
  const std::size_t origin = spec.summary.find(" (");
  return origin == std::string::npos ? spec.summary : spec.summary.substr(0, origin) + ".";
}

void draw_burst(Picture& picture, Box world, Point at, const Earned& earned, float age) {
  if (!(age >= 0 && age < 1)) return;
  const float far = reach * std::min(world.width, world.height);
  if (earned.success || earned.reward > 0) draw_sparks(picture, at, far, age, color_of(earned));
  if (earned.success && earned.reward <= 0) return;  // it costs less, which is no number to celebrate
  const std::string value = fmt::format("{:+.3g}", earned.reward);
  const float height = std::max(smallest_value, 0.2F * far);
  const float half = picture.text_width(height, value, true) / 2, rim = 0.5F * height;
  const float highest = world.y + rim + height, base = at.y - far * (0.35F + 0.4F * eased(age));
  picture.text({std::clamp(at.x, world.x + rim + half, std::max(world.x + rim + half, world.right() - rim - half)),
                std::max(base, highest)},
               height, value, faded(earned.reward > 0 ? yellow : vermilion, std::min(1.0F, 2.5F * (1 - age))),
               Align::centre, true);
}

}  // namespace cairn::render
