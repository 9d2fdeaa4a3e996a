#include <algorithm>
#include <cmath>

#include "envs/box2d/car_track_physics.h"

namespace cairn::envs {

namespace {

constexpr float cornering = 180, slowing = 90;  // m/s², that the pilot counts on from its tyres
constexpr float fastest = 100;                  // m/s
constexpr float push = 360;                     // N, that each rear wheel shall drive with on a straight
constexpr float deaf = 0.5F;                    // of the steering, up to which the discrete pilot looks after its speed

/// 1/m, of the circle through three points: 4 times their triangle's area over the product of its sides.
float curvature(Point a, Point b, Point c) {
  const float twice_area = std::abs((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
  const float sides =
      std::hypot(b.x - a.x, b.y - a.y) * std::hypot(c.x - b.x, c.y - b.y) * std::hypot(c.x - a.x, c.y - a.y);
  return 2 * twice_area / std::max(sides, 1e-6F);
}

}  // namespace

// Steers to a point of the road that lies the farther ahead the faster it drives, no faster than the turns ahead allow,
// and gives no more gas than the rear tyres can turn into force.
bool CarTrack::pilot(std::span<const float> o, std::span<float> action) const {
  constexpr std::size_t points = CarSizes::ahead.size(), points_at = 12;
  const auto spot = [&](std::size_t i) { return Point{40 * o[points_at + 2 * i], 40 * o[points_at + 2 * i + 1]}; };
  const float speed = 50 * o[0], yaw_rate = 5 * o[2];

  const float look = 2 + speed / 15;  // tiles ahead
  std::size_t i = 0;
  while (i + 2 < points && static_cast<float>(CarSizes::ahead[i + 1]) < look) ++i;
  const auto low = static_cast<float>(CarSizes::ahead[i]), high = static_cast<float>(CarSizes::ahead[i + 1]);
  const float share = std::clamp((look - low) / (high - low), 0.0F, 1.0F);
  const Point near = spot(i), far = spot(i + 1);
  const float bearing = std::atan2(std::lerp(near.x, far.x, share), std::lerp(near.y, far.y, share));
  const float steer = 3 * bearing + 0.08F * yaw_rate;  // right positive; against a turn that the car makes already

  float allowed = fastest, way = 0;  // v² = a / curvature in a turn, and 2 b more for each metre before it
  for (std::size_t k = 0; k + 2 < points; ++k) {
    const Point a = spot(k), b = spot(k + 1);
    const float turn = std::max(curvature(a, b, spot(k + 2)), 1e-4F);
    allowed = std::min(allowed, std::sqrt(cornering / turn + 2 * slowing * way));
    way += std::hypot(b.x - a.x, b.y - a.y);
  }
  const float excess = speed - allowed;

  if (!options_.continuous) {
    if (std::abs(steer) > deaf)
      action[0] = steer > 0 ? 1 : 2;
    else
      action[0] = excess > 2 ? 4.0F : (excess < 0 ? 3.0F : 0.0F);
    return true;
  }
  action[0] = std::clamp(steer, -1.0F, 1.0F);
  // What keeps a wheel's speed while it drives with a force F: power · gas / (omega + 5) = F · radius.
  const float omega = 100 * std::max(std::abs(o[6]), std::abs(o[7]));
  const float force = push * (1 - 0.5F * std::abs(action[0]));
  const float gas = force * static_cast<float>(CarSizes::wheel_radius / CarSizes::power) * (omega + 5);
  action[1] = std::clamp(gas * std::min(1.0F, -0.5F * excess), 0.0F, 1.0F);
  action[2] = std::clamp(0.02F * (excess - 1), 0.0F, 0.3F);
  return true;
}

}  // namespace cairn::envs
