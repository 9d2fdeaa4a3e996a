#pragma once

#include <algorithm>
#include <vector>

#include "envs/canvas.h"
#include "envs/environment.h"

namespace cairn::tests {

/// A chain of `length` places, as deep as it is long (after deep sea of Osband et al. 2020): at each place one of two
/// actions leads on and the other ends the episode, and which, the place alone tells. Only the end pays, 1. A random
/// agent comes there once in 2^length episodes. The observation is the place, and the same one-hot.
class DeepChain : public envs::Environment {
 public:
  explicit DeepChain(int length = 50) : Environment(make_spec(length)), length_(length) {}
  void draw(envs::Canvas&) const override {}

 protected:
  void start(envs::Random&) override { place_ = 0; }
  envs::Step advance(std::span<const float> action) override {
    const int onwards = static_cast<int>((static_cast<unsigned>(place_) * 2654435761U >> 16U) % 2U);
    if (static_cast<int>(action[0]) != onwards) return {.reward = 0, .terminated = true};
    ++place_;
    const bool there = place_ == length_;
    return {.reward = there ? 1.0F : 0.0F, .terminated = there, .success = there};
  }
  void observe(std::span<float> observation) const override {
    std::ranges::fill(observation, 0.0F);
    observation[0] = static_cast<float>(place_);
    if (place_ < length_) observation[static_cast<std::size_t>(place_) + 1] = 1;
  }

 private:
  static envs::Spec make_spec(int length) {
    envs::Spec spec{.id = "deep_chain", .action_names = {"a", "b"}, .horizon = length + 1};
    spec.observation.push_back({"place", "", 0, static_cast<float>(length)});
    for (int i = 0; i < length; ++i) spec.observation.push_back({"at " + std::to_string(i), "", 0, 1});
    return spec;
  }
  int length_, place_ = 0;
};

}  // namespace cairn::tests
