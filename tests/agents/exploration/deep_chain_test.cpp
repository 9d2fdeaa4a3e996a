#include "exploration/deep_chain.h"

#include <gtest/gtest.h>

#include "agents/exploration/counts.h"
#include "agents/exploration/elliptical.h"
#include "agents/exploration/rnd.h"
#include "agents/policy_gradient/a2c.h"
#include "agents/policy_gradient/ppo.h"
#include "agents/q_learning/dqn.h"
#include "agents/training/evaluation.h"
#include "policy_gradient/learning.h"

// What finds a reward that no random agent finds, and what does not; and that all of it goes on to the bit.
namespace cairn::agents {
namespace {

constexpr int depth = 50;
const envs::EnvironmentFactory deep_chain = [] { return std::make_unique<tests::DeepChain>(depth); };

std::shared_ptr<Bonus> made_bonus(std::string_view name, const envs::Spec& spec) {
  if (name == "counts") return std::make_shared<Counts>(spec, CountsOptions{.components = {"place"}, .bins = {depth}});
  if (name == "product")
    return std::make_shared<Counts>(spec, CountsOptions{.components = {"place"}, .scope = CountScope::product});
  if (name == "rnd")
    return std::make_shared<Rnd>(spec, RndOptions{.coefficient = 1, .optimizer = optim::adam({.lr = 1e-3})});
  if (name == "elliptical") return std::make_shared<Elliptical>(spec, EllipticalOptions{});
  return nullptr;
}

/// Share of the greedy policy's episodes that come to the end, after so many steps.
double success(Agent& agent, std::int64_t steps, std::uint64_t seed) {
  envs::ThreadPool pool(1);
  agent.begin({.factory = deep_chain, .environments = 16, .seed = seed, .total_steps = steps, .pool = &pool});
  Telemetry telemetry;
  while (agent.steps() < steps) agent.iterate(telemetry);
  return evaluate(agent.policy(), deep_chain, {.episodes = 1, .seed = seed}, pool).success_rate;
}

double ppo_success(std::string_view bonus, std::int64_t steps, std::uint64_t seed) {
  const envs::Spec spec = deep_chain()->spec();
  Ppo agent(spec, {.hidden = {64}, .rollout = 64, .minibatch = 256, .epochs = 4},
            clipped_adam(3e-3).with_schedule(optim::linear()), made_bonus(bonus, spec));
  return success(agent, steps, seed);
}

TEST(DeepChain, PpoFindsTheEndWithABonusAndNotWithout) {
  double with_counts = 0, with_rnd = 0, without = 0;
  constexpr std::int64_t steps = 150'000;
  for (const std::uint64_t seed : {1, 2, 3}) {
    with_counts += ppo_success("counts", steps, seed) / 3;
    with_rnd += ppo_success("rnd", steps, seed) / 3;
    without += ppo_success("none", steps, seed) / 3;
  }
  EXPECT_GE(with_counts, 0.95);
  EXPECT_GE(with_rnd, 0.95);
  EXPECT_EQ(without, 0);
}

double dqn_success(std::string_view bonus, std::int64_t steps, std::uint64_t seed) {
  const envs::Spec spec = deep_chain()->spec();
  Dqn agent(spec, {.learning_starts = 500, .target_interval = 64, .epsilon_final = 0.01F, .n_step = 3},
            clipped_adam(1e-3), {}, made_bonus(bonus, spec));
  return success(agent, steps, seed);
}

TEST(DeepChain, DqnFindsTheEndWithABonusAndNotByRandomActionsAlone) {
  EXPECT_EQ(dqn_success("counts", 60'000, 1), 1);
  EXPECT_EQ(dqn_success("none", 60'000, 1), 0);
}

/// The agents with a bonus, small and ready to begin.
std::unique_ptr<Agent> small_agent(std::string_view agent, std::string_view bonus) {
  const envs::Spec spec = deep_chain()->spec();
  if (agent == "ppo")
    return std::make_unique<Ppo>(
        spec, PpoOptions{.hidden = {8}, .rollout = 16, .minibatch = 40, .epochs = 2, .normalise_observations = true},
        clipped_adam(1e-3), made_bonus(bonus, spec));
  if (agent == "a2c")
    return std::make_unique<A2c>(spec, A2cOptions{.hidden = {8}}, clipped_adam(1e-3), made_bonus(bonus, spec));
  return std::make_unique<Dqn>(spec, DqnOptions{.hidden = {8}, .memory = 800, .learning_starts = 100, .n_step = 2},
                               clipped_adam(1e-3), std::vector<Demonstration>{}, made_bonus(bonus, spec));
}

class WithABonus : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(WithABonus, ResumesToTheBitOnAnyNumberOfThreads) {
  const auto [agent, bonus] = GetParam();
  std::vector<std::vector<Archive::Tensor>> states;
  std::vector<double> bonuses;
  Archive half;
  for (const int threads : {1, 2, 4}) {
    envs::ThreadPool pool(threads);
    const agents::Run run{.factory = deep_chain, .environments = 6, .seed = 7, .total_steps = 4'000, .pool = &pool};
    const auto whole = small_agent(agent, bonus);
    whole->begin(run);
    Telemetry telemetry;
    if (threads == 4) {
      whole->load(half);
    } else {
      for (int i = 0; i < 3; ++i) whole->iterate(telemetry);
      if (threads == 2) whole->save(half);
    }
    for (int i = 0; i < 3; ++i) whole->iterate(telemetry);
    states.push_back(state(*whole));
    bonuses.push_back(metric(telemetry, "train/bonus"));
  }
  expect_equal(states[0], states[1]);
  expect_equal(states[0], states[2]);
  EXPECT_GT(bonuses[0], 0);
  EXPECT_EQ(bonuses[0], bonuses[1]);
  EXPECT_EQ(bonuses[0], bonuses[2]);
}

INSTANTIATE_TEST_SUITE_P(All, WithABonus,
                         testing::Combine(testing::Values("ppo", "a2c", "dqn"),
                                          testing::Values("counts", "product", "rnd", "elliptical")));

}  // namespace
}  // namespace cairn::agents
