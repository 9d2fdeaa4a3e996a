#include "agents/policy_gradient/self_imitation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../allocation_counter.h"
#include "agents/exploration/counts.h"
#include "agents/policy_gradient/a2c.h"
#include "agents/policy_gradient/ppo.h"
#include "agents/training/evaluation.h"
#include "exploration/deep_chain.h"
#include "learning.h"

namespace cairn::agents {
namespace {

constexpr int chain_length = 14;
const envs::EnvironmentFactory rewarding_chain = [] { return std::make_unique<tests::DeepChain>(chain_length); };

/// Share of the seeds with which the greedy policy comes to the end.
double success_on_chain(std::string_view name, bool imitation) {
  envs::ThreadPool pool(1);
  const envs::Spec spec = rewarding_chain()->spec();
  double share = 0;
  for (const std::uint64_t seed : {1, 3, 4}) {
    std::unique_ptr<Agent> agent;
    if (name == "ppo") {
      PpoOptions options{.hidden = {64}, .rollout = 64, .minibatch = 256, .epochs = 4, .entropy = 0.1F};
      options.imitation.on = imitation;
      options.imitation.batch = 128;
      options.imitation.weight = 1;
      agent = std::make_unique<Ppo>(spec, options, clipped_adam(1e-3));
    } else {
      A2cOptions options{.hidden = {64}, .entropy = 0.1F};
      options.imitation.on = imitation;
      options.imitation.batch = 128;
      agent = std::make_unique<A2c>(spec, options, clipped_adam(1e-3));
    }
    constexpr std::int64_t steps = 150'000;
    agent->begin({.factory = rewarding_chain, .environments = 16, .seed = seed, .total_steps = steps, .pool = &pool});
    Telemetry telemetry;
    bool came_there = false;
    while (agent->steps() < steps) {
      agent->iterate(telemetry);
      for (const envs::Episode& episode : telemetry.episodes) came_there = came_there || episode.success;
    }
    EXPECT_TRUE(came_there) << name << ": or there was nothing to imitate";
    share += evaluate(agent->policy(), rewarding_chain, {.episodes = 1, .seed = seed}, pool).success_rate / 3;
  }
  return share;
}

// A random agent comes to the end once in 2^14 episodes, which is in some 30 000 steps: too seldom for agents that use
// an episode and forget it.
TEST(SelfImitation, LearnsFromASuccessThatComesOnce) {
#ifdef CAIRN_SANITIZED
  GTEST_SKIP() << "minutes under sanitizers; the tests below go through the same code";
#endif
  for (const char* agent : {"ppo", "a2c"}) {
    EXPECT_NEAR(success_on_chain(agent, true), 1, 1e-9) << agent;
    EXPECT_EQ(success_on_chain(agent, false), 0) << agent;
  }
}

PpoOptions small_ppo() {
  PpoOptions options{.hidden = {8},
                     .rollout = 16,
                     .minibatch = 40,
                     .epochs = 2,
                     .normalise_observations = true,
                     .normalise_returns = true,
                     .gradient_shards = 3};
  options.imitation = {.on = true, .updates = 3, .batch = 50, .memory = 600, .weight = 0.5F};
  return options;
}

A2cOptions small_a2c() {
  A2cOptions options{.hidden = {8}, .normalise_observations = true, .reward_scale = 0.1F};
  options.imitation = {.on = true, .updates = 3, .batch = 50, .memory = 600};
  return options;
}

std::unique_ptr<Agent> imitator(std::string_view name, const envs::Spec& spec,
                                const std::shared_ptr<Bonus>& bonus = nullptr) {
  if (name == "ppo") return std::make_unique<Ppo>(spec, small_ppo(), clipped_adam(1e-3), bonus);
  return std::make_unique<A2c>(spec, small_a2c(), clipped_adam(1e-3), bonus);
}

/// Continuous, and good guesses are paid more than 0.
class Towards : public tests::Follow {
 protected:
  envs::Step advance(std::span<const float> action) override {
    envs::Step step = tests::Follow::advance(action);
    step.reward += 0.1F;
    return step;
  }
};
const envs::EnvironmentFactory towards = [] { return std::make_unique<Towards>(); };
const envs::EnvironmentFactory short_chain = [] { return std::make_unique<tests::DeepChain>(3); };
const envs::EnvironmentFactory cut_short = [] { return std::make_unique<tests::OneState>(5); };

class WithImitation : public testing::TestWithParam<std::tuple<const char*, int, bool>> {};

// At half time a run with two threads is saved, and one with four goes on from there.
TEST_P(WithImitation, ResumesToTheBitOnAnyNumberOfThreads) {
  const char* const name = std::get<0>(GetParam());
  const auto world = static_cast<std::size_t>(std::get<1>(GetParam()));
  const bool with_bonus = std::get<2>(GetParam());
  const envs::EnvironmentFactory factory =
      std::array<envs::EnvironmentFactory, 5>{short_chain, masked_bandit, towards, cut_short, cart_pole}[world];
  const envs::Spec spec = factory()->spec();
  const auto made = [&] {
    return imitator(name, spec, with_bonus ? std::make_shared<Counts>(spec, CountsOptions{.bins = {4}}) : nullptr);
  };
  std::vector<std::vector<Archive::Tensor>> states;
  Archive half;
  for (const int threads : {1, 2, 4}) {
    envs::ThreadPool pool(threads);
    const agents::Run run{.factory = factory, .environments = 6, .seed = 7, .total_steps = 10'000, .pool = &pool};
    const auto agent = made();
    agent->begin(run);
    Telemetry telemetry;
    if (threads == 4) {
      agent->load(half);
    } else {
      for (int i = 0; i < 12; ++i) agent->iterate(telemetry);
      if (threads == 2) agent->save(half);
    }
    for (int i = 0; i < 12; ++i) agent->iterate(telemetry);
    states.push_back(state(*agent));
    EXPECT_GT(metric(telemetry, "train/memory"), 0);
    EXPECT_GE(metric(telemetry, "train/imitated"), 0);
    EXPECT_LE(metric(telemetry, "train/imitated"), 1);
  }
  expect_equal(states[0], states[1]);
  expect_equal(states[0], states[2]);
}

INSTANTIATE_TEST_SUITE_P(All, WithImitation,
                         testing::Combine(testing::Values("ppo", "a2c"), testing::Range(0, 5), testing::Bool()));

TEST(SelfImitation, NeverDrawsAnIllegalAction) {
  envs::ThreadPool pool(1);
  tests::SidesBandit::illegal_actions = 0;
  PpoOptions options{.rollout = 32, .minibatch = 64};
  options.imitation.on = true;
  Ppo agent(masked_bandit()->spec(), options, clipped_adam(3e-3));
  EXPECT_GT(mean_return(train(agent, masked_bandit, pool, 10'000)), 0.98);
  EXPECT_EQ(tests::SidesBandit::illegal_actions, 0);
  Eigen::MatrixXf mask(3, 1);
  mask << 1, 1, 0;
  EXPECT_EQ(greedy(agent, 1, mask), 1);
}

// Where nothing is paid, nothing is remembered, and the run is to the bit what it is without.
TEST(SelfImitation, ChangesNothingWhereNothingWasEarned) {
  envs::ThreadPool pool(2);
  const envs::EnvironmentFactory poor = [] { return std::make_unique<tests::OneState>(5, -1.0F); };
  PpoOptions options = small_ppo();
  options.minibatch = 64;  // more than imitation's batch, so that both have room for as many samples
  std::vector<Eigen::VectorXf> policies;
  for (const bool on : {true, false}) {
    options.imitation.on = on;
    Ppo agent(poor()->spec(), options, clipped_adam(1e-3));
    const Telemetry telemetry = train(agent, poor, pool, 2'000);
    if (on) {
      EXPECT_EQ(metric(telemetry, "train/memory"), 0);
    }
    policies.push_back(agent.policy().parameters);
  }
  EXPECT_EQ(policies[0], policies[1]);
}

// Half the weight is half the step, whatever the optimizer makes of gradients; a person's factor counts too.
TEST(SelfImitation, TheWeightMultipliesTheRate) {
  envs::ThreadPool pool(1);
  const auto trained = [&](float weight, double factor, double lr) {
    A2cOptions options = small_a2c();
    options.imitation.weight = weight;
    A2c agent(cut_short()->spec(), options, clipped_adam(lr));
    agent.begin({.factory = cut_short, .environments = 6, .seed = 7, .total_steps = 10'000, .pool = &pool});
    agent.updater()->set_rate_factor(factor);
    Telemetry telemetry;
    for (int i = 0; i < 5; ++i) agent.iterate(telemetry);
    return agent.policy().parameters;
  };
  EXPECT_EQ(trained(0.5F, 0.5, 2e-3), trained(0.5F, 1, 1e-3));
  EXPECT_NE(trained(0.5F, 1, 1e-3), trained(1, 1, 1e-3));
}

TEST(SelfImitation, AllocatesNothingOnceWarm) {
  for (const char* name : {"ppo", "a2c"}) {
    envs::ThreadPool pool(2);
    const auto agent = imitator(name, cart_pole()->spec());
    agent->begin({.factory = cart_pole, .environments = 8, .seed = 1, .total_steps = 1'000'000, .pool = &pool});
    Telemetry telemetry;
    telemetry.episodes.reserve(10'000);
    for (int i = 0; i < 20; ++i) agent->iterate(telemetry);
    EXPECT_GT(metric(telemetry, "train/memory"), 0);
    const long before = tests::allocations;
    for (int i = 0; i < 5; ++i) agent->iterate(telemetry);
    EXPECT_EQ(tests::allocations - before, 0) << name;
  }
}

TEST(SelfImitation, RefusesAMemoryThatHoldsNoEpisode) {
  const std::string said =
      "'imitation_memory' of 100 steps cannot hold a whole episode of 'cartpole', which may take 500.";
  PpoOptions ppo;
  A2cOptions a2c;
  ppo.imitation.memory = a2c.imitation.memory = 100;
  const envs::Spec spec = cart_pole()->spec();
  const Ppo off(spec, ppo, clipped_adam(1e-3));
  ppo.imitation.on = a2c.imitation.on = true;
  EXPECT_THAT([&] { Ppo(spec, ppo, clipped_adam(1e-3)); }, testing::ThrowsMessage<std::invalid_argument>(said));
  EXPECT_THAT([&] { A2c(spec, a2c, clipped_adam(1e-3)); }, testing::ThrowsMessage<std::invalid_argument>(said));
}

}  // namespace
}  // namespace cairn::agents
