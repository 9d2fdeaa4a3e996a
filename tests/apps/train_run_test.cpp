#include "apps/train_run.h"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agents/policy_gradient/ppo.h"
#include "agents/q_learning/dqn.h"
#include "agents/training/signals.h"
#include "apps/command_line/run_plan.h"
#include "calls.h"
#include "envs/classic/cart_pole.h"
#include "envs/wrappers.h"
#include "optim/adam.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
namespace fs = std::filesystem;

/// Ends a run by a signal, as a scheduler does.
struct Stopper : agents::Observer {
  int after;
  explicit Stopper(int iterations) : after(iterations) {}
  void on_iteration(const agents::Telemetry&, const agents::Agent&) override {
    if (--after == 0) std::raise(SIGTERM);
  }
};

class TrainRun : public Calls {
 protected:
  envs::Recipe world = envs::observation_stack(
      {.n = 2, .of = envs::action_noise({.of = envs::recipe<envs::CartPole>(envs::CartPoleOptions{})})});
  optim::Rule rule = optim::adam({.lr = 1e-3}).with_schedule(optim::linear()).with_clip(optim::global_norm());
  agents::TrainOptions options{.steps = 4000, .seed = 3, .environments = 4, .checkpoint_every = 1000};

  agents::TrainResult train(const std::string& name, std::span<agents::Observer* const> observers = {}) const {
    return train_run<agents::Ppo>(world, agents::PpoOptions{.rollout = 64, .epochs = 2}, rule, options, folder / name,
                                  observers);
  }
};

TEST_F(TrainRun, LeavesARunThatEverySubcommandReads) {
  EXPECT_EQ(train("run").ending, agents::Ending::finished);
  EXPECT_EQ(cairn("eval run --episodes 5 --json").status, 0);
  EXPECT_EQ(cairn("watch run --record flight.png --episodes 1").status, 0);
  for (const std::string format : {"onnx", "safetensors", "cpp"})
    EXPECT_EQ(cairn("export run --format " + format + " --out policy." + format).status, 0) << format;
  EXPECT_THAT(contents(folder / "policy.cpp"), HasSubstr("stack:n=2,of=(noise:std=0.1,chance=0.1,of=(cartpole"));

  const auto config = nlohmann::json::parse(contents(folder / "run/config.json"));
  EXPECT_EQ(config["env"], world.description);
  EXPECT_EQ(config["clip"], "global_norm:max=0.5,norm=2");
  EXPECT_FALSE(config["made_by"]["version"].get<std::string>().empty());
  const Outcome longer = cairn("train --resume run --steps 6000 --stretch --quiet");
  EXPECT_EQ(longer.status, 0) << longer.errors;
}

TEST_F(TrainRun, IsTheRunThatTheCommandLineMakes) {
  train("run");
  const Outcome same = cairn(
      "train --env 'stack:n=2,of=(noise:of=(cartpole))' --agent ppo:rollout=64,epochs=2 --preset none --optimizer "
      "adam:lr=1e-3 --schedule linear --clip global_norm --steps 4000 --seed 3 --envs 4 --threads 1 "
      "--checkpoint-every 1000 --quiet --out same");
  ASSERT_EQ(same.status, 0) << same.errors;
  EXPECT_EQ(contents(folder / "run/config.json"), contents(folder / "same/config.json"));
  EXPECT_TRUE(contents(folder / "run/checkpoints/last.safetensors") ==
              contents(folder / "same/checkpoints/last.safetensors"));
}

TEST_F(TrainRun, GoesOnAfterASignalToTheBit) {
  train("whole");
  agents::watch_signals();
  Stopper stopper(5);
  agents::Observer* const observers[] = {&stopper};
  const agents::TrainResult broken = train("broken", observers);
  EXPECT_EQ(broken.ending, agents::Ending::interrupted);
  EXPECT_EQ(broken.signal, SIGTERM);
  EXPECT_LT(broken.steps, 4000);
  agents::clear_signal();
  options.resume = true;
  EXPECT_EQ(train("broken").ending, agents::Ending::finished);
  for (const char* file : {"checkpoints/last.safetensors", "progress.csv", "evaluations.csv", "config.json"})
    EXPECT_TRUE(contents(folder / "whole" / file) == contents(folder / "broken" / file)) << file;
  EXPECT_TRUE(train("broken").nothing_to_do);
}

TEST_F(TrainRun, RefusesWhatItCannotDo) {
  train("run");
  EXPECT_THAT([&] { train("run"); }, ThrowsMessage<std::runtime_error>(HasSubstr("run")));
  options.resume = true;
  rule = optim::adam({.lr = 2e-3});
  EXPECT_THAT([&] { train("run"); }, ThrowsMessage<std::runtime_error>(HasSubstr("optimizer")));
  EXPECT_THAT([&] { train_run<agents::Ppo>(world, agents::PpoOptions{.gamma = 2}, rule, options, folder / "other"); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("'gamma' cannot be 2")));
  EXPECT_FALSE(fs::exists(folder / "other"));
  EXPECT_THROW(train_run<agents::Ppo>(world, agents::PpoOptions{}, rule, options, ""), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::apps
