#include "agents/imitation/bc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../allocation_counter.h"
#include "../memory/damaged.h"
#include "../policy_gradient/learning.h"
#include "agents/training/evaluation.h"
#include "optim/schedule.h"
#include "optim/sgd.h"
#include "tests/optim/out_of_range.h"

namespace cairn::agents {
namespace {

double cloned_share(const Agent& agent, const envs::EnvironmentFactory& factory) {
  envs::ThreadPool pool(1);
  return evaluate(agent.policy(), factory, {.episodes = 50, .seed = 9}, pool).success_rate;
}

/// Episodes of one step in the bandit of sides: at either side, `right` names it, else the other one.
std::vector<Demonstration> of_sides(int episodes, bool right, bool masks = false) {
  std::vector<Demonstration> demonstrations;
  for (int e = 0; e < episodes; ++e) {
    const bool at_right = e % 2 == 0;
    Demonstration flown;
    flown.observations = Eigen::MatrixXf::Constant(1, 2, at_right ? 1.0F : -1.0F);
    flown.actions = Eigen::MatrixXf::Constant(1, 1, at_right == right ? 1.0F : 0.0F);
    flown.rewards = Eigen::VectorXf::Constant(1, right ? 1.0F : 0.0F);
    if (masks) {
      flown.masks = Eigen::MatrixXf::Ones(3, 2);
      flown.masks.row(2).setZero();
    }
    flown.terminated = true;
    flown.success = right;
    demonstrations.push_back(flown);
  }
  return demonstrations;
}

TEST(Bc, DoesWhatItWasShown) {
  envs::ThreadPool pool(1);
  Bc agent(car()->spec(), {}, optim::adam({.lr = 3e-3}), fly_demonstrations(car, 10, 1));
  const Telemetry telemetry = train(agent, car, pool, 40'000);
  EXPECT_GT(cloned_share(agent, car), 0.95);
  EXPECT_LT(metric(telemetry, "train/loss"), 0.2);
  EXPECT_LT(metric(telemetry, "train/held_out_loss"), 0.3);

  Bc continuous(continuous_car()->spec(), {}, optim::adam({.lr = 3e-3}), fly_demonstrations(continuous_car, 10, 1));
  train(continuous, continuous_car, pool, 40'000);
  EXPECT_GT(cloned_share(continuous, continuous_car), 0.95);
}

// Whoever saw the horizon end most episodes of a pilot does not want to learn from those.
TEST(Bc, LearnsFromSuccessesAloneWhereThereAreSome) {
  envs::ThreadPool pool(1);
  std::vector<Demonstration> mixed = of_sides(4, true);
  const std::vector<Demonstration> wrong = of_sides(40, false);
  mixed.insert(mixed.end(), wrong.begin(), wrong.end());
  for (const bool successes : {true, false}) {
    Bc agent(bandit()->spec(), {.successes = successes}, optim::adam({.lr = 1e-2}), mixed);
    train(agent, bandit, pool, 10'000);
    EXPECT_EQ(greedy(agent, 1), successes ? 1 : 0);
    EXPECT_EQ(greedy(agent, -1), successes ? 0 : 1);
  }
  Bc agent(bandit()->spec(), {}, optim::adam({.lr = 1e-2}), wrong);  // where none succeeded there is nothing better
  train(agent, bandit, pool, 10'000);
  EXPECT_EQ(greedy(agent, 1), 0);
}

// At first all actions are about as likely: -log p is log 3, or log 2 where one of them is illegal.
TEST(Bc, LeavesIllegalActionsOutOfTheLoss) {
  envs::ThreadPool pool(1);
  for (const bool masks : {false, true}) {
    const envs::EnvironmentFactory& factory = masks ? masked_bandit : bandit;
    Bc agent(factory()->spec(), {}, optim::sgd({.lr = 0}), of_sides(20, true, masks));
    agent.begin({.factory = factory, .environments = 1, .seed = 1, .total_steps = 10'000, .pool = &pool});
    Telemetry telemetry;
    agent.iterate(telemetry);
    EXPECT_NEAR(metric(telemetry, "train/loss"), std::log(masks ? 2.0 : 3.0), 0.02);
    EXPECT_NEAR(metric(telemetry, "train/held_out_loss"), std::log(masks ? 2.0 : 3.0), 0.02);
  }
}

// ½ |μ - a|² falls to half the variance of what cannot be told apart, at its mean.
TEST(Bc, OfContinuousActionsFindsTheirMean) {
  envs::ThreadPool pool(1);
  std::vector<Demonstration> two;
  for (const float action : {0.2F, 0.6F}) {
    Demonstration flown;
    flown.observations = Eigen::MatrixXf::Ones(1, 2);
    flown.actions = Eigen::MatrixXf::Constant(1, 1, action);
    flown.rewards = Eigen::VectorXf::Zero(1);
    flown.success = true;
    two.push_back(flown);
  }
  Bc agent(follow()->spec(), {.batch = 2, .normalise_observations = false, .held_out = 0}, optim::adam({.lr = 1e-2}),
           two);
  const Telemetry telemetry = train(agent, follow, pool, 2'000);
  EXPECT_NEAR(greedy(agent, 1), 0.4, 0.01);
  EXPECT_NEAR(metric(telemetry, "train/loss"), 0.02, 1e-3);
  EXPECT_EQ(agent.policy().log_std[0], -1);
  for (const Telemetry::Metric& each : telemetry.metrics) EXPECT_NE(each.name, "train/held_out_loss");
}

// Actions that follow no rule can be learned by heart and not foretold.
TEST(Bc, HoldsOutWholeDemonstrations) {
  envs::ThreadPool pool(1);
  std::vector<Demonstration> noise = fly_demonstrations(car, 4, 1);
  envs::Random random(1, envs::Stream::problem);
  for (Demonstration& flown : noise)
    for (float& action : flown.actions.reshaped()) action = static_cast<float>(random.below(3));
  Bc agent(car()->spec(), {.hidden = {256}, .held_out = 0.5F}, optim::adam({.lr = 1e-2}), noise);
  const Telemetry telemetry = train(agent, car, pool, 200'000);
  EXPECT_LT(metric(telemetry, "train/loss"), std::log(3.0));
  EXPECT_GT(metric(telemetry, "train/held_out_loss"), std::log(3.0));
}

TEST(Bc, GoesOnToTheSameBitsAfterLoadingOnAnyNumberOfThreads) {
  const auto demonstrations = fly_demonstrations(car, 3, 1);
  const optim::Rule rule = clipped_adam(1e-3).with_schedule(optim::linear());
  const BcOptions options{.batch = 48};
  std::vector<std::vector<Archive::Tensor>> ends;
  for (const int threads : {1, 2, 4}) {
    envs::ThreadPool pool(threads);
    const agents::Run run{.factory = car, .environments = 4, .seed = 5, .total_steps = 20'000, .pool = &pool};
    Bc whole(car()->spec(), options, rule, demonstrations), resumed(car()->spec(), options, rule, demonstrations);
    Telemetry telemetry;
    whole.begin(run);
    for (int i = 0; i < 3; ++i) whole.iterate(telemetry);
    Archive archive;
    whole.save(archive);
    resumed.begin(run);
    resumed.load(archive);
    for (int i = 0; i < 4; ++i) {
      whole.iterate(telemetry);
      resumed.iterate(telemetry);
    }
    EXPECT_EQ(whole.steps(), 7 * 32 * 48);
    expect_equal(state(whole), state(resumed));
    ends.push_back(state(whole));
  }
  expect_equal(ends[0], ends[1]);
  expect_equal(ends[0], ends[2]);
}

TEST(Bc, AllocatesNothingOnceWarm) {
  for (const bool continuous : {false, true}) {
    const envs::EnvironmentFactory& factory = continuous ? continuous_car : car;
    envs::ThreadPool pool(1);
    Bc agent(factory()->spec(), {}, clipped_adam(1e-3), fly_demonstrations(factory, 3, 1));
    agent.begin({.factory = factory, .environments = 4, .seed = 1, .total_steps = 1'000'000, .pool = &pool});
    Telemetry telemetry;
    for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
    const long before = tests::allocations;
    for (int i = 0; i < 5; ++i) agent.iterate(telemetry);
    EXPECT_EQ(tests::allocations - before, 0);
  }
}

TEST(Bc, RefusesWhatItCannotLearnFrom) {
  envs::ThreadPool pool(1);
  const envs::Spec spec = bandit()->spec();
  Bc agent(spec, {}, optim::adam());
  EXPECT_THROW(agent.begin({.factory = bandit, .environments = 1, .seed = 1, .total_steps = 10, .pool = &pool}),
               std::invalid_argument);
  EXPECT_THROW(Bc(spec, {}, optim::adam(), fly_demonstrations(car, 1, 1)), std::invalid_argument);
  for (const float action : {3.0F, -1.0F, 0.5F, std::numeric_limits<float>::quiet_NaN()}) {
    auto bad = of_sides(2, true);
    bad[1].actions(0, 0) = action;
    EXPECT_THROW(Bc(spec, {}, optim::adam(), bad), std::invalid_argument) << action;
  }
  auto illegal = of_sides(1, true, true);
  illegal[0].actions(0, 0) = 2;
  EXPECT_THROW(Bc(masked_bandit()->spec(), {}, optim::adam(), illegal), std::invalid_argument);
}

TEST(Bc, EndsTheRunAtWeightsThatAreNotFinite) {
  envs::ThreadPool pool(1);
  Bc agent(car()->spec(), {}, optim::sgd({.lr = 1e300}), fly_demonstrations(car, 2, 1));
  agent.begin({.factory = car, .environments = 1, .seed = 1, .total_steps = 100'000, .pool = &pool});
  Telemetry telemetry;
  EXPECT_THROW(
      {
        for (int i = 0; i < 20; ++i) agent.iterate(telemetry);
      },
      Diverged);
}

TEST(Bc, RefusesCountsThatNoRunComesTo) {
  envs::ThreadPool pool(1);
  Bc agent(car()->spec(), {}, optim::adam(), fly_demonstrations(car, 2, 1));
  agent.begin({.factory = car, .environments = 1, .seed = 1, .total_steps = 100'000, .pool = &pool});
  for (const std::int64_t tried : {INT64_C(-1), INT64_MAX}) {
    Archive archive;
    agent.save(archive);
    EXPECT_THROW(agent.load(damaged(archive, "updates_tried", std::vector<std::int64_t>{tried})), std::runtime_error);
  }
}

TEST(Bc, RefusesOptionsOutOfRange) {
  const envs::Spec spec = car()->spec();
  EXPECT_GT(optim::for_each_out_of_range(BcOptions{},
                                         [&](const auto& key, const BcOptions& options) {
                                           EXPECT_THROW(Bc(spec, options, optim::adam()), std::invalid_argument) << key;
                                         }),
            0);
}

}  // namespace
}  // namespace cairn::agents
