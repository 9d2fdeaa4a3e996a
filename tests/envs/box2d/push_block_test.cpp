#include "envs/box2d/push_block.h"

#include <gtest/gtest.h>

#include "goal_world_checks.h"

namespace cairn::envs {
namespace {

/// Hand's place and velocity, block's place, angle, velocity and angular velocity, goal.
using State = std::vector<float>;

// Coulomb: a sliding block loses µg = 11.8 N / 2 kg of speed a second and comes to rest after v²/(2µg).
TEST(PushBlock, TheBlockSlidesAsFarAsFrictionSays) {
  for (const float v : {0.5F, 1.0F, 2.0F, 3.0F}) {
    PushBlock world;
    std::vector<float> o = checks::shown(world);
    world.reset({.random = {}, .state = {-1.5F, -1.5F, 0, 0, -1, 1, 0, v, 0, 0, 1, -1}}, o);
    for (int i = 0; i < 20; ++i) world.step(std::vector<float>{0}, o);
    const float mu_g = 11.8F / 2;
    EXPECT_NEAR(checks::at(world, o, "block x") + 1, v * v / (2 * mu_g), 0.5F * v * 0.01F + 1e-3F) << v;
    EXPECT_NEAR(checks::at(world, o, "block vx"), 0, 1e-4);
    EXPECT_NEAR(checks::at(world, o, "block y"), 1, 1e-5);
  }
}

// The same of turning: the inertia of a square is m s²/6, and friction resists with 2.25 N m.
TEST(PushBlock, TheBlockTurnsAsFarAsFrictionSays) {
  PushBlock world;
  std::vector<float> o = checks::shown(world);
  const float omega = 6;
  world.reset({.random = {}, .state = {-1.5F, -1.5F, 0, 0, -1, 1, 0, 0, 0, omega, 1, -1}}, o);
  for (int i = 0; i < 10; ++i) world.step(std::vector<float>{0}, o);
  const float deceleration = 2.25F / (2.0F * 0.5F * 0.5F / 6);
  EXPECT_NEAR(std::atan2(checks::at(world, o, "sin block angle"), checks::at(world, o, "cos block angle")),
              omega * omega / (2 * deceleration), 0.5F * omega * 0.01F + 1e-3F);
  EXPECT_NEAR(checks::at(world, o, "block angular velocity"), 0, 1e-4);
}

// The hand gains 100 N / 1 kg · 0.01 s = 1 m/s a substep, four substeps a step, until it has the speed asked for.
TEST(PushBlock, EachActionMovesTheHandAsItSays) {
  PushBlock world, same({.continuous = true});
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
    const State state{0, 0, 0, 0, -1, 1.5F, 0, 0, 0, 0, 1, -1};
    world.reset({.random = {}, .state = state}, o);
    same.reset({.random = {}, .state = state}, p);
    world.step(std::vector<float>{static_cast<float>(action)}, o);
    same.step(std::vector<float>{x, y}, p);
    EXPECT_EQ(o, p) << name;
    const float size = std::hypot(x, y);
    EXPECT_NEAR(checks::at(world, o, "hand vx"), size > 0 ? 4 * x / size : 0, 1e-4) << name;
    EXPECT_NEAR(checks::at(world, o, "hand vy"), size > 0 ? 4 * y / size : 0, 1e-4) << name;
    EXPECT_NEAR(std::hypot(checks::at(world, o, "hand x"), checks::at(world, o, "hand y")), size > 0 ? 0.1 : 0, 1e-4);
    for (int i = 0; i < 2; ++i) world.step(std::vector<float>{static_cast<float>(action)}, o);
    EXPECT_NEAR(checks::at(world, o, "hand vx"), 5 * x, 1e-4) << name;
    EXPECT_NEAR(checks::at(world, o, "hand vy"), 5 * y, 1e-4) << name;
  }
}

TEST(PushBlock, TheHandPushesTheBlockAndWallsHoldBoth) {
  PushBlock world;
  std::vector<float> o = checks::shown(world);
  world.reset({.random = {}, .state = {-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1.5F}}, o);
  const std::vector<float> right = checks::action_named(world, "right");
  for (int i = 0; i < 40; ++i) {
    world.step(right, o);
    ASSERT_LE(checks::at(world, o, "block x") + 0.25F, 2.02F);
    ASSERT_GE(checks::at(world, o, "block from hand x"), 0.40F - 0.02F) << "they do not sink into each other";
  }
  EXPECT_NEAR(checks::at(world, o, "block x"), 1.75, 0.02);
  EXPECT_NEAR(checks::at(world, o, "hand x"), 1.35, 0.03);
  EXPECT_NEAR(checks::at(world, o, "block y"), 0, 0.01);
}

TEST(PushBlock, StartsAndGoalsAreWhereTheyBelong) {
  PushBlock world;
  std::vector<float> o = checks::shown(world);
  float widest = 0;
  for (std::uint32_t episode = 0; episode < 3000; ++episode) {
    world.reset(Random(2, Stream::environment, 0, episode), o);
    for (const char axis : {'x', 'y'}) {
      const auto place = [&](const char* what) { return checks::at(world, o, std::string(what) + " " + axis); };
      ASSERT_LE(std::abs(place("hand")), 0.3F);
      ASSERT_LE(std::abs(place("block")), 1.2F);
      ASSERT_LE(std::abs(place("goal")), 1.5F);
      widest = std::max(widest, std::abs(place("goal")));
      ASSERT_NEAR(place("block from hand"), place("block") - place("hand"), 1e-6);
    }
    ASSERT_GE(std::hypot(checks::at(world, o, "block from hand x"), checks::at(world, o, "block from hand y")), 0.55F);
    ASSERT_GE(checks::distance_to_goal(world, o), 0.75F);
  }
  EXPECT_GT(widest, 1.49F);
}

// Of the same draws: the goal lies on the straight way to the published one, and the block on that from the hand.
TEST(PushBlock, LowerDifficultyShortensTheWays) {
  PushBlock world;
  std::vector<float> hard = checks::shown(world), easy = hard;
  for (std::uint32_t episode = 0; episode < 200; ++episode) {
    const Random random(3, Stream::environment, 0, episode);
    world.reset({.random = random, .difficulty = 1}, hard);
    world.reset({.random = random, .difficulty = 0.5}, easy);
    ASSERT_LE(checks::distance_to_goal(world, easy), 0.5F * 4.3F);
    const float x = checks::at(world, hard, "block from hand x"), y = checks::at(world, hard, "block from hand y");
    const float ex = checks::at(world, easy, "block from hand x"), ey = checks::at(world, easy, "block from hand y");
    ASSERT_NEAR(x * ey, y * ex, 1e-4) << "the same direction";
    ASSERT_NEAR(std::hypot(ex, ey), std::max(0.55F, 0.5F * std::hypot(x, y)), 1e-4);
    world.reset({.random = random, .difficulty = 0}, easy);
    ASSERT_NEAR(checks::distance_to_goal(world, easy), 0.35, 1e-4);
  }
}

TEST(PushBlock, RewardIsAFunctionOfTheGoals) {
  checks::reward_is_a_function_of_the_goals<PushBlock, PushBlockOptions>(0.3F, 4);
}
TEST(PushBlock, NothingIsGiven) {
  checks::nothing_is_given<PushBlock, PushBlockOptions>(0.3F);
}
TEST(PushBlock, ChanceSeldomSucceeds) {
  checks::chance_seldom_succeeds<PushBlock, PushBlockOptions>();
}
TEST(PushBlock, DifficultyIsThatOfTheStart) {
  checks::difficulty_is_that_of_the_start<PushBlock, PushBlockOptions>();
}
TEST(PushBlock, GoesOnFromAStateAsItWouldHave) {
  checks::goes_on_from_a_state<PushBlock, PushBlockOptions>(12, 10, 0.01F);
}

TEST(PushBlock, ThePilotPushesTheBlockToTheGoal) {
  for (const bool continuous : {false, true}) {
    PushBlock world({.continuous = continuous});
    const double success = checks::score(world, 300, true).success;
    std::printf("%s: %.1f %%\n", continuous ? "continuous" : "discrete", 100 * success);
    EXPECT_GE(success, 0.9);
  }
}

TEST(PushBlock, RefusesStatesThatMakeNoSense) {
  PushBlock world;
  std::vector<float> o = checks::shown(world);
  EXPECT_NO_THROW(world.reset(Start{.state = {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1}}, o));
  for (const State& bad : {State{0.9F, 0.1F, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1},     // the hand in the block
                           State{0.7F, 0, 0, 0, 1, 0, 0.7854F, 0, 0, 0, 0, 1},  // in its turned corner
                           State{0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1.2F, 0.2F}})    // at the goal
    EXPECT_THROW(world.reset(Start{.state = bad}, o), std::invalid_argument);
}

TEST(PushBlock, KeepsEveryWorldsPromises) {
  for (const bool continuous : {false, true})
    checks::all([=] { return std::make_unique<PushBlock>(PushBlockOptions{.continuous = continuous}); });
}

TEST(PushBlock, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<PushBlock, PushBlockOptions>()), 0);
}

}  // namespace
}  // namespace cairn::envs
