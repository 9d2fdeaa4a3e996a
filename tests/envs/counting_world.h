#pragma once

#include <cmath>

#include "envs/canvas.h"
#include "envs/environment.h"

namespace cairn::envs {

/// A world with known answers: it counts steps, pays the step's number times the action, terminates when told to go
/// past `end`, and shows (count, a random number of the episode). Its state is the count.
class CountingWorld : public Environment {
 public:
  explicit CountingWorld(int horizon = 5, int end = 1000)
      : Environment({.id = "counting",
                     .summary = "counts",
                     .observation = {{"count", "", 0, 1000}, {"noise", "", 0, 1}},
                     .action = {{"factor", "", -2, 2}},
                     .horizon = horizon,
                     .difficulty = 0.75,
                     .state = {{"count", "", 0, 1000}}}),
        end_(end) {}
  void draw(Canvas& canvas) const override { canvas.view({0, 0}, {1, 1}); }

 protected:
  void start(Random& random) override {
    count_ = 0;
    noise_ = random.uniform();
  }
  void start_in(std::span<const float> state) override {
    count_ = static_cast<int>(state[0]);
    noise_ = random().uniform();
  }
  void write_state(std::span<float> state) const override { state[0] = static_cast<float>(count_); }
  Step advance(std::span<const float> action) override {
    ++count_;
    noise_ = random().uniform();
    return {.reward = static_cast<float>(count_) * action[0], .terminated = count_ == end_, .success = count_ == 3};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = static_cast<float>(count_);
    observation[1] = noise_;
  }

 private:
  int end_, count_ = 0;
  float noise_ = 0;
};

}  // namespace cairn::envs
