#include "agents/q_learning/stream_q.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../allocation_counter.h"
#include "../policy_gradient/learning.h"
#include "agents/archive/archive.h"
#include "agents/training/evaluation.h"
#include "optim/adam.h"
#include "optim/intentional.h"
#include "optim/obgd.h"
#include "optim/sgd.h"
#include "tests/optim/out_of_range.h"

namespace cairn::agents {
namespace {

const envs::EnvironmentFactory timeless_choice = [] { return std::make_unique<tests::Timeless>(); };

struct NamedRule {
  const char* name;
  optim::Rule rule;
};
void PrintTo(const NamedRule& rule, std::ostream* out) {
  *out << rule.name;
}

class ByAnyRule : public testing::TestWithParam<NamedRule> {};

TEST_P(ByAnyRule, LearnsTheBestSides) {
  envs::ThreadPool pool(1);
  StreamQ agent(bandit()->spec(), {.hidden = {16}, .epsilon_final = 0.2F, .normalise_returns = false}, GetParam().rule);
  train(agent, bandit, pool, 20'000, 1);
  EXPECT_EQ(greedy(agent, -1), 0);
  EXPECT_EQ(greedy(agent, 1), 1);
  EXPECT_NEAR(values(agent, Eigen::VectorXf::Constant(1, 1)).maxCoeff(), 1, 0.25F);
}

// One state, reward 1 a step for ever, cut every 5 steps: Q = 1 / (1 - γ) = 5, not the 3.4 of five steps.
TEST_P(ByAnyRule, BootstrapsWhereTheHorizonCuts) {
  envs::ThreadPool pool(1);
  StreamQ agent(timeless_choice()->spec(),
                {.hidden = {16}, .gamma = 0.8F, .epsilon_final = 0.05F, .normalise_returns = false}, GetParam().rule);
  train(agent, timeless_choice, pool, 40'000, 1);
  EXPECT_NEAR(values(agent, Eigen::Vector2f(1, 0)).maxCoeff(), 5, 0.5);
}

INSTANTIATE_TEST_SUITE_P(Rules, ByAnyRule,
                         testing::Values(NamedRule{"obgd", optim::obgd()},
                                         NamedRule{"intentional", optim::intentional({.lr = 0.1})},
                                         NamedRule{"adam", optim::adam({.lr = 1e-3})},
                                         NamedRule{"sgd", optim::sgd({.lr = 1e-2})}),
                         [](const auto& each) { return each.param.name; });

double length_of_traces(const Archive& archive) {
  double length = 0;
  for (const float z : archive.get<float>("optimizer/agent_traces")) length += std::abs(static_cast<double>(z));
  return length;
}

// A rule that moves nothing leaves the greedy actions what they are.
const optim::Rule still = optim::sgd({.lr = 0});

TEST(StreamQ, CutsTracesBehindActionsThatAreNotGreedy) {
  const envs::EnvironmentFactory endless = [] { return std::make_unique<tests::OneState>(10'000); };
  envs::ThreadPool pool(1);
  int cut = 0, kept = 0;
  StreamQ agent(endless()->spec(), {.hidden = {8}, .epsilon_final = 1, .normalise_observations = false}, still);
  agent.begin({.factory = endless, .environments = 1, .seed = 1, .total_steps = 10'000, .pool = &pool});
  for (int i = 0; i < 16; ++i) {
    Telemetry telemetry;
    agent.iterate(telemetry);
    Archive archive;
    agent.save(archive);
    const auto actions = archive.get<float>("worlds/actions");
    const Eigen::Vector2f before(1, static_cast<float>(actions.size() - 1));
    const Eigen::VectorXf q = values(agent, before);
    const bool was_greedy = actions.back() == (q[1] > q[0] ? 1.0F : 0.0F);
    EXPECT_EQ(length_of_traces(archive) > 0, was_greedy) << i;
    ++(was_greedy ? kept : cut);
  }
  EXPECT_GT(cut, 2);
  EXPECT_GT(kept, 2);
}

TEST(StreamQ, CutsTracesBehindTheEndOfAnEpisode) {
  envs::ThreadPool pool(1);
  const StreamQOptions greedy_throughout{.hidden = {8}, .epsilon_initial = 0, .epsilon_final = 0};
  for (const int horizon : {512, 513}) {  // of an iteration's 512 steps
    const envs::EnvironmentFactory cut = [=] { return std::make_unique<tests::OneState>(horizon); };
    StreamQ agent(cut()->spec(), greedy_throughout, still);
    train(agent, cut, pool, 512, 1);
    Archive archive;
    agent.save(archive);
    EXPECT_EQ(length_of_traces(archive) == 0, horizon == 512);
  }
}

TEST(StreamQ, LayerNormStaysWithoutGainAndOffset) {
  envs::ThreadPool pool(1);
  for (const optim::Rule& rule : {optim::obgd(), optim::adam()}) {
    StreamQ agent(cart_pole()->spec(), {}, rule);
    train(agent, cart_pole, pool, 2'000, 1);
    Archive archive;
    agent.save(archive);
    EXPECT_THAT(archive.get<float>("parameters/q/1/gain"), testing::Each(1));
    EXPECT_THAT(archive.get<float>("parameters/q/0/offset"), testing::Each(0));
  }
}

TEST(StreamQ, NeverTakesIllegalActions) {
  envs::ThreadPool pool(1);
  tests::SidesBandit::illegal_actions = 0;
  StreamQ agent(masked_bandit()->spec(), {.hidden = {16}, .epsilon_final = 0.3F}, optim::obgd());
  train(agent, masked_bandit, pool, 10'000, 1);
  EXPECT_EQ(tests::SidesBandit::illegal_actions, 0);
  EXPECT_EQ(greedy(agent, 1, Eigen::Vector3f(1, 1, 0)), 1);
}

TEST(StreamQ, GoesOnToTheSameBitsAfterLoading) {
  envs::ThreadPool pool(1), four(4);
  Telemetry telemetry;
  for (const optim::Rule& rule : {optim::obgd(), optim::intentional(), optim::adam({.lr = 1e-4})}) {
    agents::Run run{.factory = acrobot, .environments = 1, .seed = 5, .total_steps = 20'000, .pool = &pool};
    StreamQ whole(acrobot()->spec(), {}, rule), resumed(acrobot()->spec(), {}, rule);
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
    EXPECT_EQ(whole.policy().normaliser->mean, resumed.policy().normaliser->mean);
  }
}

TEST(StreamQ, AllocatesNothingOnceWarm) {
  for (const optim::Rule& rule : {optim::obgd(), optim::intentional(), optim::adam()}) {
    envs::ThreadPool pool(1);
    StreamQ agent(masked_bandit()->spec(), {}, rule);
    agent.begin({.factory = masked_bandit, .environments = 1, .seed = 1, .total_steps = 1'000'000, .pool = &pool});
    Telemetry telemetry;
    telemetry.episodes.reserve(10'000);
    for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
    const long before = tests::allocations;
    for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
    EXPECT_EQ(tests::allocations - before, 0);
  }
}

TEST(StreamQ, EndsTheRunWhereNumbersAreNotFinite) {
  envs::ThreadPool pool(1);
  const envs::EnvironmentFactory infinite = [] {
    return std::make_unique<tests::OneState>(5, std::numeric_limits<float>::infinity());
  };
  StreamQ agent(infinite()->spec(), {.normalise_returns = false}, optim::obgd());
  agent.begin({.factory = infinite, .environments = 1, .seed = 1, .total_steps = 10'000, .pool = &pool});
  Telemetry telemetry;
  EXPECT_THAT([&] { agent.iterate(telemetry); },
              testing::ThrowsMessage<Diverged>(testing::HasSubstr("The error of the values is not finite after 1 ")));
}

TEST(StreamQ, RefusesOptionsAndWorldsThatDoNotSuit) {
  const envs::Spec spec = cart_pole()->spec();
  EXPECT_GT(optim::for_each_out_of_range(StreamQOptions{},
                                         [&](const auto& key, const StreamQOptions& options) {
                                           EXPECT_THROW(StreamQ(spec, options, optim::obgd()), std::invalid_argument)
                                               << key;
                                         }),
            0);
  EXPECT_THROW(StreamQ(follow()->spec(), {}, optim::obgd()), std::invalid_argument) << "continuous actions";
  envs::ThreadPool pool(1);
  StreamQ agent(spec, {}, optim::obgd());
  EXPECT_THAT(
      [&] {
        agent.begin({cart_pole, 2, 1, 1, &pool});
      },
      testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("it takes 1 environment, not 2")));
  EXPECT_THROW(agent.begin({acrobot, 1, 1, 1, &pool}), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::agents
