#pragma once

#include <Eigen/Core>
#include <string_view>
#include <vector>

#include "agents/learner/agent.h"
#include "agents/networks/mlp.h"
#include "agents/networks/policy.h"

namespace cairn::agents {

// What a network still has of itself to learn with, seen over a batch of observations. These only look: nothing that
// is trained depends on them.

/// How many units of a hidden layer let next to no gradient through for any of the batch, so that they can hardly come
/// back. `outputs`: units x n, after the activation. ReLU: 0 throughout (Lu et al. 2020); leaky: at most 0 throughout,
/// where its slope is 0.01. Tanh: beyond ±0.99 throughout, where its derivative 1 - a² is below 0.02; on whichever
/// side, since a unit that only switches between the two is stuck as well.
int dead_units(const Eigen::Ref<const Eigen::MatrixXf>& outputs, Activation activation);

/// How many directions the batch's features have: the fewest singular values of `features` (units x n), largest first,
/// whose sum is 99 % of the sum of all (Kumar et al. 2021, "Implicit under-parameterization", delta = 0.01). In
/// 1 … min(units, n); 0 where all features are 0, NaN where one is not finite. Of the two usual measures this one, and
/// not the exponential of the singular values' entropy (Roy and Vetterli 2007), because papers on value-based learning
/// report it and a whole number of directions can be checked by hand.
double effective_rank(const Eigen::Ref<const Eigen::MatrixXf>& features);

/// Observations that a training run looks by: more than the units of a usual layer, and few beside an evaluation's.
inline constexpr int representation_batch = 256;

/// What a network makes of a sample of observations.
struct Representation {
  double dead_units = 0;      ///< share of all hidden units, in [0, 1]
  double effective_rank = 0;  ///< of the last hidden layer
};

/// Of a network with hidden layers, for raw `observations` (features x n).
Representation representation(const Policy& network, const Eigen::Ref<const Eigen::MatrixXf>& observations);

/// The same with the network's name.
struct NamedRepresentation {
  std::string_view network;  ///< `policy` and, where there is one of its own, `critic`; `q` where one network is both
  Representation representation;  ///< of that network
};

/// Of every network that an agent acts or judges by; of none where they have no hidden layers. `policy`: as the agent
/// has it now.
std::vector<NamedRepresentation> representations(const Agent& agent, const Policy& policy,
                                                 const Eigen::Ref<const Eigen::MatrixXf>& observations);

}  // namespace cairn::agents
