#include <iostream>

#include "agents/policy_gradient/ppo.h"
#include "envs/canvas.h"
#include "envs/environment.h"
#include "optim/adam.h"

using namespace cairn;

class Corridor : public envs::Environment {
 public:
  Corridor()
      : Environment({.id = "corridor",
                     .summary = "Walk ten cells to the right; the reward waits at the end.",
                     .observation = {{"position", "cells", 0, 1}},
                     .action_names = {"left", "right"},
                     .horizon = 60}) {}
  void draw(envs::Canvas& canvas) const override {
    canvas.view({0, -1}, {length, 1});
    canvas.disc({static_cast<float>(position_), 0}, 0.4F, envs::palette::orange);
  }

 protected:
  void start(envs::Random&) override { position_ = 0; }
  envs::Step advance(std::span<const float> action) override {
    position_ = std::max(0, position_ + (action[0] > 0 ? 1 : -1));
    const bool there = position_ == length;
    return {.reward = there ? 1.0F : 0.0F, .terminated = there, .success = there};
  }
  void observe(std::span<float> observation) const override { observation[0] = static_cast<float>(position_) / length; }

 private:
  static constexpr int length = 10;
  int position_ = 0;
};

int main() {
  const envs::EnvironmentFactory factory = [] { return std::make_unique<Corridor>(); };
  agents::Ppo agent(factory()->spec(), {.entropy = 0.01F}, optim::adam({.lr = 1e-3}));
  envs::ThreadPool pool(1);
  agent.begin({.factory = factory, .environments = 8, .seed = 1, .total_steps = 60'000, .pool = &pool});
  agents::Telemetry telemetry;
  int episodes = 0, successes = 0;
  while (agent.steps() < 60'000) {
    agent.iterate(telemetry);
    if (agent.steps() < 50'000) continue;
    for (const envs::Episode& episode : telemetry.episodes) ++episodes, successes += episode.success;
  }
  std::cout << successes << " of the last " << episodes << " walks reached the end\n";
  return successes * 10 >= episodes * 9 ? 0 : 1;
}
