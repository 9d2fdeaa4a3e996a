#pragma once

#include <span>

namespace cairn::agents {

/// A loss at one error.
struct Loss {
  float value, slope;  ///< slope: d value / d error
};
/// ½ e² up to |e| = `limit`, linear beyond (Huber 1964). Limit infinity: squared throughout.
Loss huber_loss(float error, float limit);

/// max_a [Q(s, a) + margin (a ≠ shown)] - Q(s, shown), times `weight` (Hester et al. 2018): nothing where the shown
/// action is ahead of all others by the margin. Adds its gradient to `d_loss_d_q`.
float margin_loss(std::span<const float> q, int shown, float margin, float weight, std::span<float> d_loss_d_q);

}  // namespace cairn::agents
