#include "agents/policy_gradient/gae.h"

namespace cairn::agents {

void generalised_advantages(Rollout& rollout, int head, const Discount& discount,
                            const Eigen::Ref<const Eigen::ArrayXf>& rewards, Eigen::Ref<Eigen::ArrayXf> advantages) {
  const int environments = rollout.environments;
  const float gamma = discount.gamma, decay = discount.gamma * discount.lambda;
  for (int e = 0; e < environments; ++e) {
    float next_value = rollout.last_values(head, e), next_advantage = 0;
    for (int t = rollout.steps - 1; t >= 0; --t) {
      const Eigen::Index sample = Eigen::Index{t} * environments + e;
      const auto i = static_cast<std::size_t>(sample);
      if (discount.episodic && rollout.terminated[i]) {
        next_value = next_advantage = 0;
      } else if (discount.episodic && rollout.truncated[i]) {
        next_value = rollout.final_values(head, sample);
        next_advantage = 0;
      }
      const float value = rollout.values(head, sample);
      const float delta = rewards[sample] + gamma * next_value - value;
      next_advantage = delta + decay * next_advantage;
      next_value = value;
      advantages[sample] = next_advantage;
      rollout.returns(head, sample) = next_advantage + value;
    }
  }
}

}  // namespace cairn::agents
