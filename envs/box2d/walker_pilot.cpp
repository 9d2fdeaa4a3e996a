#include <algorithm>

#include "envs/box2d/walker.h"

namespace cairn::envs {

// Gymnasium's gait: stand on one leg and swing the other forward, put it down, push off with the first.
void Walker::Gait::see(std::span<const float> o) {
  constexpr float speed = 0.29F;          // of the observation's vx: it falls forward at higher ones
  constexpr float bent = 0.1F;            // a supporting knee, most
  constexpr float straightening = 0.03F;  // rad a step
  hip = knee = {};
  const std::size_t support = 1 - moving;
  const std::span<const float> swinging = o.subspan(4 + 5 * moving, 5), bearing = o.subspan(4 + 5 * support, 5);
  if (phase == Phase::stay_on_one_leg) {
    hip[moving] = 1.1F;
    knee[moving] = -0.6F;
    support_knee = std::min(support_knee + (o[2] > speed ? 2 : 1) * straightening, bent);
    knee[support] = support_knee;
    if (bearing[0] < 0.1F) phase = Phase::put_other_down;  // the supporting leg is behind
  }
  if (phase == Phase::put_other_down) {
    hip[moving] = 0.1F;
    knee[moving] = bent;
    knee[support] = support_knee;
    if (swinging[4] != 0) {
      phase = Phase::push_off;
      support_knee = std::min(swinging[2], bent);
    }
  }
  if (phase == Phase::push_off) {
    knee[moving] = support_knee;
    knee[support] = 1;
    if (bearing[2] > 0.88F || o[2] > 1.2F * speed) {
      phase = Phase::stay_on_one_leg;
      moving = support;
    }
  }
}

// Proportional-derivative control of each joint to the gait's target, of the hull to upright, and against bouncing.
bool Walker::pilot(std::span<const float> o, std::span<float> action) const {
  std::ranges::fill(action, 0.0F);
  if (elapsed() == 0) return true;
  for (std::size_t leg = 0; leg < 2; ++leg) {
    const std::span<const float> of = o.subspan(4 + 5 * leg, 5);
    float hip = 0.9F * o[0] + 1.5F * o[1], knee = -15 * o[3];
    if (gait_.hip[leg] != 0) hip += 0.9F * (gait_.hip[leg] - of[0]) - 0.25F * of[1];
    if (gait_.knee[leg] != 0) knee += 4 * (gait_.knee[leg] - of[2]) - 0.25F * of[3];
    action[2 * leg] = std::clamp(0.5F * hip, -1.0F, 1.0F);
    action[2 * leg + 1] = std::clamp(0.5F * knee, -1.0F, 1.0F);
  }
  return true;
}

}  // namespace cairn::envs
