#include "agents/training/evaluation.h"

#include <gtest/gtest.h>

#include "envs/box2d/lander.h"
#include "tests/envs/counting_world.h"

namespace cairn::agents {
namespace {

envs::EnvironmentFactory counting(int horizon) {
  return [=] { return std::make_unique<envs::CountingWorld>(horizon); };
}

Policy constant_policy(float action) {
  Policy policy;
  policy.head = Head::means;
  policy.shape = {.inputs = 2, .hidden = {}, .outputs = 1};
  policy.parameters = Eigen::Vector3f(0, 0, action);
  policy.log_std = Eigen::VectorXf::Zero(1);
  policy.low = Eigen::VectorXf::Constant(1, -2);
  policy.high = Eigen::VectorXf::Constant(1, 2);
  return policy;
}

TEST(Evaluation, SumsRawRewardsOfWholeEpisodes) {
  envs::ThreadPool pool(2);
  const EvaluationResult result = evaluate(constant_policy(0.5F), counting(4), {.episodes = 9}, pool);
  EXPECT_EQ(result.returns, std::vector<double>(9, 0.5 * (1 + 2 + 3 + 4)));
  EXPECT_EQ(result.lengths, std::vector<int>(9, 4));
  EXPECT_EQ(result.mean_return, 5.0);
  EXPECT_EQ(result.median_return, 5.0);
  EXPECT_EQ(result.std_return, 0.0);
  EXPECT_EQ(result.success_rate, 1.0);
}

TEST(Evaluation, EpisodesDependOnSeedAndNumberButNotOnThreadsOrCompany) {
  const envs::EnvironmentFactory lander = [] { return std::make_unique<envs::Lander>(); };
  envs::ThreadPool one(1), three(3);
  const auto alone = evaluate(Pilot::random, lander, {.episodes = 50, .seed = 4}, one);
  EXPECT_EQ(alone.returns, evaluate(Pilot::random, lander, {.episodes = 50, .seed = 4}, three).returns);
  EXPECT_NE(alone.returns, evaluate(Pilot::random, lander, {.episodes = 50, .seed = 5}, one).returns);
  const auto later = evaluate(Pilot::random, lander, {.episodes = 10, .seed = 4, .first_episode = 20}, one);
  EXPECT_EQ(std::vector<double>(alone.returns.begin() + 20, alone.returns.begin() + 30), later.returns);
}

TEST(Evaluation, KeepsObservationsFromAllOverWithoutChangingAnything) {
  envs::ThreadPool one(1), three(3);
  const Policy policy = constant_policy(0.5F);
  const EvaluationOptions plain{.episodes = 20, .seed = 4}, looking{.episodes = 20, .seed = 4, .sample = 64};
  const auto kept = evaluate(policy, counting(50), looking, one);
  EXPECT_EQ(kept.returns, evaluate(policy, counting(50), plain, one).returns);
  EXPECT_EQ(evaluate(policy, counting(50), plain, one).observations.size(), 0);
  EXPECT_EQ(kept.observations, evaluate(policy, counting(50), looking, three).observations);
  ASSERT_EQ(kept.observations.cols(), 64);
  // Counts 0 to 49 are what the policy acts on, each as likely: the mean of 64 is within four standard errors.
  EXPECT_NEAR(kept.observations.row(0).mean(), 24.5, 4 * 14.4 / 8);
  EXPECT_GE(kept.observations.row(0).minCoeff(), 0);
  EXPECT_LE(kept.observations.row(0).maxCoeff(), 49) << "the final observation is acted on by nobody";
  EXPECT_NE(
      kept.observations,
      evaluate(policy, counting(50), {.episodes = 20, .seed = 4, .first_episode = 20, .sample = 64}, one).observations);
  EXPECT_EQ(evaluate(policy, counting(2), {.episodes = 3, .sample = 64}, one).observations.cols(), 6)
      << "all there are";
}

TEST(Evaluation, PilotsAreWhatTheirNamesSay) {
  envs::ThreadPool pool(1);
  const envs::EnvironmentFactory lander = [] { return std::make_unique<envs::Lander>(); };
  const double heuristic = evaluate(Pilot::heuristic, lander, {.episodes = 40}, pool).mean_return;
  const double nothing = evaluate(Pilot::nothing, lander, {.episodes = 40}, pool).mean_return;
  EXPECT_GT(heuristic, 180);
  EXPECT_LT(nothing, -90);
  EXPECT_EQ(evaluate(Pilot::nothing, counting(3), {.episodes = 1}, pool).mean_return, 0) << "the middle of the box";
  EXPECT_THROW(evaluate(Pilot::heuristic, counting(3), {.episodes = 1}, pool), std::invalid_argument);
}

// Wilson's interval for 8 of 10 at 95 %, from his formula in exact arithmetic.
TEST(Evaluation, SuccessRateHasWilsonsInterval) {
  EvaluationResult result;
  result.returns.assign(10, 0.0);
  result.lengths.assign(10, 1);
  result.successes = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
  summarise(result);
  EXPECT_NEAR(result.success_low, 0.490162, 1e-6);
  EXPECT_NEAR(result.success_high, 0.943318, 1e-6);
  result.successes.assign(10, 0);
  summarise(result);
  EXPECT_EQ(result.success_low, 0) << "not a rounding error above it";
  EXPECT_NEAR(result.success_high, 0.277533, 1e-6);
}

}  // namespace
}  // namespace cairn::agents
