#include "agents/policy_gradient/on_policy.h"

#include <gtest/gtest.h>

#include <numeric>

#include "learning.h"

namespace cairn::agents {
namespace {

TEST(OnPolicy, RevaluesWithTheCriticAsThreadsHaveMovedIt) {
  for (const int threads : {1, 2, 4}) {
    envs::ThreadPool pool(threads);
    OnPolicy experience(follow()->spec(), {.hidden = {8, 8}, .rollout = 16, .keep_next = true}, clipped_adam(1e-2));
    experience.begin({.factory = follow, .environments = 4, .seed = 7, .total_steps = 64, .pool = &pool}, 64, 3);
    experience.collect();
    const Rollout& rollout = experience.rollout();
    const Eigen::MatrixXf before = rollout.values;
    std::vector<int> samples(64);
    std::iota(samples.begin(), samples.end(), 0);
    for (int i = 0; i < 3; ++i)
      experience.update(
          samples,
          [](ActorShard& shard, float scale) {
            const Eigen::Index n = shard.size;
            score_function<float>(shard.distribution.log_probability().head(n), shard.advantage.head(n),
                                  shard.weight.head(n), scale, shard.d_log_probability.head(n), shard.sums);
            shard.d_entropy.head(n).setZero();
          },
          [](CriticShard& shard, float scale) {
            const Eigen::Index n = shard.size;
            value_loss<float>(shard.values.leftCols(n), shard.old_values.leftCols(n), shard.returns.leftCols(n),
                              shard.weight.head(n), 0, scale, shard.d_values.leftCols(n), shard.sums);
          });
    experience.revalue();
    const Eigen::MatrixXf values = rollout.values;
    EXPECT_FALSE(values.isApprox(before));

    Telemetry telemetry;
    experience.finish(telemetry);
    const Policy critic = experience.critic();
    Policy::Scratch scratch = critic.scratch(64);
    EXPECT_TRUE(values.isApprox(critic.evaluate(rollout.observations, scratch), 1e-5F)) << threads << " threads";
  }
}

}  // namespace
}  // namespace cairn::agents
