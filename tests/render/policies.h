#pragma once

#include <memory>

#include "agents/networks/policy.h"
#include "envs/box2d/lander.h"
#include "envs/classic/cart_pole.h"

namespace cairn::render {

inline const envs::EnvironmentFactory lander = [] { return std::make_unique<envs::Lander>(); };
inline const envs::EnvironmentFactory cart_pole = [] { return std::make_unique<envs::CartPole>(); };

/// A policy that suits the world and always does the same: the last action, or the middle of the box.
inline agents::Policy steady_policy(const envs::Spec& spec) {
  agents::Policy policy;
  policy.head = spec.discrete() ? agents::Head::logits : agents::Head::means;
  policy.shape = {.inputs = spec.observation_size(),
                  .hidden = {},
                  .outputs = spec.discrete() ? spec.actions() : spec.action_size()};
  policy.parameters.setZero((policy.shape.inputs + 1) * policy.shape.outputs);
  if (spec.discrete()) {
    policy.parameters[policy.parameters.size() - 1] = 1;
  } else {
    policy.low.setConstant(spec.action_size(), -1);
    policy.high.setConstant(spec.action_size(), 1);
    policy.log_std.setZero(spec.action_size());
  }
  return policy;
}

}  // namespace cairn::render
