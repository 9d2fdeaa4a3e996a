#pragma once

#include <algorithm>
#include <limits>
#include <memory>

#include "envs/canvas.h"
#include "envs/environment.h"

// Worlds so small that the right answer is known.
namespace cairn::tests {

/// One step an episode: the observation is a side, -1 or +1, and the action that names it is paid. Of three actions the
/// last pays most, 2, but is illegal where `masked`.
class SidesBandit : public envs::Environment {
 public:
  explicit SidesBandit(bool masked = false)
      : Environment({.id = "sides",
                     .summary = "",
                     .observation = {{"side", "", -1, 1}},
                     .action = {},
                     .action_names = {"left", "right", "jackpot"},
                     .horizon = 10,
                     .goal = {},
                     .return_threshold = {},
                     .masks = masked}),
        masked_(masked) {}
  void draw(envs::Canvas&) const override {}
  void mask(std::span<float> legal) const override {
    std::ranges::fill(legal, 1.0F);
    legal[2] = 0;
  }
  static inline int illegal_actions = 0;

 protected:
  void start(envs::Random& random) override { side_ = random.below(2) == 0 ? -1.0F : 1.0F; }
  envs::Step advance(std::span<const float> action) override {
    if (masked_ && action[0] == 2) ++illegal_actions;
    const bool right = action[0] == (side_ > 0 ? 1 : 0);
    return {.reward = action[0] == 2 ? (masked_ ? 2.0F : -1.0F)
                      : right        ? 1.0F
                                     : 0.0F,
            .terminated = true,
            .truncated = false,
            .success = right};
  }
  void observe(std::span<float> observation) const override { observation[0] = side_; }

 private:
  bool masked_;
  float side_ = 1;
};

/// One step an episode: paid -(a - x)² for the observed x in ±0.8.
class Follow : public envs::Environment {
 public:
  Follow()
      : Environment({.id = "follow",
                     .summary = "",
                     .observation = {{"target", "", -1, 1}},
                     .action = {{"guess", "", -1, 1}},
                     .action_names = {},
                     .horizon = 10,
                     .goal = {},
                     .return_threshold = {},
                     .masks = false}) {}
  void draw(envs::Canvas&) const override {}

 protected:
  void start(envs::Random& random) override { target_ = random.uniform(-0.8F, 0.8F); }
  envs::Step advance(std::span<const float> action) override {
    const float error = action[0] - target_;
    return {.reward = -error * error, .terminated = true, .truncated = false, .success = std::abs(error) < 0.1F};
  }
  void observe(std::span<float> observation) const override { observation[0] = target_; }

 private:
  float target_ = 0;
};

/// One state, reward 1 a step, cut by the horizon and by nothing else. `reward` may be made infinite.
class OneState : public envs::Environment {
 public:
  explicit OneState(int horizon = 5, float reward = 1)
      : Environment({.id = "one_state",
                     .summary = "",
                     .observation = {{"one", "", 0, 1}, {"time", "", 0, 1}},
                     .action = {},
                     .action_names = {"a", "b"},
                     .horizon = horizon,
                     .goal = {},
                     .return_threshold = {},
                     .masks = false}),
        reward_(reward) {}
  void draw(envs::Canvas&) const override {}

 protected:
  void start(envs::Random&) override { time_ = 0; }
  envs::Step advance(std::span<const float>) override {
    ++time_;
    return {.reward = reward_, .terminated = false, .truncated = false, .success = false};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = 1;
    observation[1] = static_cast<float>(time_);
  }

 private:
  float reward_;
  int time_ = 0;
};

/// The same, and nothing shows how time goes by.
class Timeless : public OneState {
 protected:
  void observe(std::span<float> observation) const override {
    observation[0] = 1;
    observation[1] = 0;
  }
};

}  // namespace cairn::tests
