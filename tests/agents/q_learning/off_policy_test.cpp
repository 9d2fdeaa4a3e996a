// What SAC and TD3 have from their common machinery: a bonus, and weights to begin with.
#include "agents/q_learning/off_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>

#include "../memory/plain_bonus.h"
#include "agents/exploration/counts.h"
#include "agents/q_learning/sac.h"
#include "agents/q_learning/td3.h"
#include "continuous_worlds.h"

namespace cairn::agents {
namespace {

/// Pays 1 for each step.
class FlatBonus final : public tests::PlainBonus {
 public:
  void pay(const Visits&, std::span<float> bonuses) override { std::ranges::fill(bonuses, 1.0F); }
  void novelty(const Eigen::Ref<const Eigen::MatrixXf>&, Eigen::Ref<Eigen::ArrayXf> bonuses) const override {
    bonuses.setOnes();
  }
};

Sac make(const envs::EnvironmentFactory& factory, SacOptions options, std::shared_ptr<Bonus> bonus) {
  options.tune_temperature = false;
  options.temperature = 1e-6F;
  return {factory()->spec(), options, optim::adam({.lr = 3e-3}), {}, std::move(bonus)};
}
Td3 make(const envs::EnvironmentFactory& factory, const Td3Options& options, std::shared_ptr<Bonus> bonus) {
  return {factory()->spec(), options, optim::adam({.lr = 3e-3}), {}, std::move(bonus)};
}

std::shared_ptr<Bonus> counts() {
  return std::make_shared<Counts>(reach()->spec(), CountsOptions{});
}

template <class Options>
class OffPolicyAgents : public ::testing::Test {};
using BothOptions = ::testing::Types<SacOptions, Td3Options>;
TYPED_TEST_SUITE(OffPolicyAgents, BothOptions);

// The world pays nothing: all that a state is worth is the bonus, 1 / (1 - γ) = 5.
TYPED_TEST(OffPolicyAgents, AreWorthWhatTheirBonusPays) {
  const envs::EnvironmentFactory nothing = [] { return std::make_unique<tests::Pays>(false, 0.0F); };
  const TypeParam options{.hidden = {16}, .gamma = 0.8F, .batch = 32, .learning_starts = 100, .tau = 0.05F};
  auto agent = make(nothing, options, std::make_shared<FlatBonus>());
  envs::ThreadPool pool(1);
  const Telemetry telemetry = train(agent, nothing, pool, 3'000, 1);
  EXPECT_EQ(metric(telemetry, "train/bonus"), 1);
  const Policy critic = *agent.critic();
  auto scratch = critic.scratch(1);
  EXPECT_NEAR(critic.evaluate(Eigen::MatrixXf::Ones(1, 1), scratch)(0, 0), 5, 0.3);
}

// A reward of 1 a step, halved before it is learned: half of 1 / (1 - γ) = 5.
TYPED_TEST(OffPolicyAgents, SayByWhatTheirCriticsRewardsAreScaled) {
  const envs::EnvironmentFactory paid = [] { return std::make_unique<tests::Pays>(false, 1.0F); };
  TypeParam options{.hidden = {16}, .gamma = 0.8F, .batch = 32, .learning_starts = 100, .tau = 0.05F};
  options.reward_scale = 0.5F;
  if constexpr (std::is_same_v<TypeParam, SacOptions>) options.backup_entropy = false;
  auto agent = make(paid, options, nullptr);
  envs::ThreadPool pool(1);
  train(agent, paid, pool, 3'000, 1);
  const Policy critic = *agent.critic();
  auto scratch = critic.scratch(1);
  EXPECT_EQ(agent.reward_scale(), 0.5);
  EXPECT_NEAR(static_cast<double>(critic.evaluate(Eigen::MatrixXf::Ones(1, 1), scratch)(0, 0)) / agent.reward_scale(),
              5, 0.4);
}

TYPED_TEST(OffPolicyAgents, GoOnToTheSameBitsWithABonusOnAnyThreads) {
  const TypeParam options{.hidden = {16}, .batch = 16, .n_step = 2, .learning_starts = 64};
  std::vector<std::vector<Archive::Tensor>> states;
  for (const int threads : {1, 2, 4}) {
    envs::ThreadPool pool(threads);
    const Run run{.factory = reach, .environments = 6, .seed = 5, .total_steps = 20'000, .pool = &pool};
    auto whole = make(reach, options, counts()), resumed = make(reach, options, counts());
    Telemetry telemetry;
    whole.begin(run);
    for (int i = 0; i < 2; ++i) whole.iterate(telemetry);
    Archive archive;
    whole.save(archive);
    resumed.begin(run);
    resumed.load(archive);
    whole.iterate(telemetry);
    resumed.iterate(telemetry);
    expect_equal(state(whole), state(resumed));
    states.push_back(state(whole));
  }
  expect_equal(states[0], states[1]);
  expect_equal(states[0], states[2]);
}

TYPED_TEST(OffPolicyAgents, BeginWithAnotherRunsNetworks) {
  const TypeParam options{.hidden = {16}, .batch = 16, .learning_starts = 64, .normalise_observations = true};
  auto first = make(reach, options, nullptr), second = make(reach, options, nullptr);
  envs::ThreadPool pool(1);
  train(first, reach, pool, 2'000);
  Archive checkpoint;
  first.policy().save(checkpoint);
  first.save(checkpoint);
  second.start_from(checkpoint);
  second.begin({.factory = reach, .environments = 4, .seed = 11, .total_steps = 10'000, .pool = &pool});
  EXPECT_EQ(first.policy().parameters, second.policy().parameters);
  EXPECT_EQ(first.policy().normaliser->mean, second.policy().normaliser->mean);
  EXPECT_EQ(first.critic()->parameters, second.critic()->parameters);
  auto wider = make(reach, TypeParam{.hidden = {17}, .normalise_observations = true}, nullptr);
  EXPECT_THAT([&] { wider.start_from(checkpoint); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("the policy there is 2-16-")));
}

}  // namespace
}  // namespace cairn::agents
