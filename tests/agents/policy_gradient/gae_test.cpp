#include "agents/policy_gradient/gae.h"

#include <gtest/gtest.h>

#include <cmath>

#include "small_worlds.h"

namespace cairn::agents {
namespace {

Rollout constant_rollout(int environments, int steps, float value) {
  Rollout rollout(tests::OneState().spec(), environments, steps, 1, false);
  rollout.values.setConstant(value);
  rollout.last_values.setConstant(value);
  rollout.rewards.setOnes();
  return rollout;
}

// One state that pays 1 a step for ever is worth 1 / (1 - γ) however often the horizon cuts the episode: with that
// value no step is a surprise.
TEST(Gae, TruncationIsNoEnd) {
  const float gamma = 0.9F;
  Rollout rollout = constant_rollout(2, 12, 1 / (1 - gamma));
  for (int t = 4; t < 12; t += 5)
    for (int e = 0; e < 2; ++e) {
      rollout.truncated[static_cast<std::size_t>(2 * t + e)] = 1;
      rollout.final_values(0, 2 * t + e) = 1 / (1 - gamma);
      if (t + 1 < 12) rollout.values(0, 2 * (t + 1) + e) = 1 / (1 - gamma);
    }
  Eigen::ArrayXf advantages(24);
  generalised_advantages(rollout, 0, {gamma, 0.95F}, rollout.rewards, advantages);
  EXPECT_LT(advantages.abs().maxCoeff(), 1e-5F);
  EXPECT_LT((rollout.returns.array() - 10).abs().maxCoeff(), 1e-4F);
}

TEST(Gae, AnEndedWorldIsWorthNothing) {
  const float gamma = 0.9F;
  Rollout rollout = constant_rollout(1, 6, 0);
  rollout.last_values.setConstant(7);
  rollout.terminated[3] = 1;
  Eigen::ArrayXf advantages(6);
  generalised_advantages(rollout, 0, {gamma, 1}, rollout.rewards, advantages);
  const float after = 1 + gamma * (1 + gamma * 7);
  for (int t = 0; t < 4; ++t) EXPECT_NEAR(rollout.returns(0, t), (1 - std::pow(gamma, 4 - t)) / (1 - gamma), 1e-5F);
  EXPECT_NEAR(rollout.returns(0, 4), after, 1e-5F);
}

TEST(Gae, AStreamThatIsNotEpisodicRunsOverEnds) {
  Rollout rollout = constant_rollout(1, 6, 0), uncut = rollout;
  rollout.terminated[3] = 1;
  rollout.truncated[1] = 1;
  Eigen::ArrayXf cut(6), whole(6);
  generalised_advantages(rollout, 0, {0.9F, 0.8F, false}, rollout.rewards, cut);
  generalised_advantages(uncut, 0, {0.9F, 0.8F, true}, uncut.rewards, whole);
  EXPECT_TRUE((cut == whole).all());
}

TEST(Gae, LambdaBlendsOneStepAndWholeReturns) {
  Rollout rollout = constant_rollout(1, 3, 0);
  rollout.values << 0.5F, -1, 2;
  rollout.rewards << 1, 2, 3;
  rollout.last_values << 4;
  Eigen::ArrayXf advantages(3);
  generalised_advantages(rollout, 0, {0.5F, 0.5F}, rollout.rewards, advantages);
  const float d2 = 3 + 0.5F * 4 - 2, d1 = 2 + 0.5F * 2 + 1, d0 = 1 - 0.5F - 0.5F;
  EXPECT_FLOAT_EQ(advantages[2], d2);
  EXPECT_FLOAT_EQ(advantages[1], d1 + 0.25F * d2);
  EXPECT_FLOAT_EQ(advantages[0], d0 + 0.25F * (d1 + 0.25F * d2));
}

}  // namespace
}  // namespace cairn::agents
