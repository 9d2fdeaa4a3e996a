#include "envs/box2d/ball_in_cup.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "../world_checks.h"

namespace cairn::envs {
namespace {

constexpr double gravity = 98.1, spring = 20, damper = 3, cup = 0.0652, ball = 0.0654;
constexpr float h = 0.005F;  // s, of the solver

using Observation = std::array<float, 8>;
using Force = std::array<float, 2>;

const EnvironmentFactory discrete = [] { return std::make_unique<BallInCup>(); };
const EnvironmentFactory continuous = [] { return std::make_unique<BallInCup>(BallInCupOptions{.continuous = true}); };

/// Cup and ball at rest.
std::vector<float> at(Point cup_place, Point ball_place, float caught = 0) {
  return {cup_place.x, cup_place.y, ball_place.x, ball_place.y, 0, 0, 0, 0, caught};
}

// The spring carries both: y = -(m + M) g / k, with the ball a string below the cup.
TEST(BallInCup, HangsWhereSpringAndWeightSay) {
  BallInCup world({.continuous = true});
  Observation o{};
  const double sag = (cup + ball) * gravity / spring;
  world.reset(Start{.state = at({0, -0.6F}, {0, -4.6F})}, o);
  const Force nothing{};
  for (int i = 0; i < 200; ++i) world.step(nothing, o);
  EXPECT_NEAR(o[1], -sag, 0.01);
  EXPECT_NEAR(o[3], -sag - 1.08 - 3, 0.02);
  EXPECT_NEAR(o[0], 0, 1e-3);
  EXPECT_NEAR(o[2], 0, 1e-3);
}

// While the string is slack both move alone: the ball falls, the cup follows m a = F - k x - c v - m g.
TEST(BallInCup, MovesByNewtonsLawWhileTheStringIsSlack) {
  BallInCup world({.continuous = true});
  Observation o{};
  world.reset(Start{.state = at({0.2F, 0}, {1.5F, 0.5F})}, o);
  const Force push{0.6F, -0.3F};
  double x = 0.2, y = 0, vx = 0, vy = 0, fallen = 0.5, speed = 0;
  for (int i = 0; i < 6; ++i) {
    world.step(push, o);
    for (int k = 0; k < 4; ++k) {
      vx += h * (50 * 0.6 - spring * x - damper * vx) / cup;
      vy += h * ((50 * -0.3 - spring * y - damper * vy) / cup - gravity);
      x += h * vx;
      y += h * vy;
      speed -= h * gravity;
      fallen += h * speed;
    }
    ASSERT_NEAR(o[0], x, 1e-3);
    ASSERT_NEAR(o[1], y, 1e-3);
    ASSERT_NEAR(10 * o[4], vx, 1e-2);
    ASSERT_NEAR(10 * o[5], vy, 1e-2);
    ASSERT_NEAR(o[2], 1.5, 1e-5);
    ASSERT_NEAR(o[3], fallen, 1e-3);
  }
}

TEST(BallInCup, TheStringHoldsAndTheWallsDo) {
  BallInCup world({.continuous = true});
  Observation o{};
  Random random(3, Stream::policy);
  bool taut = false;
  for (std::uint32_t episode = 0; episode < 4; ++episode) {
    world.reset(Random(3, Stream::environment, 0, episode), o);
    Force force{};
    for (int i = 0; i < 1000; ++i) {
      if (i % 5 == 0) force = {random.uniform(-1, 1) < 0 ? -1.0F : 1.0F, random.uniform(-1, 1) < 0 ? -1.0F : 1.0F};
      world.step(force, o);
      const float length = std::hypot(o[2] - o[0], o[3] - o[1] + 1.08F);
      ASSERT_LE(length, 3.1F) << i;
      taut = taut || length > 2.99F;
      // Nowhere in the bottom wall, which reaches from -1.08 to -0.92 m.
      const float x = o[2] - o[0], y = o[3] - o[1] + 1;
      ASSERT_FALSE(std::abs(x) < 0.25F && std::abs(y) < 0.15F) << "the ball's middle is in the wall";
    }
  }
  EXPECT_TRUE(taut);
}

TEST(BallInCup, PaysWhileTheBallIsInAndSucceedsAfterASecond) {
  BallInCup world;
  Observation o{};
  const float none = 0;
  world.reset(Start{.state = at({0, -0.6F}, {0, -1.27F})}, o);
  for (int i = 1; i <= 60; ++i) {
    const Step step = world.step({&none, 1}, o);
    ASSERT_EQ(step.reward, 1) << i;
    ASSERT_EQ(step.success, i >= 50) << i;
    ASSERT_FALSE(step.terminated);
  }
  // The zone reaches 0.25 m from 0.5 m below the rim; at difficulty 0 it is 0.4 m.
  for (const double difficulty : {0.0, 1.0}) {
    world.reset(Start{.difficulty = difficulty, .state = at({0, -0.32F}, {0, -0.45F}, 7)}, o);
    EXPECT_EQ(world.step({&none, 1}, o).reward, difficulty == 0 ? 1 : 0);
    EXPECT_EQ(world.state()[8], difficulty == 0 ? 8 : 0);
  }
}

TEST(BallInCup, DenseRewardGrowsTowardsTheCup) {
  BallInCup world({.reward = Reward::dense});
  Observation o{};
  const float none = 0;
  world.reset(Start{.state = at({0, -0.64F}, {0, -4.72F})}, o);
  const float hanging = world.step({&none, 1}, o).reward;
  EXPECT_NEAR(hanging, 0.5 * (1 - std::hypot(o[2] - o[0], o[3] - o[1] + 0.5) / 4), 1e-5);
  world.reset(Start{.state = at({0, 0}, {0, 1})}, o);
  const float above = world.step({&none, 1}, o).reward;
  EXPECT_GT(above, hanging);
  EXPECT_LT(above, 0.5F);
  world.reset(Start{.state = at({0, -0.6F}, {0, -1.27F})}, o);
  EXPECT_EQ(world.step({&none, 1}, o).reward, 1);
}

TEST(BallInCup, NoBallStartsWhereItFallsIn) {
  BallInCup hard, easy({.difficulty = 0});
  Observation o{};
  const float none = 0;
  for (std::uint32_t episode = 0; episode < 300; ++episode) {
    hard.reset(Random(4, Stream::environment, 0, episode), o);
    ASSERT_TRUE(std::abs(o[2]) <= 2 && o[3] >= -2 && o[3] <= 1);
    ASSERT_TRUE(std::abs(o[2]) >= 0.83F || o[3] <= -1) << "not above the opening";
  }
  for (std::uint32_t episode = 0; episode < 20; ++episode) {
    easy.reset(Random(4, Stream::environment, 0, episode), o);
    ASSERT_TRUE(std::abs(o[2]) <= 0.1F && o[3] >= 0.5F) << "above it";
    Step step;
    for (int i = 0; i < 200 && !step.success; ++i) step = easy.step({&none, 1}, o);
    EXPECT_TRUE(step.success) << "there one need but wait";
  }
}

TEST(BallInCup, GoesOnFromAStateAsItWouldHave) {
  BallInCup visitor({.continuous = true}), world({.continuous = true});
  Observation o{}, seen{};
  Force force{};
  visitor.reset(Random(6, Stream::environment), o);
  for (int i = 0; i < 30; ++i) {
    visitor.pilot(o, force);
    visitor.step(force, o);
  }
  world.reset(Start{.state = visitor.state()}, seen);
  EXPECT_EQ(seen, o);
  for (int i = 0; i < 5; ++i) {
    visitor.pilot(o, force);
    visitor.step(force, o);
    world.step(force, seen);
    for (std::size_t k = 0; k < 8; ++k) ASSERT_NEAR(seen[k], o[k], 0.05) << i << " component " << k;
  }
}

TEST(BallInCup, RefusesStatesThatCannotBe) {
  BallInCup world;
  Observation o{};
  for (const std::vector<float>& bad : {at({0, 0}, {0.5F, -0.3F}), at({0, 0}, {0, -5}), at({0, 0}, {1, 0}, 0.5F)})
    EXPECT_THROW(world.reset(Start{.state = bad}, o), std::invalid_argument);
}

TEST(BallInCup, ThePilotCatchesAndChanceSeldomDoes) {
  for (const bool is_continuous : {false, true}) {
    BallInCup world({.continuous = is_continuous});
    EXPECT_GE(checks::score(world, 20, true).success, 0.9) << is_continuous;
  }
  checks::seldom_by_chance(discrete);
}

TEST(BallInCup, IsAProperWorld) {
  checks::all(discrete);
  checks::all(continuous);
  checks::all([] { return std::make_unique<BallInCup>(BallInCupOptions{.reward = Reward::dense, .difficulty = 0.3}); });
}

TEST(BallInCup, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<BallInCup, BallInCupOptions>()), 0);
}

}  // namespace
}  // namespace cairn::envs
