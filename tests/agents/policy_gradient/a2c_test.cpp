#include "agents/policy_gradient/a2c.h"

#include "learning.h"
#include "optim/restart.h"
#include "optim/rmsprop.h"
#include "optim/signum.h"
#include "tests/optim/out_of_range.h"

namespace cairn::agents {
namespace {

TEST(A2c, SolvesABandit) {
  envs::ThreadPool pool(1);
  A2c agent(bandit()->spec(), {}, optim::rmsprop({.lr = 1e-3, .eps = 1e-5}));
  train(agent, bandit, pool, 40'000);
  EXPECT_EQ(greedy(agent, -1), 0);
  EXPECT_EQ(greedy(agent, 1), 1);
}

// Moments forgotten at each rollout: every update is the first of its kind, and moves parameters by the rate.
TEST(A2c, TellsTheOptimizerOfEachRollout) {
  envs::ThreadPool pool(1);
  A2c agent(bandit()->spec(), {},
            optim::restart({.rule = optim::signum({.lr = 1e-3, .beta = 0.9}), .what = optim::Restarted::state}));
  agent.begin({.factory = bandit, .environments = 2, .seed = 1, .total_steps = 1000, .pool = &pool});
  Telemetry telemetry;
  for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
  Archive archive;
  agent.save(archive);
  const auto counters = archive.get<std::int64_t>("optimizer/counters");
  EXPECT_EQ(std::ranges::count(counters, 3), 2) << "updates of the inner rule, and rollouts";
  EXPECT_NEAR(metric(telemetry, "train/step_largest"), 1e-3, 1e-6);
}

TEST(A2c, RefusesOptionsOutOfRange) {
  const auto with = [](const A2cOptions& options) { const A2c agent(bandit()->spec(), options, clipped_adam(1e-3)); };
  EXPECT_THROW(with({.hidden = {0}}), std::invalid_argument);
  EXPECT_THROW(with({.rollout = 0}), std::invalid_argument);
  EXPECT_THROW(with({.gamma = 1.5F}), std::invalid_argument);
  EXPECT_GT(optim::for_each_out_of_range(A2cOptions{},
                                         [&](const auto& key, const A2cOptions& options) {
                                           EXPECT_THROW(with(options), std::invalid_argument) << key;
                                         }),
            0);
}

TEST(Reinforce, SolvesABanditWithAndWithoutBaseline) {
  envs::ThreadPool pool(1);
  for (const bool baseline : {true, false}) {
    Reinforce agent(bandit()->spec(), {.rollout = 32, .baseline = baseline}, clipped_adam(3e-3));
    EXPECT_GT(mean_return(train(agent, bandit, pool, 40'000)), 0.9);
    EXPECT_EQ(greedy(agent, -1), 0);
    EXPECT_EQ(greedy(agent, 1), 1);
  }
}

// Its one update a rollout moves the parameters; what the baseline changes is only how.
TEST(Reinforce, TakesOneUpdateARollout) {
  envs::ThreadPool pool(2);
  Reinforce agent(bandit()->spec(), {.rollout = 32}, clipped_adam(3e-3));
  EXPECT_EQ(train(agent, bandit, pool, 2560).updates, 2560 / (32 * 8));
}

TEST(Reinforce, RefusesOptionsOutOfRange) {
  const auto with = [](const ReinforceOptions& options) {
    const Reinforce agent(bandit()->spec(), options, clipped_adam(1e-3));
  };
  EXPECT_THROW(with({.hidden = {0}}), std::invalid_argument);
  EXPECT_THROW(with({.rollout = 0}), std::invalid_argument);
  EXPECT_THROW(with({.gamma = -0.5F}), std::invalid_argument);
  EXPECT_GT(optim::for_each_out_of_range(ReinforceOptions{},
                                         [&](const auto& key, const ReinforceOptions& options) {
                                           EXPECT_THROW(with(options), std::invalid_argument) << key;
                                         }),
            0);
}

}  // namespace
}  // namespace cairn::agents
