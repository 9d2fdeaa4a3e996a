#include "envs/classic/mountain_car.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "../recording_canvas.h"
#include "../world_checks.h"

namespace cairn::envs {
namespace {

std::array<double, 2> next(double position, double velocity, double push) {
  velocity = std::clamp(velocity + push - 0.0025 * std::cos(3 * position), -0.07, 0.07);
  position = std::clamp(position + velocity, -1.2, 0.6);
  if (position == -1.2 && velocity < 0) velocity = 0;
  return {position, velocity};
}

TEST(MountainCar, EveryStepFollowsThePublishedEquations) {
  MountainCar world;
  Random random(1, Stream::policy);
  std::array<float, 2> o{};
  bool met_wall = false, met_flag = false;
  for (std::uint32_t episode = 0; episode < 20; ++episode) {
    world.reset(Random(1, Stream::environment, 0, episode), o);
    EXPECT_GE(o[0], -0.6F);
    EXPECT_LE(o[0], -0.4F);
    EXPECT_EQ(o[1], 0.0F);
    for (;;) {
      // Mostly with the motion, so that the wall and the flag are met too.
      const float action = random.below(5) == 0 ? static_cast<float>(random.below(3)) : (o[1] < 0 ? 0.0F : 2.0F);
      const auto expected = next(o[0], o[1], (action - 1) * 0.001);
      const Step step = world.step({&action, 1}, o);
      ASSERT_NEAR(o[0], expected[0], 3e-7);
      ASSERT_NEAR(o[1], expected[1], 3e-8);
      ASSERT_EQ(step.reward, -1.0F);
      ASSERT_EQ(step.terminated, o[0] >= 0.5F);
      ASSERT_EQ(step.success, step.terminated);
      met_wall = met_wall || o[0] == -1.2F;
      met_flag = met_flag || step.terminated;
      if (step.terminated || step.truncated) break;
    }
  }
  EXPECT_TRUE(met_wall);
  EXPECT_TRUE(met_flag);
}

TEST(MountainCar, OneStepByHand) {
  // At -0.5 at rest, pushed right: v = 0.001 - 0.0025 cos(-1.5) = 0.00082315699583...
  EXPECT_NEAR(next(-0.5, 0, 0.001)[1], 8.2315699583e-4, 1e-13);
}

TEST(MountainCar, ChanceFailsAndThePilotArrives) {
  MountainCar world;
  EXPECT_EQ(checks::score(world, 100, false).mean_return, -200);
  const checks::Score pilot = checks::score(world, 100, true);
  EXPECT_EQ(pilot.success, 1);
  EXPECT_GT(pilot.mean_return, -130);
}

TEST(MountainCar, GoalVelocityMustBeHad) {
  MountainCar world({.goal_velocity = 0.06});
  std::array<float, 2> o{};
  bool passed_too_slowly = false;
  for (std::uint32_t episode = 0; episode < 20; ++episode) {
    world.reset(Random(4, Stream::environment, 0, episode), o);
    Step step;
    do {
      const float action = o[1] < 0 ? 0.0F : 2.0F;
      step = world.step({&action, 1}, o);
      ASSERT_EQ(step.terminated, o[0] >= 0.5F && o[1] >= 0.06F);
      passed_too_slowly = passed_too_slowly || (o[0] >= 0.5F && !step.terminated);
    } while (!step.terminated && !step.truncated);
  }
  EXPECT_TRUE(passed_too_slowly);
}

TEST(MountainCarContinuous, EveryStepFollowsThePublishedEquations) {
  MountainCarContinuous world;
  Random random(2, Stream::policy);
  std::array<float, 2> o{};
  bool met_flag = false;
  for (std::uint32_t episode = 0; episode < 10; ++episode) {
    world.reset(Random(2, Stream::environment, 0, episode), o);
    for (;;) {
      const float raw = random.below(4) == 0 ? random.uniform(-1.5F, 1.5F) : (o[1] < 0 ? -1.0F : 1.0F);
      const double action = std::clamp(raw, -1.0F, 1.0F);
      const auto expected = next(o[0], o[1], action * 0.0015);
      const Step step = world.step({&raw, 1}, o);
      ASSERT_NEAR(o[0], expected[0], 3e-7);
      ASSERT_NEAR(o[1], expected[1], 3e-8);
      ASSERT_EQ(step.terminated, o[0] >= 0.45F);
      ASSERT_NEAR(step.reward, (step.terminated ? 100 : 0) - 0.1 * action * action, 1e-5);
      met_flag = met_flag || step.terminated;
      if (step.terminated || step.truncated) break;
    }
  }
  EXPECT_TRUE(met_flag);
}

TEST(MountainCarContinuous, PilotArrivesAndTheFieldCallsItSolved) {
  MountainCarContinuous world;
  EXPECT_EQ(world.spec().horizon, 999);
  EXPECT_GT(checks::score(world, 50, true).mean_return, 85);
}

TEST(MountainCar, KeepsEveryWorldsPromises) {
  checks::all([] { return std::make_unique<MountainCar>(); });
  checks::all([] { return std::make_unique<MountainCarContinuous>(); });
}

TEST(MountainCar, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<MountainCar, MountainCarOptions>()), 0);
  EXPECT_GT((checks::option_refusals<MountainCarContinuous, MountainCarOptions>()), 0);
}

TEST(MountainCar, TheGroundReachesBothSidesOfThePicture) {
  const MountainCar world;
  RecordingCanvas canvas;
  world.draw(canvas);
  const auto [left, right] = std::ranges::minmax(canvas.ground(), {}, &Point::x);
  EXPECT_EQ(left.x, canvas.low().x);
  EXPECT_EQ(right.x, canvas.high().x);
}

}  // namespace
}  // namespace cairn::envs
