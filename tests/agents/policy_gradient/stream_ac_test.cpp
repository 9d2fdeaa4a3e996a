#include "agents/policy_gradient/stream_ac.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../allocation_counter.h"
#include "agents/archive/archive.h"
#include "agents/training/evaluation.h"
#include "learning.h"
#include "optim/adam.h"
#include "optim/intentional.h"
#include "optim/obgd.h"
#include "optim/sgd.h"
#include "tests/optim/out_of_range.h"

namespace cairn::agents {
namespace {

const envs::EnvironmentFactory timeless = [] { return std::make_unique<tests::Timeless>(); };

TEST(StreamAc, LearnsTheBestSides) {
  envs::ThreadPool pool(1);
  for (const optim::Rule& rule : {optim::obgd(), optim::adam({.lr = 1e-3})}) {
    StreamAc agent(bandit()->spec(), {.hidden = {16}, .normalise_returns = false}, rule);
    train(agent, bandit, pool, 30'000, 1);
    EXPECT_EQ(greedy(agent, -1), 0) << rule.description();
    EXPECT_EQ(greedy(agent, 1), 1) << rule.description();
  }
}

TEST(StreamAc, FollowsATarget) {
  envs::ThreadPool pool(1);
  StreamAc agent(follow()->spec(), {.hidden = {16, 16}, .log_std_initial = -1, .normalise_returns = false},
                 optim::adam({.lr = 1e-3}));
  train(agent, follow, pool, 60'000, 1);
  for (const float target : {-0.5F, 0.1F, 0.6F}) EXPECT_NEAR(greedy(agent, target), target, 0.25F);
}

// One state, reward 1 a step for ever, cut every 5 steps: V = 1 / (1 - γ) = 5, not the 3.4 of five steps.
TEST(StreamAc, BootstrapsWhereTheHorizonCuts) {
  envs::ThreadPool pool(1);
  for (const optim::Rule& rule : {optim::obgd(), optim::intentional({.lr = 0.1}), optim::adam({.lr = 1e-3})}) {
    StreamAc agent(timeless()->spec(), {.hidden = {16}, .gamma = 0.8F, .normalise_returns = false}, rule);
    train(agent, timeless, pool, 40'000, 1);
    const Policy critic = agent.critic().value();
    auto scratch = critic.scratch(1);
    EXPECT_NEAR(critic.evaluate(Eigen::Vector2f(1, 0), scratch)(0, 0), 5, 0.5) << rule.description();
  }
}

TEST(StreamAc, SaysByWhatItsRewardsAreScaled) {
  envs::ThreadPool pool(1);
  StreamAc agent(timeless()->spec(), {.hidden = {16}, .gamma = 0.8F}, optim::adam({.lr = 1e-3}));
  train(agent, timeless, pool, 40'000, 1);
  const Policy critic = agent.critic().value();
  auto scratch = critic.scratch(1);
  EXPECT_NE(agent.reward_scale(), 1);
  const double value = static_cast<double>(critic.evaluate(Eigen::Vector2f(1, 0), scratch)(0, 0));
  EXPECT_NEAR(value / agent.reward_scale(), 5, 0.5);
  EXPECT_EQ(StreamAc(timeless()->spec(), {.normalise_returns = false}, optim::obgd()).reward_scale(), 1);
}

TEST(StreamAc, NeverTakesIllegalActions) {
  envs::ThreadPool pool(1);
  tests::SidesBandit::illegal_actions = 0;
  StreamAc agent(masked_bandit()->spec(), {.hidden = {16}}, optim::obgd());
  train(agent, masked_bandit, pool, 10'000, 1);
  EXPECT_EQ(tests::SidesBandit::illegal_actions, 0);
  EXPECT_EQ(greedy(agent, 1, Eigen::Vector3f(1, 1, 0)), 1);
}

// By plain descent θ moves by lr δ ∇, with ∇ by central differences of V and of log π + entropy sign(δ) H: in the mean
// over many steps so small that the networks hardly change.
TEST(StreamAc, StepsAreAlongTheGradientsOfValueAndPolicy) {
  constexpr double rate = 1e-5;
  constexpr int iterations = 16;
  const StreamAcOptions options{.hidden = {6},
                                .activation = Activation::tanh,
                                .layer_norm = false,
                                .sparsity = 0,
                                .entropy = 0.3F,
                                .normalise_observations = false,
                                .normalise_returns = false};
  envs::ThreadPool pool(1);
  // One-step episodes: δ = r - V(s), and traces are fresh at each step.
  StreamAc agent(bandit()->spec(), options, optim::sgd({.lr = rate}));
  agent.begin({.factory = bandit, .environments = 1, .seed = 4, .total_steps = 1'000'000, .pool = &pool});
  Eigen::VectorXf before;
  const ActorCritic networks(bandit()->spec(), options.hidden, options.activation, 1);
  const auto parameters = [&] {
    Archive archive;
    agent.save(archive);
    Eigen::VectorXf all(networks.layout.size);
    for (const optim::Block& block : networks.layout.blocks) {
      const auto values = archive.get<float>("parameters/" + block.name);
      all.segment(block.offset, block.size()) = Eigen::Map<const Eigen::VectorXf>(values.data(), block.size());
    }
    return all;
  };
  before = parameters();
  Telemetry telemetry;
  for (int i = 0; i < iterations; ++i) agent.iterate(telemetry);
  const Eigen::VectorXf moved = parameters() - before;
  // Σ over sides and actions of π δ ∇, a step each.
  const auto value_and_logits = [&](const Eigen::VectorXd& at, double side) {
    optim::Layout layout;
    const Mlp<double> actor({1, {6}, 3, Activation::tanh}, layout, "actor");
    const Mlp<double> critic({1, {6}, 1, Activation::tanh}, layout, "critic");
    auto of_actor = actor.scratch(1), of_critic = critic.scratch(1);
    const Eigen::MatrixXd in = Eigen::MatrixXd::Constant(1, 1, side);
    const std::span<const double> all(at.data(), static_cast<std::size_t>(at.size()));
    const Eigen::Vector3d logits = actor.forward(all, in, of_actor);
    return std::pair{critic.forward(all, in, of_critic)(0, 0), logits};
  };
  const auto log_softmax = [](const Eigen::Vector3d& logits) -> Eigen::Vector3d {
    return logits.array() - std::log(logits.array().exp().sum());
  };
  Eigen::VectorXd expected = Eigen::VectorXd::Zero(moved.size());
  const Eigen::VectorXd start = before.cast<double>();
  for (const double side : {-1.0, 1.0}) {
    const auto [value, logits] = value_and_logits(start, side);
    const Eigen::Vector3d log_p = log_softmax(logits);
    for (int action = 0; action < 3; ++action) {
      const double reward = action == 2 ? -1 : action == (side > 0 ? 1 : 0) ? 1 : 0, error = reward - value;
      const auto objective = [&](const Eigen::VectorXd& at) {
        const auto [v, z] = value_and_logits(at, side);
        const Eigen::Vector3d lp = log_softmax(z);
        const double entropy = -(lp.array().exp() * lp.array()).sum();
        return v + lp[action] + static_cast<double>(options.entropy) * (error > 0 ? 1 : -1) * entropy;
      };
      for (Eigen::Index i = 0; i < expected.size(); ++i) {
        Eigen::VectorXd above = start, below = start;
        above[i] += 1e-5;
        below[i] -= 1e-5;
        expected[i] += 0.5 * std::exp(log_p[action]) * error * (objective(above) - objective(below)) / 2e-5;
      }
    }
  }
  expected *= static_cast<double>(agent.steps()) * rate;
  const double along = moved.cast<double>().dot(expected) / (moved.cast<double>().norm() * expected.norm());
  EXPECT_GT(along, 0.97);
  EXPECT_NEAR(moved.cast<double>().norm() / expected.norm(), 1, 0.15);
}

TEST(StreamAc, GoesOnToTheSameBitsAfterLoading) {
  envs::ThreadPool pool(1), four(4);
  Telemetry telemetry;
  for (const auto& factory : {acrobot, pendulum})
    for (const optim::Rule& rule : {optim::obgd(), optim::intentional(), optim::adam({.lr = 1e-4})}) {
      agents::Run run{.factory = factory, .environments = 1, .seed = 5, .total_steps = 20'000, .pool = &pool};
      StreamAc whole(factory()->spec(), {}, rule), resumed(factory()->spec(), {}, rule);
      whole.begin(run);
      for (int i = 0; i < 3; ++i) whole.iterate(telemetry);
      Archive archive;
      whole.save(archive);
      run.pool = &four;  // threads change nothing either
      resumed.begin(run);
      resumed.load(archive);
      expect_equal(state(whole), state(resumed));
      for (int i = 0; i < 2; ++i) {
        whole.iterate(telemetry);
        resumed.iterate(telemetry);
      }
      expect_equal(state(whole), state(resumed));
      EXPECT_EQ(whole.policy().parameters, resumed.policy().parameters);
      EXPECT_EQ(whole.critic()->parameters, resumed.critic()->parameters);
    }
}

TEST(StreamAc, AllocatesNothingOnceWarm) {
  for (const auto& factory : {masked_bandit, pendulum}) {
    envs::ThreadPool pool(1);
    StreamAc agent(factory()->spec(), {}, optim::obgd());
    agent.begin({.factory = factory, .environments = 1, .seed = 1, .total_steps = 1'000'000, .pool = &pool});
    Telemetry telemetry;
    telemetry.episodes.reserve(10'000);
    for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
    const long before = tests::allocations;
    for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
    EXPECT_EQ(tests::allocations - before, 0);
  }
}

TEST(StreamAc, EndsTheRunWhereNumbersAreNotFinite) {
  envs::ThreadPool pool(1);
  const envs::EnvironmentFactory infinite = [] {
    return std::make_unique<tests::OneState>(5, std::numeric_limits<float>::infinity());
  };
  StreamAc agent(infinite()->spec(), {.normalise_returns = false}, optim::obgd());
  agent.begin({.factory = infinite, .environments = 1, .seed = 1, .total_steps = 10'000, .pool = &pool});
  Telemetry telemetry;
  EXPECT_THAT([&] { agent.iterate(telemetry); },
              testing::ThrowsMessage<Diverged>(testing::HasSubstr("The error of the values is not finite after 1 ")));
}

TEST(StreamAc, RefusesOptionsAndWorldsThatDoNotSuit) {
  const envs::Spec spec = cart_pole()->spec();
  EXPECT_GT(optim::for_each_out_of_range(StreamAcOptions{},
                                         [&](const auto& key, const StreamAcOptions& options) {
                                           EXPECT_THROW(StreamAc(spec, options, optim::obgd()), std::invalid_argument)
                                               << key;
                                         }),
            0);
  envs::ThreadPool pool(1);
  StreamAc agent(spec, {}, optim::obgd());
  EXPECT_THAT(
      [&] {
        agent.begin({cart_pole, 2, 1, 1, &pool});
      },
      testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("it takes 1 environment, not 2")));
  EXPECT_THROW(agent.begin({acrobot, 1, 1, 1, &pool}), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::agents
