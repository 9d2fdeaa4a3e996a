#include "agents/q_learning/dqn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../allocation_counter.h"
#include "../policy_gradient/learning.h"
#include "agents/archive/archive.h"
#include "agents/training/evaluation.h"
#include "envs/box2d/point_maze.h"
#include "optim/adam.h"
#include "optim/restart.h"
#include "optim/sgd.h"
#include "tests/optim/out_of_range.h"

namespace cairn::agents {
namespace {

/// Cells 0 to `length`; left or right; 1 for reaching the right end, which ends the episode. With discount γ,
/// Q*(x, right) = γ^(length - 1 - x) and Q*(x, left) = γ Q*(max(x - 1, 0), right).
class Lane : public envs::Environment {
 public:
  static constexpr int length = 6;
  Lane()
      : Environment({.id = "chain",
                     .summary = "",
                     .observation = std::vector<envs::Component>(length, {"here", "", 0, 1}),
                     .action = {},
                     .action_names = {"left", "right"},
                     .horizon = 50,
                     .goal = {},
                     .return_threshold = {},
                     .masks = false}) {}
  void draw(envs::Canvas&) const override {}

 protected:
  void start(envs::Random& random) override { x_ = static_cast<int>(random.below(length)); }
  envs::Step advance(std::span<const float> action) override {
    x_ = std::max(0, x_ + (action[0] == 1 ? 1 : -1));
    const bool there = x_ == length;
    return {.reward = there ? 1.0F : 0.0F, .terminated = there, .truncated = false, .success = there};
  }
  void observe(std::span<float> observation) const override {
    std::ranges::fill(observation, 0.0F);
    if (x_ < length) observation[static_cast<std::size_t>(x_)] = 1;
  }

 private:
  int x_ = 0;
};

/// n bits, a goal of n bits; each action flips one. Paid 1 only when all agree: beyond a dozen bits nothing is ever
/// found by chance (Andrychowicz et al. 2017, section 3.1).
class BitFlip : public envs::Environment {
 public:
  explicit BitFlip(int bits)
      : Environment({.id = "bit_flip",
                     .summary = "",
                     .observation = std::vector<envs::Component>(static_cast<std::size_t>(2 * bits), {"bit", "", 0, 1}),
                     .action = {},
                     .action_names = std::vector<std::string>(static_cast<std::size_t>(bits), "flip"),
                     .horizon = bits,
                     .goal = {.achieved = 0, .desired = bits, .size = bits, .terminates = true},
                     .return_threshold = {},
                     .masks = false}),
        bits_(static_cast<std::size_t>(bits)),
        goal_(bits_) {}
  void draw(envs::Canvas&) const override {}
  bool reached(std::span<const float> achieved, std::span<const float> desired) const override {
    return std::ranges::equal(achieved, desired);
  }

 protected:
  void start(envs::Random& random) override {
    state_.resize(bits_);
    do {
      for (float& bit : state_) bit = static_cast<float>(random.below(2));
      for (float& bit : goal_) bit = static_cast<float>(random.below(2));
    } while (reached(state_, goal_));
  }
  envs::Step advance(std::span<const float> action) override {
    float& bit = state_[static_cast<std::size_t>(action[0])];
    bit = 1 - bit;
    const bool there = reached(state_, goal_);
    return {.reward = there ? 1.0F : 0.0F, .terminated = there, .truncated = false, .success = there};
  }
  void observe(std::span<float> observation) const override {
    std::ranges::copy(state_, observation.begin());
    std::ranges::copy(goal_, observation.begin() + static_cast<std::ptrdiff_t>(bits_));
  }

