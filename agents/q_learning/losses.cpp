#include "agents/q_learning/losses.h"

#include <algorithm>
#include <cmath>

namespace cairn::agents {

Loss huber_loss(float error, float limit) {
  const float size = std::abs(error);
  return {.value = size <= limit ? 0.5F * error * error : limit * (size - 0.5F * limit),
          .slope = std::clamp(error, -limit, limit)};
}

float margin_loss(std::span<const float> q, int shown, float margin, float weight, std::span<float> d_loss_d_q) {
  const auto action = static_cast<std::size_t>(shown);
  std::size_t best = action;
  float most = q[action];
  for (std::size_t a = 0; a < q.size(); ++a)
    if (a != action && q[a] + margin > most) {
      most = q[a] + margin;
      best = a;
    }
  d_loss_d_q[best] += weight;
  d_loss_d_q[action] -= weight;
  return weight * (most - q[action]);
}

}  // namespace cairn::agents
