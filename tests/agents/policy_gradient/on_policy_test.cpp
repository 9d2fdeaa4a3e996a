#include "agents/policy_gradient/on_policy.h"

#include <gtest/gtest.h>

#include <numeric>

#include "learning.h"

namespace cairn::agents {
namespace {

// An update's step is finished by whoever needs the parameters next.
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
    for (int i = 0; i < 3; ++i) experience.follow_score(samples, 0, 1);
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