 private:
  std::size_t bits_;
  std::vector<float> state_, goal_;
};

const envs::EnvironmentFactory lane = [] { return std::make_unique<Lane>(); };
const envs::EnvironmentFactory bit_flip = [] { return std::make_unique<BitFlip>(12); };
const envs::EnvironmentFactory maze = [] { return std::make_unique<envs::PointMaze>(); };

optim::Rule dqn_adam(double lr = 1e-3) {
  return optim::adam({.lr = lr}).with_clip(optim::global_norm({.max = 10}));
}

Telemetry learn(Agent& agent, const envs::EnvironmentFactory& factory, envs::ThreadPool& pool, std::int64_t steps,
                int environments = 4) {
  return train(agent, factory, pool, steps, environments);
}

double solved_share(const Agent& agent, const envs::EnvironmentFactory& factory, int episodes = 100) {
  envs::ThreadPool pool(1);
  return evaluate(agent.policy(), factory, {.episodes = episodes, .seed = 9}, pool).success_rate;
}

struct Variant {
  const char* name;
  DqnOptions options;
};
void PrintTo(const Variant& variant, std::ostream* out) {
  *out << variant.name;
}

class OnTheChain : public testing::TestWithParam<Variant> {};

TEST_P(OnTheChain, FindsTheKnownValues) {
  DqnOptions options = GetParam().options;
  options.hidden = {32};
  options.gamma = 0.8F;
  options.learning_starts = 200;
  options.target_interval = 100;
  options.epsilon_final = 1;  // the values sought do not depend on who acts, but for n steps
  envs::ThreadPool pool(1);
  Dqn agent(lane()->spec(), options, dqn_adam(3e-3).with_schedule(optim::linear()));
  learn(agent, lane, pool, 24'000);
  if (options.n_step > 1) {  // windows of a random policy find its values; the best action is still the right one
    for (int x = 0; x < Lane::length; ++x) {
      const Eigen::VectorXf q = values(agent, Eigen::VectorXf::Unit(Lane::length, x));
      EXPECT_GT(q[1], q[0]) << "in cell " << x;
    }
    return;
  }
  const auto right = [](int x) { return std::pow(0.8F, static_cast<float>(Lane::length - 1 - x)); };
  for (int x = 0; x < Lane::length; ++x) {
    const Eigen::VectorXf q = values(agent, Eigen::VectorXf::Unit(Lane::length, x));
    EXPECT_NEAR(q[1], right(x), 0.04F) << "right of cell " << x;
    EXPECT_NEAR(q[0], 0.8F * right(std::max(x - 1, 0)), 0.04F) << "left of cell " << x;
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, OnTheChain,
                         testing::Values(Variant{"plain", {.double_q = false}}, Variant{"double", {}},
                                         Variant{"dueling", {.dueling = true}},
                                         Variant{"prioritized", {.prioritized = true}},
                                         Variant{"polyak", {.tau = 0.2F}}, Variant{"squared", {.huber = 0}},
                                         Variant{"n_step", {.n_step = 3}}, Variant{"quantiles", {.quantiles = 5}},
                                         Variant{"dueling_quantiles", {.dueling = true, .quantiles = 3}},
                                         Variant{"layer_norm", {.dueling = true, .layer_norm = true}},
                                         Variant{"everything", {.dueling = true, .n_step = 2, .prioritized = true}}),
                         [](const auto& each) { return each.param.name; });

TEST(Dqn, BootstrapsWhereTheHorizonCutsAndNotWhereTheWorldEnds) {
  // One state, reward 1 a step for ever, cut every 5 steps: Q = 1 / (1 - γ) = 5, not the 1 + γ + … of five steps.
  envs::ThreadPool pool(1);
  for (const int n_step : {1, 3}) {
    Dqn agent(one_state()->spec(),
              {.hidden = {16}, .gamma = 0.8F, .learning_starts = 100, .target_interval = 50, .n_step = n_step},
              dqn_adam(3e-3).with_schedule(optim::linear()));
    learn(agent, one_state, pool, 24'000);
    EXPECT_NEAR(values(agent, Eigen::Vector2f(1, 2)).maxCoeff(), 5, 0.6) << "as an end it would be 3.4";
  }
}

/// One step an episode, paid 0 or 2, each as likely as the other.
class Coin : public envs::Environment {
 public:
  Coin()
      : Environment({.id = "coin",
                     .summary = "",
                     .observation = {{"one", "", 0, 1}},
                     .action = {},
                     .action_names = {"toss", "again"},
                     .horizon = 10,
                     .goal = {},
                     .return_threshold = {},
                     .masks = false}) {}
  void draw(envs::Canvas&) const override {}

 protected:
  void start(envs::Random& random) override { paid_ = random.below(2) == 0 ? 0.0F : 2.0F; }
  envs::Step advance(std::span<const float>) override {
    return {.reward = paid_, .terminated = true, .truncated = false, .success = false};
  }
  void observe(std::span<float> observation) const override { observation[0] = 1; }

 private:
  float paid_ = 0;
};

TEST(Dqn, QuantilesFindTheSpreadOfTheReturnAndThePolicyItsMean) {
  const envs::EnvironmentFactory coin = [] { return std::make_unique<Coin>(); };
  envs::ThreadPool pool(1);
  Dqn agent(coin()->spec(), {.hidden = {16}, .learning_starts = 100, .huber = 0.05F, .quantiles = 4},
            dqn_adam(3e-3).with_schedule(optim::linear()));
  learn(agent, coin, pool, 12'000);
  Archive archive;
  agent.save(archive);
  const auto weight = archive.get<float>("parameters/q/1/weight"), bias = archive.get<float>("parameters/q/1/bias");
  const auto below = archive.get<float>("parameters/q/0/weight"), shift = archive.get<float>("parameters/q/0/bias");
  ASSERT_EQ(bias.size(), 8U) << "two actions of four quantiles";
  for (std::size_t k = 0; k < 8; ++k) {
    float quantile = bias[k];
    for (std::size_t h = 0; h < 16; ++h) quantile += weight[16 * k + h] * std::max(0.0F, below[h] + shift[h]);
    EXPECT_NEAR(quantile, k % 4 < 2 ? 0 : 2, 0.15F) << k;
  }
  EXPECT_NEAR(values(agent, Eigen::VectorXf::Ones(1))[0], 1, 0.15F);
}

TEST(Dqn, LearnsFromDemonstrationsByQuantiles) {
  envs::ThreadPool pool(1);
  Dqn shown(car()->spec(),
            {.learning_starts = 200,
             .gradient_steps = 4,
             .target_interval = 200,
             .normalise_observations = true,
             .quantiles = 5,
             .n_step = 5,
             .demonstration_fraction = 0.5F},
            dqn_adam(), fly_demonstrations(car, 10, 1));
  learn(shown, car, pool, 4'000);
  EXPECT_GT(solved_share(shown, car, 50), 0.9);
}

TEST(Dqn, NeverTakesNorHopesForIllegalActions) {
  envs::ThreadPool pool(1);
  tests::SidesBandit::illegal_actions = 0;
  Dqn agent(masked_bandit()->spec(), {.hidden = {16}, .learning_starts = 100, .epsilon_final = 0.2F}, dqn_adam(3e-3));
  learn(agent, masked_bandit, pool, 6'000);
  EXPECT_EQ(tests::SidesBandit::illegal_actions, 0);
  EXPECT_NEAR(values(agent, Eigen::VectorXf::Ones(1))[1], 1, 0.1);
}

TEST(Dqn, HindsightFindsWhatChanceDoesNot) {
  envs::ThreadPool pool(2);
  const DqnOptions options{.hidden = {128},
                           .gamma = 0.95F,
                           .learning_starts = 500,
                           .batch = 128,
                           .target_interval = 4,
                           .tau = 0.02F,
                           .epsilon_final = 0.05F,
                           .exploration_fraction = 0.3F};
  DqnOptions hindsight = options;
  hindsight.hindsight = true;
  Dqn with(bit_flip()->spec(), hindsight, dqn_adam()), without(bit_flip()->spec(), options, dqn_adam());
  learn(with, bit_flip, pool, 40'000, 8);
  learn(without, bit_flip, pool, 40'000, 8);
  EXPECT_GT(solved_share(with, bit_flip), 0.9);
  EXPECT_LT(solved_share(without, bit_flip), 0.2);
}

TEST(Dqn, HindsightOverSeveralStepsRelabelsWholeWindows) {
  envs::ThreadPool pool(1);
  Dqn agent(bit_flip()->spec(),
            {.hidden = {128},
             .gamma = 0.95F,
             .learning_starts = 500,
             .batch = 128,
             .target_interval = 4,
             .tau = 0.02F,
             .exploration_fraction = 0.3F,
             .n_step = 2,
             .hindsight = true},
            dqn_adam());
  learn(agent, bit_flip, pool, 40'000, 8);
  EXPECT_GT(solved_share(agent, bit_flip), 0.8);
}

TEST(Dqn, LearnsFromDemonstrationsWhatItWouldNotFind) {
  // 4,000 steps are not enough to reach MountainCar's flag by chance.
  const DqnOptions options{.learning_starts = 200,
                           .gradient_steps = 4,
                           .target_interval = 200,
                           .normalise_observations = true,
                           .n_step = 5,
                           .demonstration_fraction = 0.5F};
  envs::ThreadPool pool(1);
  Dqn shown(car()->spec(), options, dqn_adam(), fly_demonstrations(car, 10, 1));
  Dqn alone(car()->spec(), options, dqn_adam());
  learn(shown, car, pool, 4'000);
  learn(alone, car, pool, 4'000);
  EXPECT_GT(solved_share(shown, car, 50), 0.9);
  EXPECT_LT(solved_share(alone, car, 50), 0.1);
}

TEST(Dqn, PretrainsOnDemonstrationsBeforeTheFirstStep) {
  envs::ThreadPool pool(1);
  const DqnOptions options{
      .learning_starts = 0, .target_interval = 100, .normalise_observations = true, .n_step = 5, .pretraining = 1'300};
  Dqn agent(car()->spec(), options, dqn_adam(), fly_demonstrations(car, 10, 1));
  agent.begin({.factory = car, .environments = 2, .seed = 3, .total_steps = 10'000, .pool = &pool});
  Telemetry telemetry;
  for (const std::int64_t updates : {512, 1'024, 1'300}) {
    agent.iterate(telemetry);
    EXPECT_EQ(agent.steps(), 0);
    EXPECT_EQ(telemetry.updates, updates);
  }
  EXPECT_GT(solved_share(agent, car, 50), 0.9) << "the margin alone makes it do what it was shown";
  agent.iterate(telemetry);
  EXPECT_EQ(agent.steps(), 512);
  EXPECT_EQ(telemetry.updates, 1'300 + 255) << "from the first step that is remembered";

  Dqn without(car()->spec(), options, dqn_adam());
  without.begin({.factory = car, .environments = 2, .seed = 3, .total_steps = 10'000, .pool = &pool});
  EXPECT_THROW(without.iterate(telemetry), std::invalid_argument);
}

TEST(Dqn, TakesDemonstrationsLaterToo) {
  envs::ThreadPool pool(1);
  DqnOptions options{.learning_starts = 100, .pretraining = 600};
  const auto demonstrations = fly_demonstrations(car, 2, 1);
  Dqn at_first(car()->spec(), options, dqn_adam(), demonstrations), later(car()->spec(), options, dqn_adam());
  const agents::Run run{.factory = car, .environments = 2, .seed = 3, .total_steps = 10'000, .pool = &pool};
  at_first.begin(run);
  later.begin(run);
  later.learn_from(demonstrations);
  Telemetry telemetry;
  for (int i = 0; i < 4; ++i) {
    at_first.iterate(telemetry);
    later.iterate(telemetry);
  }
  expect_equal(state(at_first), state(later));
}

const DqnOptions every_dqn_option{.hidden = {16, 16},
                                  .memory = 2'000,
                                  .learning_starts = 300,
                                  .train_frequency = 2,
                                  .gradient_steps = 3,
                                  .batch = 32,
                                  .target_interval = 96,
                                  .tau = 0.5F,
                                  .exploration_hold = 5,
                                  .normalise_observations = true,
                                  .dueling = true,
                                  .layer_norm = true,
                                  .quantiles = 3,
                                  .n_step = 3,
                                  .prioritized = true,
                                  .hindsight = true};

// Stopped in the middle of pretraining, too.
TEST(Dqn, PretrainsToTheSameBitsAfterLoading) {
  envs::ThreadPool pool(2);
  Telemetry telemetry;
  DqnOptions options = every_dqn_option;
  options.pretraining = 700;
  const agents::Run run{.factory = maze, .environments = 4, .seed = 5, .total_steps = 20'000, .pool = &pool};
  const auto demonstrations = fly_demonstrations(maze, 2, 1);
  Dqn whole(maze()->spec(), options, dqn_adam(), demonstrations),
      resumed(maze()->spec(), options, dqn_adam(), demonstrations);
  whole.begin(run);
  whole.iterate(telemetry);
  Archive archive;
  whole.save(archive);
  resumed.begin(run);
  resumed.load(archive);
  for (int i = 0; i < 4; ++i) {
    whole.iterate(telemetry);
    resumed.iterate(telemetry);
  }
  EXPECT_GT(whole.steps(), 0);
  expect_equal(state(whole), state(resumed));
}

// P(n) = n⁻² / Σ k⁻², k up to 4: on average 1.46 steps; another action follows two times in three.
TEST(Dqn, HoldsRandomActionsForAsLongAsPublished) {
  for (const int longest : {1, 4}) {
    envs::ThreadPool pool(1);
    Dqn agent(car()->spec(), {.memory = 40'000, .learning_starts = 1'000'000, .exploration_hold = longest}, dqn_adam());
    learn(agent, car, pool, 20'000, 1);
    Archive archive;
    agent.save(archive);
    const auto actions = archive.get<float>("memory/actions");
    int changes = 0;
    for (std::size_t t = 1; t < 20'000; ++t) changes += actions[t] != actions[t - 1];
    double steps = 0, total = 0;
    for (int n = 1; n <= longest; ++n) {
      steps += 1.0 / n;
      total += 1.0 / (n * n);
    }
    EXPECT_NEAR(changes / 20'000.0, 2.0 / 3 / (steps / total), 0.012) << longest;
  }
}

TEST(Dqn, GoesOnToTheSameBitsAfterLoading) {
  envs::ThreadPool pool(1);
  Telemetry telemetry;
  const agents::Run run{.factory = maze, .environments = 4, .seed = 5, .total_steps = 20'000, .pool = &pool};
  const auto demonstrations = fly_demonstrations(maze, 2, 1);
  const optim::Rule rule = optim::restart({.rule = dqn_adam(), .on = optim::RestartOn::target, .every = 5});
  Dqn whole(maze()->spec(), every_dqn_option, rule, demonstrations),
      resumed(maze()->spec(), every_dqn_option, rule, demonstrations);
  whole.begin(run);
  for (int i = 0; i < 6; ++i) whole.iterate(telemetry);
  Archive archive;
  whole.save(archive);
  resumed.begin(run);
  resumed.load(archive);
  expect_equal(state(whole), state(resumed));
  for (int i = 0; i < 4; ++i) {
    whole.iterate(telemetry);
    resumed.iterate(telemetry);
  }
  expect_equal(state(whole), state(resumed));
  EXPECT_EQ(whole.policy().parameters, resumed.policy().parameters);
}

TEST(Dqn, TellsTheOptimizerWhenTheTargetMoves) {
  envs::ThreadPool pool(1);
  Dqn agent(lane()->spec(), {.learning_starts = 100, .train_frequency = 4, .target_interval = 100},
            optim::restart({.rule = dqn_adam(), .on = optim::RestartOn::target}));
  learn(agent, lane, pool, 2'000);
  Archive archive;
  agent.save(archive);
  const auto blocks = std::ranges::count_if(
      archive.tensors(), [](const Archive::Tensor& tensor) { return tensor.name.starts_with("parameters/"); });
  const auto counters = archive.get<std::int64_t>("optimizer/counters");  // updates, skipped twice, clocks, events
  EXPECT_EQ(counters.at(static_cast<std::size_t>(3 + blocks)), agent.steps() / 100);
}

TEST(Dqn, ThreadsChangeNoBit) {
  std::vector<std::vector<Archive::Tensor>> states;
  for (const int threads : {1, 2, 4}) {
    envs::ThreadPool pool(threads);
    Dqn agent(maze()->spec(), every_dqn_option, dqn_adam());
    learn(agent, maze, pool, 3'000);
    states.push_back(state(agent));
  }
  expect_equal(states[0], states[1]);
  expect_equal(states[0], states[2]);
}

TEST(Dqn, LeavesTheMemoryOutWhenAskedTo) {
  envs::ThreadPool pool(1);
  DqnOptions options = every_dqn_option;
  options.save_memory = false;
  Dqn agent(maze()->spec(), options, dqn_adam()), resumed(maze()->spec(), options, dqn_adam());
  learn(agent, maze, pool, 2'000);
  Archive archive;
  agent.save(archive);
  EXPECT_FALSE(archive.has("memory/added"));
  EXPECT_EQ(archive.metadata["memory"], "left out");
  resumed.begin({.factory = maze, .environments = 4, .seed = 3, .total_steps = 2'000, .pool = &pool});
  resumed.load(archive);
  EXPECT_EQ(resumed.policy().parameters, agent.policy().parameters);
  Telemetry telemetry;
  for (int i = 0; i < 3; ++i) resumed.iterate(telemetry);
  EXPECT_TRUE(resumed.policy().parameters.allFinite());
}

TEST(Dqn, AllocatesNothingOnceWarm) {
  for (const auto& factory : {cart_pole, masked_bandit, one_state}) {
    envs::ThreadPool pool(2);
    DqnOptions options = every_dqn_option;
    options.hindsight = false;
    Dqn agent(factory()->spec(), options, dqn_adam());
    agent.begin({.factory = factory, .environments = 4, .seed = 1, .total_steps = 1'000'000, .pool = &pool});
    Telemetry telemetry;
    telemetry.episodes.reserve(10'000);
    for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
    const long before = tests::allocations;
    for (int i = 0; i < 5; ++i) agent.iterate(telemetry);
    EXPECT_EQ(tests::allocations - before, 0);
  }
}

TEST(Dqn, HindsightAllocatesNothing) {
  const envs::EnvironmentFactory flip = bit_flip;
  envs::ThreadPool pool(1);
  Dqn agent(flip()->spec(), every_dqn_option, dqn_adam());
  agent.begin({.factory = flip, .environments = 4, .seed = 1, .total_steps = 1'000'000, .pool = &pool});
  Telemetry telemetry;
  telemetry.episodes.reserve(10'000);
  for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
  const long before = tests::allocations;
  agent.iterate(telemetry);
  EXPECT_EQ(tests::allocations - before, 0);
}

TEST(Dqn, CountsAndGivesUpOnGradientsThatAreNotFinite) {
  envs::ThreadPool pool(1);
  const envs::EnvironmentFactory infinite = [] {
    return std::make_unique<tests::OneState>(5, std::numeric_limits<float>::infinity());
  };
  Dqn agent(infinite()->spec(), {.learning_starts = 100, .huber = 0, .max_nonfinite = 7}, dqn_adam());
  agent.begin({.factory = infinite, .environments = 2, .seed = 1, .total_steps = 10'000, .pool = &pool});
  const Eigen::VectorXf before = agent.policy().parameters;
  Telemetry telemetry;
  EXPECT_THROW(agent.iterate(telemetry), Diverged);
  EXPECT_EQ(agent.policy().parameters, before);
}

TEST(Dqn, EndsTheRunWithinAnUpdateAtTargetsAndWeightsThatAreNotFinite) {
  envs::ThreadPool pool(1);
  const auto ends = [&](const DqnOptions& options, const optim::Rule& rule, const char* sentence) {
    Dqn agent(cart_pole()->spec(), options, rule);
    agent.begin({.factory = cart_pole, .environments = 2, .seed = 1, .total_steps = 10'000, .pool = &pool});
    Telemetry telemetry;
    EXPECT_THAT(
        [&] {
          for (int i = 0; i < 4; ++i) agent.iterate(telemetry);
        },
        testing::ThrowsMessage<Diverged>(testing::HasSubstr(sentence)));
    EXPECT_LE(agent.steps(), 104);
    return agent.updater()->optimizer().updates();
  };
  // The slope of Huber's loss is finite where the target is not.
  EXPECT_EQ(
      ends({.learning_starts = 100, .reward_scale = 3e38F, .n_step = 3}, dqn_adam(), "The targets are not finite"), 1);
  EXPECT_EQ(ends({.learning_starts = 100}, optim::adam({.eps = 0}), "The weights in 'q/0/weight' are not finite"), 1);
  EXPECT_LE(ends({.learning_starts = 100}, optim::sgd({.lr = 1e300}), "The weights in 'q/0/weight' are not finite"), 1);
}

TEST(Dqn, RefusesOptionsAndWorldsThatDoNotSuit) {
  EXPECT_THROW(Dqn(lane()->spec(), {.exploration_hold = 0}, dqn_adam()), std::invalid_argument);
  const envs::Spec spec = cart_pole()->spec();
  const auto with = [&](const DqnOptions& options) { Dqn agent(spec, options, dqn_adam()); };
  EXPECT_THROW(with({.hidden = {0}}), std::invalid_argument);
  EXPECT_THROW(with({.gamma = 1.5F}), std::invalid_argument);
  EXPECT_THROW(with({.memory = 0}), std::invalid_argument);
  EXPECT_THROW(with({.batch = 0}), std::invalid_argument);
  EXPECT_THROW(with({.tau = 0}), std::invalid_argument);
  EXPECT_THROW(with({.epsilon_final = NAN}), std::invalid_argument);
  EXPECT_THROW(with({.n_step = 0}), std::invalid_argument);
  EXPECT_GT(optim::for_each_out_of_range(DqnOptions{},
                                         [&](const auto& key, const DqnOptions& options) {
                                           EXPECT_THROW(with(options), std::invalid_argument) << key;
                                         }),
            0);
  EXPECT_THROW(with({.hindsight = true}), std::invalid_argument) << "CartPole has no goals";
  EXPECT_THROW(with({.huber = 0, .quantiles = 5}), std::invalid_argument) << "their loss divides by it";
  EXPECT_THROW(Dqn(tests::Follow().spec(), {}, dqn_adam()), std::invalid_argument) << "continuous actions";
  EXPECT_THROW(Dqn(spec, {}, dqn_adam(), fly_demonstrations(car, 1, 1)), std::invalid_argument);
  envs::ThreadPool pool(1);
  Dqn agent(spec, {}, dqn_adam());
  EXPECT_THROW(agent.begin({.factory = car, .environments = 1, .seed = 1, .total_steps = 1, .pool = &pool}),
               std::invalid_argument);
}

}  // namespace
}  // namespace cairn::agents
