#include "agents/exploration/random_play.h"

#include <gtest/gtest.h>

#include "envs/classic/mountain_car.h"
#include "small_worlds.h"

namespace cairn::agents {
namespace {

TEST(RandomPlay, SeesWhatARandomAgentSees) {
  const RunningMoments moments = moments_of_random_play([] { return std::make_unique<envs::MountainCar>(); }, 3, 4'000);
  EXPECT_EQ(moments.count(), 4'000);
  EXPECT_NEAR(moments.mean()[0], -0.52, 0.05) << "the valley's floor";
  EXPECT_NEAR(moments.mean()[1], 0, 0.002);
  EXPECT_GT(moments.variance(0), 0.001);
}

TEST(RandomPlay, IsTheSameForTheSameSeedAndTakesLegalActionsOnly) {
  const envs::EnvironmentFactory masked = [] { return std::make_unique<tests::SidesBandit>(true); };
  tests::SidesBandit::illegal_actions = 0;
  const RunningMoments one = moments_of_random_play(masked, 1, 500), same = moments_of_random_play(masked, 1, 500),
                       other = moments_of_random_play(masked, 2, 500);
  EXPECT_EQ(one.mean(), same.mean());
  EXPECT_NE(one.mean(), other.mean());
  EXPECT_EQ(tests::SidesBandit::illegal_actions, 0);
  const RunningMoments continuous = moments_of_random_play([] { return std::make_unique<tests::Follow>(); }, 1, 500);
  EXPECT_NEAR(continuous.mean()[0], 0, 0.1);
}

}  // namespace
}  // namespace cairn::agents
