#include "envs/box2d/slide_puck.h"

#include <gtest/gtest.h>

#include "goal_world_checks.h"

namespace cairn::envs {
namespace {

/// Hand's place and velocity, puck's place, angle, velocity and angular velocity, goal.
using State = std::vector<float>;

// Coulomb: a sliding puck loses µg = 1.96 N / 2 kg of speed a second and comes to rest after v²/(2µg).
TEST(SlidePuck, ThePuckSlidesAsFarAsFrictionSays) {
  for (const float v : {0.5F, 1.0F, 1.5F, 1.8F}) {
    SlidePuck world;
    std::vector<float> o = checks::shown(world);
    world.reset({.random = {}, .state = {-2, -2, 0, 0, 0, 1, 0, v, 0, 0, 4, -1.5F}}, o);
    const float mu_g = 1.96F / 2;
    const int half_way = static_cast<int>(v / mu_g / 2 / 0.04F);
    for (int i = 0; i < 49; ++i) {
      world.step(std::vector<float>{0}, o);
      if (i + 1 == half_way) {
        const float t = 0.04F * static_cast<float>(half_way);
        EXPECT_NEAR(checks::at(world, o, "puck vx"), v - mu_g * t, 1e-3);
        EXPECT_NEAR(checks::at(world, o, "puck x"), v * t - 0.5F * mu_g * t * t, 0.5F * mu_g * t * 0.01F + 1e-3F);
      }
    }
    EXPECT_NEAR(checks::at(world, o, "puck x"), v * v / (2 * mu_g), 0.5F * v * 0.01F + 1e-3F) << v;
    EXPECT_NEAR(checks::at(world, o, "puck vx"), 0, 1e-4);
    EXPECT_NEAR(checks::at(world, o, "puck y"), 1, 1e-5);
  }
}

// Struck head on without bouncing, a puck of 2 kg takes two thirds of the speed of a hand of 1 kg; then the hand, whose
// speed is kept up, goes on pushing, so that the puck leaves at the hand's speed.
TEST(SlidePuck, ThePuckLeavesTheBarrierAtTheHandsSpeed) {
  for (const float share : {0.5F, 1.0F}) {
    SlidePuck world({.continuous = true});
    std::vector<float> o = checks::shown(world);
    world.reset({.random = {}, .state = {-1.7F, 0, 0, 0, -0.9F, 0, 0, 0, 0, 0, 4, 1.5F}}, o);
    float fastest = 0;
    for (int i = 0; i < 40; ++i) {
      world.step(std::vector<float>{share, 0}, o);
      fastest = std::max(fastest, checks::at(world, o, "puck vx"));
      ASSERT_LE(checks::at(world, o, "hand x"), -0.35F + 0.01F) << "the barrier holds the hand";
      ASSERT_NEAR(checks::at(world, o, "puck y"), 0, 1e-3);
    }
    EXPECT_NEAR(fastest, 4 * share, 0.1F);
    EXPECT_GT(checks::at(world, o, "puck x"), 1) << "and lets the puck pass";
  }
}

TEST(SlidePuck, EachActionMovesTheHandAsItSays) {
  SlidePuck world, same({.continuous = true});
  std::vector<float> o = checks::shown(world), p = o;
  ASSERT_EQ(world.spec().actions(), 9);
  for (int action = 0; action < 9; ++action) {
    const std::string& name = world.spec().action_names[static_cast<std::size_t>(action)];
    const auto says = [&](const char* word) { return name.find(word) != std::string::npos; };
    const float x = says("right")  ? 1.0F
                    : says("left") ? -1.0F
                                   : 0.0F,
                y = says("up")     ? 1.0F
                    : says("down") ? -1.0F
                                   : 0;
    EXPECT_EQ(name == "none", x == 0 && y == 0);
    const State state{-1.2F, 0, 0, 0, 2, 2, 0, 0, 0, 0, 4, -1};
    world.reset({.random = {}, .state = state}, o);
    same.reset({.random = {}, .state = state}, p);
    for (int i = 0; i < 3; ++i) {
      world.step(std::vector<float>{static_cast<float>(action)}, o);
      same.step(std::vector<float>{x, y}, p);
    }
    EXPECT_EQ(o, p) << name;
    EXPECT_NEAR(checks::at(world, o, "hand vx"), 4 * x, 1e-4) << name;
    EXPECT_NEAR(checks::at(world, o, "hand vy"), 4 * y, 1e-4) << name;
  }
}

TEST(SlidePuck, StartsAndGoalsAreWhereTheyBelong) {
  SlidePuck world;
  std::vector<float> o = checks::shown(world);
  for (std::uint32_t episode = 0; episode < 2000; ++episode) {
    world.reset(Random(2, Stream::environment, 0, episode), o);
    ASSERT_NEAR(checks::at(world, o, "hand x"), -1.7, 0.1);
    ASSERT_NEAR(checks::at(world, o, "hand y"), 0, 0.1);
    ASSERT_NEAR(checks::at(world, o, "puck x"), -0.9, 0.3);
    ASSERT_NEAR(checks::at(world, o, "puck y"), 0, 0.8);
    ASSERT_NEAR(checks::at(world, o, "goal x"), 2.5, 1.5) << "out of the hand's reach";
    ASSERT_NEAR(checks::at(world, o, "goal y"), 0, 1.5);
    const float x = checks::at(world, o, "puck from hand x"), y = checks::at(world, o, "puck from hand y");
    ASSERT_GT(std::hypot(x, y), 0.39F) << "they do not touch";
  }
}

// Of the same draws: the goal lies on the straight way to the published one.
TEST(SlidePuck, LowerDifficultyShortensTheWay) {
  SlidePuck world;
  std::vector<float> hard = checks::shown(world), easy = hard;
  for (std::uint32_t episode = 0; episode < 200; ++episode) {
    const Random random(3, Stream::environment, 0, episode);
    world.reset({.random = random, .difficulty = 1}, hard);
    world.reset({.random = random, .difficulty = 0.5}, easy);
    ASSERT_NEAR(checks::distance_to_goal(world, easy), 0.5F * checks::distance_to_goal(world, hard), 1e-4);
    world.reset({.random = random, .difficulty = 0}, easy);
    ASSERT_NEAR(checks::distance_to_goal(world, easy), 0.25, 1e-4);
  }
}

TEST(SlidePuck, RewardIsAFunctionOfTheGoals) {
  checks::reward_is_a_function_of_the_goals<SlidePuck, SlidePuckOptions>(0.2F, 7.2F);
}
TEST(SlidePuck, NothingIsGiven) {
  checks::nothing_is_given<SlidePuck, SlidePuckOptions>(0.2F);
}
TEST(SlidePuck, ChanceSeldomSucceeds) {
  checks::chance_seldom_succeeds<SlidePuck, SlidePuckOptions>();
}
TEST(SlidePuck, DifficultyIsThatOfTheStart) {
  checks::difficulty_is_that_of_the_start<SlidePuck, SlidePuckOptions>();
}
TEST(SlidePuck, GoesOnFromAStateAsItWouldHave) {
  checks::goes_on_from_a_state<SlidePuck, SlidePuckOptions>(12, 10, 0.01F);
}

TEST(SlidePuck, ThePilotStrikesThePuckToTheGoal) {
  SlidePuck world({.continuous = true});
  const double success = checks::score(world, 300, true).success;
  std::printf("%.1f %%\n", 100 * success);
  EXPECT_GE(success, 0.95);
  std::vector<float> action{5}, o = checks::shown(world);
  EXPECT_FALSE(SlidePuck().pilot(o, action)) << "eight directions are too coarse for it to aim";
}

TEST(SlidePuck, RefusesStatesThatMakeNoSense) {
  SlidePuck world;
  std::vector<float> o = checks::shown(world);
  EXPECT_NO_THROW(world.reset(Start{.state = {-1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 2, 1}}, o));
  for (const State& bad : {State{-1, 0, 0, 0, -0.9F, 0.2F, 0, 0, 0, 0, 2, 1},  // the hand in the puck
                           State{-1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 2, 0.19F}})    // at the goal
    EXPECT_THROW(world.reset(Start{.state = bad}, o), std::invalid_argument);
}

TEST(SlidePuck, KeepsEveryWorldsPromises) {
  for (const bool continuous : {false, true})
    checks::all([=] { return std::make_unique<SlidePuck>(SlidePuckOptions{.continuous = continuous}); });
}

TEST(SlidePuck, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<SlidePuck, SlidePuckOptions>()), 0);
}

}  // namespace
}  // namespace cairn::envs
