#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "agents/networks/mlp.h"
#include "agents/networks/policy.h"
#include "envs/environment.h"
#include "optim/layout.h"

namespace cairn::agents {

/// Separate actor and critic in one flat parameter vector: blocks `actor/…`, for continuous worlds `actor/log_std`,
/// then `critic/…`, whose outputs are the value heads.
struct ActorCritic {
  ActorCritic() = default;
  /// Throws std::invalid_argument for sizes that make no network.
  ActorCritic(const envs::Spec& spec, const std::vector<int>& hidden, Activation activation, int value_heads,
              bool layer_norm = false);

  Head head = Head::logits;                            ///< what the actor's outputs mean
  optim::Layout layout;                                ///< of both networks' parameters
  Mlp<float> actor, critic;                            ///< the networks' shapes; they hold no parameters
  Eigen::Index log_std_offset = -1, log_std_size = 0;  ///< size 0 for discrete worlds

  /// Orthogonal, gain √2 in hidden layers, 0.01 for the actor's output, 1 for the critic's.
  Eigen::VectorXf initial_parameters(std::uint64_t seed, float log_std) const;
  /// The log standard deviations among `parameters`, one a component; empty in discrete worlds.
  std::span<const float> log_std(std::span<const float> parameters) const;
};

}  // namespace cairn::agents
