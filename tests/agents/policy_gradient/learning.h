#pragma once

// How the tests of policy-gradient agents train them, and look at what came of it.

#include <gtest/gtest.h>

#include <cmath>

#include "agents/archive/archive.h"
#include "agents/learner/agent.h"
#include "optim/adam.h"
#include "small_worlds.h"
#include "worlds.h"

namespace cairn::agents {

inline optim::Rule adam(double lr = 1e-3) {
  return optim::adam({.lr = lr});
}

inline optim::Rule clipped_adam(double lr) {
  return optim::adam({.lr = lr, .eps = 1e-5}).with_clip(optim::global_norm({.max = 0.5}));
}

inline const envs::EnvironmentFactory bandit = [] { return std::make_unique<tests::SidesBandit>(); };
inline const envs::EnvironmentFactory masked_bandit = [] { return std::make_unique<tests::SidesBandit>(true); };
inline const envs::EnvironmentFactory one_state = [] { return std::make_unique<tests::OneState>(); };
inline const envs::EnvironmentFactory follow = [] { return std::make_unique<tests::Follow>(); };

inline Telemetry train(Agent& agent, const envs::EnvironmentFactory& factory, envs::ThreadPool& pool,
                       std::int64_t steps, int environments = 8) {
  agent.begin({.factory = factory, .environments = environments, .seed = 3, .total_steps = steps, .pool = &pool});
  Telemetry telemetry;
  while (agent.steps() < steps) agent.iterate(telemetry);
  return telemetry;
}

inline double mean_return(const Telemetry& telemetry) {
  double sum = 0;
  for (const envs::Episode& episode : telemetry.episodes) sum += episode.episode_return;
  return sum / static_cast<double>(telemetry.episodes.size());
}

inline double metric(const Telemetry& telemetry, std::string_view name) {
  for (const Telemetry::Metric& each : telemetry.metrics)
    if (each.name == name) return each.value;
  ADD_FAILURE() << name << " was not reported";
  return NAN;
}

inline std::vector<Archive::Tensor> state(const Agent& agent) {
  Archive archive;
  agent.save(archive);
  return archive.tensors();
}

inline void expect_equal(const std::vector<Archive::Tensor>& a, const std::vector<Archive::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].bytes, b[i].bytes) << a[i].name;
  }
}

/// What a Q-network says of each action.
inline Eigen::VectorXf values(const Agent& agent, const Eigen::VectorXf& observation) {
  const Policy policy = agent.policy();
  auto scratch = policy.scratch(1);
  return policy.evaluate(observation, scratch);
}

inline float greedy(const Agent& agent, float observation, const Eigen::MatrixXf& mask = {}) {
  const Policy policy = agent.policy();
  auto scratch = policy.scratch(1);
  Eigen::MatrixXf action(1, 1);
  policy.act(Eigen::MatrixXf::Constant(1, 1, observation), mask, {}, action, scratch);
  return action(0, 0);
}

}  // namespace cairn::agents
