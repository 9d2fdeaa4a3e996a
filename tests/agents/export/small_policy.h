#pragma once

#include <cmath>

#include "agents/networks/policy.h"

namespace cairn::tests {

struct PolicyCase {
  const char* name;
  agents::Head head;
  agents::Activation activation;
  bool normalise;
  bool uneven = false;  ///< bounds that differ between components
  bool norm = false;    ///< LayerNorm in the hidden layers
};
inline void PrintTo(const PolicyCase& c, std::ostream* out) {
  *out << c.name;
}
inline const PolicyCase policy_cases[] = {
    {"logits", agents::Head::logits, agents::Activation::tanh, false},
    {"logits_normalised", agents::Head::logits, agents::Activation::relu, true},
    {"q_values", agents::Head::q_values, agents::Activation::relu, false},
    {"means", agents::Head::means, agents::Activation::tanh, false},
    {"means_normalised_uneven", agents::Head::means, agents::Activation::tanh, true, true},
    {"q_values_layer_norm", agents::Head::q_values, agents::Activation::leaky_relu, true, false, true},
    {"means_layer_norm", agents::Head::means, agents::Activation::tanh, false, false, true},
    {"tanh_means", agents::Head::tanh_means, agents::Activation::relu, false},
    {"squashed_gaussian_normalised", agents::Head::squashed_gaussian, agents::Activation::relu, true},
};

/// Five observations, three actions or components, random weights large enough that bounds and clips are met.
inline agents::Policy small_policy(const PolicyCase& c) {
  agents::Policy policy;
  policy.head = c.head;
  policy.shape = {5, {16, 8}, c.head == agents::Head::squashed_gaussian ? 6 : 3, c.activation, c.norm};
  optim::Layout layout;
  const agents::Mlp<float> network(policy.shape, layout, "policy");
  policy.parameters.resize(layout.size);
  envs::Random random(5, envs::Stream::initialisation);
  for (float& weight : policy.parameters) weight = 0.5F * random.normal();
  if (c.normalise)
    policy.normaliser =
        agents::FrozenNormaliser{Eigen::VectorXf::LinSpaced(5, -1, 1), Eigen::VectorXf::LinSpaced(5, 0.5F, 4), 2};
  if (c.head == agents::Head::tanh_means) policy.log_std = Eigen::VectorXf::Constant(3, -2);
  if (c.head == agents::Head::tanh_means || c.head == agents::Head::squashed_gaussian) {
    policy.low = Eigen::Vector3f(-1, 0, -0.5F);
    policy.high = Eigen::Vector3f(1, 3, 0.25F);
  }
  if (c.head == agents::Head::means) {
    policy.log_std = Eigen::VectorXf::Constant(3, -0.5F);
    policy.low = Eigen::VectorXf::Constant(3, -1);
    policy.high = Eigen::VectorXf::Constant(3, 1);
    if (c.uneven) {
      policy.low << -1, -INFINITY, -0.5F;
      policy.high << 2, 0.25F, INFINITY;
    }
  }
  return policy;
}

inline envs::Spec small_spec(const agents::Policy& policy) {
  envs::Spec spec;
  spec.id = "small";
  for (int i = 0; i < 5; ++i) spec.observation.push_back({"o" + std::to_string(i), "m", -1, 1});
  if (agents::continuous(policy.head))
    for (int i = 0; i < 3; ++i) spec.action.push_back({"a" + std::to_string(i), "N", policy.low[i], policy.high[i]});
  else
    spec.action_names = {"left", "none", "right"};
  return spec;
}

inline Eigen::MatrixXf random_observations(int count) {
  Eigen::MatrixXf observations(5, count);
  envs::Random random(6, envs::Stream::evaluation);
  for (float& value : observations.reshaped()) value = 2 * random.normal();
  return observations;
}

/// What the exported function must give: outputs, or the actions of a squashed policy, within bounds for means.
inline Eigen::MatrixXf expected_outputs(const agents::Policy& policy, const Eigen::MatrixXf& observations) {
  auto scratch = policy.scratch(static_cast<int>(observations.cols()));
  if (policy.head == agents::Head::tanh_means || policy.head == agents::Head::squashed_gaussian) {
    Eigen::MatrixXf actions(policy.actions(), observations.cols());
    policy.act(observations, Eigen::MatrixXf(), {}, actions, scratch);
    return actions;
  }
  Eigen::MatrixXf outputs = policy.evaluate(observations, scratch);
  if (policy.head == agents::Head::means)
    for (auto column : outputs.colwise()) column = column.cwiseMax(policy.low).cwiseMin(policy.high);
  return outputs;
}

}  // namespace cairn::tests
