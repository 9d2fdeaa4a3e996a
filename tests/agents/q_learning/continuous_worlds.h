#pragma once

#include <cmath>
#include <limits>

#include "../policy_gradient/learning.h"
#include "envs/environment.h"

// Small worlds with continuous actions whose answers are known.
namespace cairn::tests {

/// One state, reward 1 a step whatever is done; each step ends the episode, or the horizon cuts it. `reward` may be
/// made infinite.
class Pays : public envs::Environment {
 public:
  explicit Pays(bool ends, float reward = 1)
      : Environment({.id = "pays",
                     .summary = "",
                     .observation = {{"one", "", 0, 1}},
                     .action = {{"left", "", -3, 1}, {"right", "", 0, 2}},
                     .action_names = {},
                     .horizon = 1,
                     .goal = {},
                     .return_threshold = {},
                     .masks = false}),
        ends_(ends),
        reward_(reward) {}
  void draw(envs::Canvas&) const override {}

 protected:
  void start(envs::Random&) override {}
  envs::Step advance(std::span<const float>) override {
    return {.reward = reward_, .terminated = ends_, .truncated = false, .success = false};
  }
  void observe(std::span<float> observation) const override { observation[0] = 1; }

 private:
  bool ends_;
  float reward_;
};

/// One step an episode: paid -(a - 1.5 - x)² for the observed x in ±0.8, by actions in [0, 4], whose middle is not 0.
class FollowAside : public envs::Environment {
 public:
  FollowAside()
      : Environment({.id = "follow_aside",
                     .summary = "",
                     .observation = {{"target", "", -1, 1}},
                     .action = {{"guess", "", 0, 4}},
                     .action_names = {},
                     .horizon = 10,
                     .goal = {},
                     .return_threshold = {},
                     .masks = false}) {}
  void draw(envs::Canvas&) const override {}
  bool pilot(std::span<const float> observation, std::span<float> action) const override {
    action[0] = 1.5F + observation[0];
    return true;
  }

 protected:
  void start(envs::Random& random) override { target_ = random.uniform(-0.8F, 0.8F); }
  envs::Step advance(std::span<const float> action) override {
    const float error = action[0] - 1.5F - target_;
    return {.reward = -error * error, .terminated = true, .truncated = false, .success = std::abs(error) < 0.2F};
  }
  void observe(std::span<float> observation) const override { observation[0] = target_; }

 private:
  float target_ = 0;
};

/// A point on a line is pushed to a goal within ±1 in at most 8 steps of at most 0.5: paid 1 when it is there, by whom
/// it is never found by chance where the goal is small.
class Reach : public envs::Environment {
 public:
  explicit Reach(float tolerance = 0.05F)
      : Environment({.id = "reach",
                     .summary = "",
                     .observation = {{"here", "", -2, 2}, {"goal", "", -1, 1}},
                     .action = {{"push", "", -1, 1}},
                     .action_names = {},
                     .horizon = 8,
                     .goal = {.achieved = 0, .desired = 1, .size = 1, .terminates = true},
                     .return_threshold = {},
                     .masks = false}),
        tolerance_(tolerance) {}
  void draw(envs::Canvas&) const override {}
  bool reached(std::span<const float> achieved, std::span<const float> desired) const override {
    return std::abs(achieved[0] - desired[0]) < tolerance_;
  }

 protected:
  void start(envs::Random& random) override {
    do {
      x_ = random.uniform(-1, 1);
      goal_ = random.uniform(-1, 1);
    } while (reached({&x_, 1}, {&goal_, 1}));
  }
  envs::Step advance(std::span<const float> action) override {
    x_ = std::clamp(x_ + 0.5F * action[0], -2.0F, 2.0F);
    const bool there = reached({&x_, 1}, {&goal_, 1});
    return {.reward = there ? 1.0F : 0.0F, .terminated = there, .truncated = false, .success = there};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = x_;
    observation[1] = goal_;
  }

 private:
  float tolerance_, x_ = 0, goal_ = 0;
};

}  // namespace cairn::tests

namespace cairn::agents {

inline const envs::EnvironmentFactory aside = [] { return std::make_unique<tests::FollowAside>(); };
inline const envs::EnvironmentFactory reach = [] { return std::make_unique<tests::Reach>(); };
inline const envs::EnvironmentFactory pays_and_ends = [] { return std::make_unique<tests::Pays>(true); };
inline const envs::EnvironmentFactory pays_on = [] { return std::make_unique<tests::Pays>(false); };

inline Telemetry learn(Agent& agent, const envs::EnvironmentFactory& factory, std::int64_t steps) {
  envs::ThreadPool pool(1);
  return train(agent, factory, pool, steps, 1);
}

/// What the critic thinks of an observation.
inline double value(const Agent& agent, const Eigen::MatrixXf& observation) {
  const Policy critic = *agent.critic();
  auto scratch = critic.scratch(static_cast<int>(observation.cols()));
  return static_cast<double>(critic.evaluate(observation, scratch)(0, 0));
}

}  // namespace cairn::agents
