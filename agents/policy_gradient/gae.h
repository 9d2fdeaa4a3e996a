#pragma once

#include <Eigen/Core>

#include "agents/memory/rollout.h"

namespace cairn::agents {

/// How one value head sees time.
struct Discount {
  float gamma = 0.99F, lambda = 0.95F;  ///< discount, and λ of the advantage, in [0, 1]
  bool episodic = true;                 ///< false: the stream of rewards goes on over the ends of episodes
};

/// Generalised advantage estimates (Schulman et al. 2016) of value head `head` for `rewards` (n, as the value head
/// counts them):
///
///     δ_t = r_t + γ V(s_{t+1}) - V(s_t),  A_t = δ_t + γ λ A_{t+1},  R_t = A_t + V(s_t)
///
/// V(s_{t+1}) is 0 where the world ended the episode, and the value of the final observation where the horizon did; A
/// is cut in both. Writes n advantages, and R into row `head` of `rollout.returns`.
void generalised_advantages(Rollout& rollout, int head, const Discount& discount,
                            const Eigen::Ref<const Eigen::ArrayXf>& rewards, Eigen::Ref<Eigen::ArrayXf> advantages);

}  // namespace cairn::agents
