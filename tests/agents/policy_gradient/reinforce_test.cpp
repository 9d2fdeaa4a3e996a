#include "agents/policy_gradient/reinforce.h"

#include "learning.h"
#include "tests/optim/out_of_range.h"

namespace cairn::agents {
namespace {

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
