#include "agents/q_learning/q_lambda.h"

namespace cairn::agents {

template <class Scalar>
void q_lambda_targets(const QLambdaRollout<Scalar>& rollout, Scalar gamma, Scalar lambda, std::span<Scalar> targets) {
  const auto environments = static_cast<std::size_t>(rollout.environments);
  for (std::size_t e = 0; e < environments; ++e) {
    Scalar ahead = rollout.last_values[e];  // (1 - λ) max Q(s_{t+1}) + λ G_{t+1}
    for (std::size_t end = targets.size(); end > 0; end -= environments) {
      const std::size_t i = end - environments + e;
      if (rollout.terminated[i])
        ahead = 0;
      else if (rollout.truncated[i])
        ahead = rollout.final_values[i];
      targets[i] = rollout.rewards[i] + gamma * ahead;
      ahead = (1 - lambda) * rollout.values[i] + lambda * targets[i];
    }
  }
}

template void q_lambda_targets(const QLambdaRollout<float>&, float, float, std::span<float>);
template void q_lambda_targets(const QLambdaRollout<double>&, double, double, std::span<double>);

}  // namespace cairn::agents
