#include "envs/classic/pendulum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "../recording_canvas.h"
#include "../world_checks.h"

namespace cairn::envs {
namespace {

TEST(Pendulum, EveryStepFollowsThePublishedEquations) {
  Pendulum world;
  Random random(1, Stream::policy);
  std::array<float, 3> o{};
  for (std::uint32_t episode = 0; episode < 10; ++episode) {
    world.reset(Random(1, Stream::environment, 0, episode), o);
    EXPECT_LE(std::abs(o[2]), 1.0F);
    Step step;
    do {
      const double theta = std::atan2(o[1], o[0]), omega = o[2];
      const float raw = random.uniform(-3, 3);
      const double torque = std::clamp(raw, -2.0F, 2.0F);
      step = world.step({&raw, 1}, o);
      ASSERT_NEAR(step.reward, -(theta * theta + 0.1 * omega * omega + 0.001 * torque * torque), 2e-5);
      const double next_omega = std::clamp(omega + (15 * std::sin(theta) + 3 * torque) * 0.05, -8.0, 8.0);
      const double next_theta = theta + next_omega * 0.05;
      ASSERT_NEAR(o[0], std::cos(next_theta), 2e-6);
      ASSERT_NEAR(o[1], std::sin(next_theta), 2e-6);
      ASSERT_NEAR(o[2], next_omega, 4e-6);
      ASSERT_FALSE(step.terminated);
    } while (!step.truncated);
  }
}

TEST(Pendulum, GravityIsAnOption) {
  Pendulum world({.gravity = 0});
  std::array<float, 3> o{};
  world.reset(Random(2, Stream::environment), o);
  const float speed = o[2], nothing = 0;
  for (int i = 0; i < 100; ++i) world.step({&nothing, 1}, o);
  EXPECT_EQ(o[2], speed);
}

TEST(Pendulum, PilotSwingsUpAndHolds) {
  Pendulum world;
  const checks::Score pilot = checks::score(world, 100, true), chance = checks::score(world, 100, false);
  EXPECT_GE(pilot.success, 0.98);
  EXPECT_GT(pilot.mean_return, -250);
  EXPECT_LT(chance.mean_return, -900);
}

TEST(Pendulum, KeepsEveryWorldsPromises) {
  checks::all([] { return std::make_unique<Pendulum>(); });
}

TEST(Pendulum, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<Pendulum, PendulumOptions>()), 0);
}

TEST(Pendulum, ItsPictureExplainsItself) {
  const Pendulum world;
  RecordingCanvas canvas;
  world.draw(canvas);
  EXPECT_EQ(canvas.words(), "torque, upright");
}

}  // namespace
}  // namespace cairn::envs
