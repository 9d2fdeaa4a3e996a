#pragma once

#include <span>

namespace cairn::agents {

// Returns as N quantiles in place of their mean (Dabney et al. 2018, QR-DQN). Quantile i stands for the fraction
// τ_i = (2i + 1) / 2N of the distribution. Of one sample, quantiles lie action after action: those of action a begin at
// a N.

/// The loss of one sample's N quantiles (Dabney et al. 2018).
template <class Scalar>
struct QuantileLoss {
  Scalar value;  ///< mean_j Σ_i |τ_i - 1(u < 0)| L_κ(u) / κ, with u = y_j - θ_i and L_κ Huber's loss
  Scalar error;  ///< mean over i and j of |u|: what a priority goes by, whatever N
};
/// Of one action's quantiles θ towards the targets y, of which there may be another number. Writes `weight` times the
/// gradient by θ; kappa > 0.
template <class Scalar>
QuantileLoss<Scalar> quantile_huber_loss(std::span<const Scalar> quantiles, std::span<const Scalar> targets,
                                         Scalar kappa, Scalar weight, std::span<Scalar> d_quantiles);

/// The legal action with the largest mean, of `count` quantiles an action. `mask`: 1 where legal; empty: all are.
template <class Scalar>
int best_by_mean(std::span<const Scalar> quantiles, int count, std::span<const float> mask);

/// y_j = reward + discount θ'_j(s', a*): `delayed` holds θ', and a* has the largest mean in `chooser`. Discount 0
/// leaves the reward alone, whatever θ'.
template <class Scalar>
void quantile_targets(std::span<const Scalar> chooser, std::span<const Scalar> delayed, std::span<const float> mask,
                      Scalar reward, Scalar discount, std::span<Scalar> targets);

}  // namespace cairn::agents
