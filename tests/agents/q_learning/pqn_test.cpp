#include "agents/q_learning/pqn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../allocation_counter.h"
#include "../policy_gradient/learning.h"
#include "agents/archive/archive.h"
#include "agents/training/evaluation.h"
#include "optim/adam.h"
#include "optim/radam.h"
#include "optim/sgd.h"
#include "tests/optim/out_of_range.h"

namespace cairn::agents {
namespace {

optim::Rule radam(double lr = 1e-3) {
  return optim::radam({.lr = lr}).with_clip(optim::global_norm({.max = 10}));
}

const PqnOptions small_options{.hidden = {16}, .rollout = 16, .minibatch = 32};

TEST(Pqn, LearnsTheValuesOfABandit) {
  envs::ThreadPool pool(1);
  for (const bool layer_norm : {true, false}) {
    PqnOptions options = small_options;
    options.layer_norm = layer_norm;
    options.epsilon_final = 1;  // the values sought do not depend on who acts
    Pqn agent(bandit()->spec(), options, radam(1e-2).with_schedule(optim::linear()));
    train(agent, bandit, pool, 20'000);
    for (const float side : {-1.0F, 1.0F}) {
      const Eigen::VectorXf q = values(agent, Eigen::VectorXf::Constant(1, side));
      EXPECT_NEAR(q[0], side < 0 ? 1 : 0, 0.05F);
      EXPECT_NEAR(q[1], side > 0 ? 1 : 0, 0.05F);
      EXPECT_NEAR(q[2], -1, 0.05F);
    }
  }
}

// One state, reward 1 a step for ever, cut every 5 steps: Q = 1 / (1 - γ) = 5, not the 3.4 of five steps.
TEST(Pqn, BootstrapsWhereTheHorizonCuts) {
  envs::ThreadPool pool(1);
  for (const float lambda : {0.0F, 0.65F, 1.0F}) {
    PqnOptions options = small_options;
    options.gamma = 0.8F;
    options.lambda = lambda;
    Pqn agent(one_state()->spec(), options, radam(3e-3).with_schedule(optim::linear()));
    train(agent, one_state, pool, 40'000);
    EXPECT_NEAR(values(agent, Eigen::Vector2f(1, 2)).maxCoeff(), 5, 0.3) << lambda;
  }
}

TEST(Pqn, NeverTakesNorHopesForIllegalActions) {
  envs::ThreadPool pool(1);
  tests::SidesBandit::illegal_actions = 0;
  Pqn agent(masked_bandit()->spec(), small_options, radam(1e-2));
  train(agent, masked_bandit, pool, 10'000);
  EXPECT_EQ(tests::SidesBandit::illegal_actions, 0);
  EXPECT_EQ(greedy(agent, 1, Eigen::Vector3f(1, 1, 0)), 1);
}

TEST(Pqn, BalancesThePole) {
  envs::ThreadPool pool(2);
  Pqn agent(cart_pole()->spec(), {.hidden = {64, 64}, .reward_scale = 0.1F},
            radam(1e-3).with_schedule(optim::linear()));
  train(agent, cart_pole, pool, 100'000, 16);
  EXPECT_GT(evaluate(agent.policy(), cart_pole, {.episodes = 20, .seed = 9}, pool).mean_return, 350);
}

TEST(Pqn, LessRandomActionsAsTheRunGoesOn) {
  envs::ThreadPool pool(1);
  PqnOptions options = small_options;
  options.exploration_fraction = 0.5F;
  Pqn agent(bandit()->spec(), options, radam());
  agent.begin({.factory = bandit, .environments = 8, .seed = 3, .total_steps = 1280, .pool = &pool});
  for (const float expected : {1.0F, 0.81F, 0.62F, 0.43F, 0.24F, 0.05F, 0.05F}) {
    Telemetry telemetry;
    agent.iterate(telemetry);
    EXPECT_NEAR(metric(telemetry, "train/epsilon"), expected, 1e-6);
  }
}

const PqnOptions every_pqn_option{.hidden = {16, 16},
                                  .rollout = 12,
                                  .minibatch = 20,
                                  .epochs = 2,
                                  .epsilon_final = 0.3F,
                                  .reward_scale = 0.1F,
                                  .normalise_observations = true,
                                  .gradient_shards = 3};

TEST(Pqn, ThreadsChangeNoBit) {
  for (const auto& factory : {acrobot, masked_bandit}) {
    std::vector<std::vector<Archive::Tensor>> states;
    for (const int threads : {1, 2, 4}) {
      envs::ThreadPool pool(threads);
      Pqn agent(factory()->spec(), every_pqn_option, radam());
      train(agent, factory, pool, 1'000, 9);
      states.push_back(state(agent));
    }
    expect_equal(states[0], states[1]);
    expect_equal(states[0], states[2]);
  }
}

TEST(Pqn, GoesOnToTheSameBitsAfterLoading) {
  envs::ThreadPool pool(1);
  Telemetry telemetry;
  const agents::Run run{.factory = acrobot, .environments = 6, .seed = 5, .total_steps = 20'000, .pool = &pool};
  const optim::Rule rule = radam().with_schedule(optim::linear());
  Pqn whole(acrobot()->spec(), every_pqn_option, rule), resumed(acrobot()->spec(), every_pqn_option, rule);
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

TEST(Pqn, AllocatesNothingOnceWarm) {
  for (const auto& factory : {cart_pole, masked_bandit, one_state}) {
    envs::ThreadPool pool(2);
    Pqn agent(factory()->spec(), every_pqn_option, radam());
    agent.begin({.factory = factory, .environments = 6, .seed = 1, .total_steps = 1'000'000, .pool = &pool});
    Telemetry telemetry;
    telemetry.episodes.reserve(10'000);
    for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
    const long before = tests::allocations;
    for (int i = 0; i < 5; ++i) agent.iterate(telemetry);
    EXPECT_EQ(tests::allocations - before, 0);
  }
}

TEST(Pqn, EndsTheRunWhereNumbersAreNotFinite) {
  envs::ThreadPool pool(1);
  const envs::EnvironmentFactory infinite = [] {
    return std::make_unique<tests::OneState>(5, std::numeric_limits<float>::infinity());
  };
  PqnOptions options = small_options;
  options.max_nonfinite = 7;
  Pqn agent(infinite()->spec(), options, radam());
  agent.begin({.factory = infinite, .environments = 2, .seed = 1, .total_steps = 10'000, .pool = &pool});
  const Eigen::VectorXf before = agent.policy().parameters;
  Telemetry telemetry;
  EXPECT_THROW(for (int i = 0; i < 9; ++i) agent.iterate(telemetry), Diverged);
  EXPECT_EQ(agent.policy().parameters, before);
  Pqn leaping(cart_pole()->spec(), small_options, optim::sgd({.lr = 1e300}));
  leaping.begin({.factory = cart_pole, .environments = 2, .seed = 1, .total_steps = 10'000, .pool = &pool});
  EXPECT_THAT([&] { leaping.iterate(telemetry); },
              testing::ThrowsMessage<Diverged>(testing::HasSubstr("The weights in 'q/0/weight' are not finite")));
}

TEST(Pqn, RefusesOptionsAndWorldsThatDoNotSuit) {
  const envs::Spec spec = cart_pole()->spec();
  EXPECT_GT(optim::for_each_out_of_range(PqnOptions{},
                                         [&](const auto& key, const PqnOptions& options) {
                                           EXPECT_THROW(Pqn(spec, options, radam()), std::invalid_argument) << key;
                                         }),
            0);
  EXPECT_THROW(Pqn(follow()->spec(), {}, radam()), std::invalid_argument) << "continuous actions";
  envs::ThreadPool pool(1);
  Pqn agent(spec, {}, radam());
  EXPECT_THROW(agent.begin({.factory = acrobot, .environments = 1, .seed = 1, .total_steps = 1, .pool = &pool}),
               std::invalid_argument);
}

}  // namespace
}  // namespace cairn::agents
