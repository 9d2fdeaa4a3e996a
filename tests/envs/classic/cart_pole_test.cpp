#include "envs/classic/cart_pole.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "../world_checks.h"

namespace cairn::envs {
namespace {

using checks::play;

std::unique_ptr<Environment> make() {
  return std::make_unique<CartPole>();
}

// The published difference equations in double, from any state.
std::array<double, 4> next(const std::array<double, 4>& s, double force) {
  const auto [x, vx, theta, omega] = s;
  const double temp = (force + 0.05 * omega * omega * std::sin(theta)) / 1.1;
  const double alpha = (9.8 * std::sin(theta) - std::cos(theta) * temp) /
                       (0.5 * (4.0 / 3.0 - 0.1 * std::cos(theta) * std::cos(theta) / 1.1));
  const double acceleration = temp - 0.05 * alpha * std::cos(theta) / 1.1;
  return {x + 0.02 * vx, vx + 0.02 * acceleration, theta + 0.02 * omega, omega + 0.02 * alpha};
}

TEST(CartPole, EveryStepFollowsThePublishedEquations) {
  CartPole world;
  Random random(1, Stream::policy);
  std::array<float, 4> o{};
  int compared = 0;
  for (std::uint32_t episode = 0; episode < 20; ++episode) {
    world.reset(Random(1, Stream::environment, 0, episode), o);
    for (const float component : o) EXPECT_LE(std::abs(component), 0.05F);
    for (;;) {
      const auto action = static_cast<float>(random.below(2));
      const auto expected = next({o[0], o[1], o[2], o[3]}, action > 0 ? 10 : -10);
      const Step step = world.step({&action, 1}, o);
      for (std::size_t i = 0; i < 4; ++i) ASSERT_NEAR(o[i], expected[i], 2e-6 * (1 + std::abs(expected[i])));
      const bool fallen = std::abs(o[0]) > 2.4F || std::abs(o[2]) > 12 * 3.14159265F / 180;
      ASSERT_EQ(step.terminated, fallen);
      ASSERT_EQ(step.reward, 1.0F);
      ++compared;
      if (step.terminated || step.truncated) break;
    }
  }
  EXPECT_GT(compared, 200);
}

TEST(CartPole, OneStepFromRestByHand) {
  // From rest, upright, at the origin, 10 N to the right: temp = 10/1.1, alpha = -temp / (0.5 (4/3 - 0.1/1.1)),
  // so vx = 0.02 * 9.7560976 and omega = -0.02 * 14.6341463.
  const auto s = next({0, 0, 0, 0}, 10);
  EXPECT_NEAR(s[1], 0.1951219512, 1e-9);
  EXPECT_NEAR(s[3], -0.2926829268, 1e-9);
}

TEST(CartPole, PilotBalancesToTheHorizonAndSucceedsOnlyThere) {
  CartPole world;
  std::array<float, 4> o{};
  world.reset(Random(2, Stream::environment), o);
  float action = 0;
  for (int i = 1; i <= 500; ++i) {
    world.pilot(o, {&action, 1});
    const Step step = world.step({&action, 1}, o);
    ASSERT_FALSE(step.terminated);
    ASSERT_EQ(step.truncated, i == 500);
    ASSERT_EQ(step.success, i == 500);
  }
  EXPECT_EQ(checks::score(world, 50, true).mean_return, 500);
  EXPECT_LT(checks::score(world, 200, false).mean_return, 40);
}

TEST(CartPole, SuttonAndBartosReward) {
  CartPole world({.sutton_barto_reward = true});
  std::array<float, 4> o{};
  world.reset(Random(3, Stream::environment), o);
  const float right = 1;
  Step step;
  do {
    step = world.step({&right, 1}, o);
    EXPECT_EQ(step.reward, step.terminated ? -1.0F : 0.0F);
  } while (!step.terminated);
  EXPECT_FALSE(step.success);
}

TEST(CartPole, KeepsEveryWorldsPromises) {
  checks::all(make);
}

}  // namespace
}  // namespace cairn::envs
