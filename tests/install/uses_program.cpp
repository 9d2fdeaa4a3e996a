// A program of one's own: an environment and a rule of which the installed library knows nothing.
#include <algorithm>

#include "apps/program.h"
#include "envs/canvas.h"
#include "optim/chain.h"

using namespace cairn;

struct WalkOptions {
  int length = 5;
  template <class V>
  void fields(V&& v) {
    v("length", length, "[1,100]", "cells to walk");
  }
};

class Walk : public envs::Environment {
 public:
  explicit Walk(const WalkOptions& options)
      : Environment({.id = "walk",
                     .summary = "Walk to the right.",
                     .observation = {{"position", "cells", 0, 100}},
                     .action_names = {"left", "right"},
                     .horizon = 5 * options.length}),
        length_(options.length) {}
  void draw(envs::Canvas& canvas) const override {
    canvas.view({0, -1}, {static_cast<float>(length_), 1});
    canvas.disc({static_cast<float>(position_), 0}, 0.4F, envs::palette::orange);
  }

 protected:
  void start(envs::Random&) override { position_ = 0; }
  envs::Step advance(std::span<const float> action) override {
    position_ = std::max(0, position_ + (action[0] > 0 ? 1 : -1));
    const bool there = position_ == length_;
    return {.reward = there ? 1.0F : 0.0F, .terminated = there, .success = there};
  }
  void observe(std::span<float> observation) const override { observation[0] = static_cast<float>(position_); }

 private:
  int length_, position_ = 0;
};

struct HalfOptions {
  double lr = 0.01;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
  }
};

struct ScaleByHalf {
  static constexpr int slots = 0;
  static constexpr std::array<const char*, 0> names{};
  template <class S>
  auto kernel(const optim::Instant&, S* const*) const {
    return [](S u, S, std::size_t) { return u / 2; };
  }
};

optim::Rule half(const HalfOptions& options) {
  return optim::chain(optim::describe("half", options), options.lr, ScaleByHalf{}, optim::ScaleByLearningRate{});
}

int main(int count, char** words) {
  apps::Program program("uses_program");
  program.add_environment<Walk, WalkOptions>();
  program.add_rule({"half", "half a step of gradient descent"}, &half);
  program.add_preset({.name = "ppo-walk",
                      .environment = "walk",
                      .agent = "ppo:rollout=32,minibatch=64",
                      .optimizer = "half:lr=0.1",
                      .schedule = "constant",
                      .clip = "none",
                      .steps = 4096,
                      .about = "a short walk"});
  program.add_to_suite(
      {.world = "walk", .method = "ppo", .options = {{"env", "walk"}, {"agent", "ppo"}}, .steps = 2048});
  return program.run(count, words);
}
