#include "envs/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/envs/counting_world.h"

namespace cairn::envs {
namespace {

using Observation = std::array<float, 2>;

Step step(Environment& world, float action, Observation& observation) {
  return world.step({&action, 1}, observation);
}

TEST(Environment, TruncatesAtTheHorizonAndOnlyThere) {
  CountingWorld world(4);
  Observation observation;
  world.reset(Random(1, Stream::environment), observation);
  for (int i = 1; i <= 4; ++i) {
    const Step outcome = step(world, 1, observation);
    EXPECT_EQ(outcome.truncated, i == 4);
    EXPECT_FALSE(outcome.terminated);
    EXPECT_EQ(outcome.success, i == 3);
  }
}

TEST(Environment, TerminationAtTheHorizonIsNoTruncation) {
  CountingWorld world(4, 4);
  Observation observation;
  world.reset(Random(1, Stream::environment), observation);
  Step outcome;
  for (int i = 0; i < 4; ++i) outcome = step(world, 1, observation);
  EXPECT_TRUE(outcome.terminated);
  EXPECT_FALSE(outcome.truncated);
}

TEST(Environment, ClampsActionsToTheirBounds) {
  CountingWorld world;
  Observation observation;
  world.reset(Random(1, Stream::environment), observation);
  EXPECT_EQ(step(world, 5, observation).reward, 2.0F);
  EXPECT_EQ(step(world, -7, observation).reward, -4.0F);
}

TEST(Environment, RefusesWhatIsNotFiniteWithTheWorldUntouched) {
  CountingWorld world;
  Observation observation, after;
  world.reset(Random(1, Stream::environment), observation);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    EXPECT_THAT([&] { step(world, bad, after); },
                ::testing::ThrowsMessage<std::invalid_argument>(::testing::HasSubstr("must be finite")));
  const std::array<float, 2> two{};
  EXPECT_THROW(world.step(two, after), std::invalid_argument);
  EXPECT_EQ(world.elapsed(), 0);
  EXPECT_EQ(step(world, 1, observation).reward, 1.0F);
}

TEST(Environment, RestoringReplaysToTheBit) {
  CountingWorld world(100), copy(100);
  Observation a, b;
  world.reset(Random(3, Stream::environment, 2, 5), a);
  for (int i = 0; i < 7; ++i) step(world, 0.1F * static_cast<float>(i), a);
  copy.restore(world.snapshot(), b);
  EXPECT_EQ(a, b);
  EXPECT_EQ(copy.elapsed(), 7);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(step(world, 1, a).reward, step(copy, 1, b).reward);
    EXPECT_EQ(a, b);
  }
  world.restore(world.snapshot(), b);  // its own
  EXPECT_EQ(a, b);
}

TEST(Environment, GoalsAreRefusedByWorldsWithoutThem) {
  const CountingWorld world;
  const Eigen::MatrixXf goals = Eigen::MatrixXf::Zero(2, 3);
  Eigen::VectorXf rewards(3);
  EXPECT_THROW(world.compute_reward(goals, goals, rewards), std::logic_error);
}

}  // namespace
}  // namespace cairn::envs
