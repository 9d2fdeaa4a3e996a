#pragma once

#include <cstdint>
#include <span>

namespace cairn::agents {

/// What the targets of a rollout follow from, sample t * environments + e being step t of world e.
template <class Scalar>
struct QLambdaRollout {
  int environments = 1;                                 ///< worlds
  std::span<const Scalar> rewards;                      ///< of each sample, scaled
  std::span<const std::uint8_t> terminated, truncated;  ///< 1 where the step ended the episode
  std::span<const Scalar> values;                       ///< max Q(s_t) over the legal actions
  std::span<const Scalar> final_values;                 ///< max Q of the final observation, where truncated
  std::span<const Scalar> last_values;                  ///< of each world: max Q of the observation after its last step
};

/// Peng's Q(λ) (Peng and Williams 1996; as PQN has it, Gallici et al. 2025):
///
///     G_t = r                                          where the world ended the episode
///     G_t = r + γ max Q(final observation)             where the horizon did
///     G_t = r + γ [(1 - λ) max Q(s_{t+1}) + λ G_{t+1}] else; and G = max Q where the rollout is over
///
/// Traces are not cut where an action was exploratory, which biases G a little while exploration is rare. Writes one
/// target a sample.
template <class Scalar>
void q_lambda_targets(const QLambdaRollout<Scalar>& rollout, Scalar gamma, Scalar lambda, std::span<Scalar> targets);

}  // namespace cairn::agents
