#include "envs/box2d/gantry_grasp.h"

#include <gtest/gtest.h>

#include <array>

#include "goal_world_checks.h"

namespace cairn::envs {
namespace {

/// Hand and block at rest, the fingers by `grip` m inward.
std::vector<float> state_of(float hand_x, float hand_y, float grip, float block_x, float block_y) {
  std::vector<float> state(26, 0);
  const auto put = [&](std::size_t body, float x, float y) {
    state[6 * body] = x;
    state[6 * body + 1] = y;
  };
  put(0, hand_x, hand_y);
  put(1, hand_x - 0.4F + grip, hand_y - 0.3F);
  put(2, hand_x + 0.4F - grip, hand_y - 0.3F);
  put(3, block_x, block_y);
  state[24] = -2;
  state[25] = 4;
  return state;
}

constexpr float open_x = 1.5F, up = 3;  // where the hand is far from everything

// Free fall, as Box2D integrates it: y = y0 - g dt² k(k + 1)/2 after k substeps.
TEST(GantryGrasp, TheBlockFallsAndTheHandDoesNot) {
  GantryGrasp world;
  std::vector<float> o = checks::shown(world);
  world.reset({.random = {}, .state = state_of(open_x, up, 0, -1, 3)}, o);
  for (int i = 1; i <= 18; ++i) {
    world.step(std::vector<float>{0}, o);
    const double k = 4 * i;
    ASSERT_NEAR(checks::at(world, o, "block y"), 3 - 9.81 * 1e-4 * k * (k + 1) / 2, 1e-4) << i;
    ASSERT_NEAR(checks::at(world, o, "hand y"), up, 1e-4);
  }
  for (int i = 0; i < 20; ++i) world.step(std::vector<float>{0}, o);
  EXPECT_NEAR(checks::at(world, o, "block y"), 0.25, 0.02) << "it lies on the floor";
  EXPECT_NEAR(checks::at(world, o, "block vy"), 0, 0.02);
}

TEST(GantryGrasp, EachActionMovesHandAndFingersAsItSays) {
  GantryGrasp world, same({.continuous = true});
  std::vector<float> o = checks::shown(world), p = o;
  ASSERT_EQ(world.spec().actions(), 18);
  for (int action = 0; action < 18; ++action) {
    const std::string& name = world.spec().action_names[static_cast<std::size_t>(action)];
    const auto says = [&](const char* word) { return name.find(word) != std::string::npos; };
    const float x = says("right")  ? 1.0F
                    : says("left") ? -1.0F
                                   : 0.0F,
                y = says("up")     ? 1.0F
                    : says("down") ? -1.0F
                                   : 0;
    const float close = says("close") ? 1.0F : -1.0F;
    EXPECT_NE(says("close"), says("open"));
    EXPECT_EQ(says("none"), x == 0 && y == 0);
    const std::vector<float> state = state_of(0, 2.2F, 0.11F, -2, 0.25F);
    world.reset({.random = {}, .state = state}, o);
    same.reset({.random = {}, .state = state}, p);
    for (int i = 0; i < 5; ++i) {
      world.step(std::vector<float>{static_cast<float>(action)}, o);
      same.step(std::vector<float>{x, y, close}, p);
    }
    EXPECT_EQ(o, p) << name;
    EXPECT_NEAR(checks::at(world, o, "hand vx"), 4 * x, 0.05) << name;
    EXPECT_NEAR(checks::at(world, o, "hand vy"), 4 * y, 0.05) << name;
    EXPECT_NEAR(checks::at(world, o, "grip"), close > 0 ? 0.22 : 0, 0.01) << name;
  }
}

// Both fingers go equally far inward, also where only one meets the block.
TEST(GantryGrasp, TheFingersAreGeared) {
  GantryGrasp world;
  std::vector<float> o = checks::shown(world);
  const std::vector<float> close = checks::action_named(world, "none, close");
  world.reset({.random = {}, .state = state_of(0, 0.6F, 0, 0.08F, 0.25F)}, o);
  for (int i = 0; i < 20; ++i) {
    world.step(close, o);
    const std::vector<float> state = world.state();
    const float left = state[6] - state[0] + 0.4F, right = state[0] + 0.4F - state[12];
    ASSERT_NEAR(left, right, 0.01F) << i;
  }
  EXPECT_NEAR(checks::at(world, o, "grip"), 0.1, 0.02) << "the block is half a metre wide, the hand opens 0.7 m";
  EXPECT_NEAR(checks::at(world, o, "block from hand x"), 0, 0.02) << "and is drawn to the middle";
}

TEST(GantryGrasp, ClosedFingersCarryTheBlockAndOpenOnesDropIt) {
  GantryGrasp world;
  std::vector<float> o = checks::shown(world);
  world.reset({.random = {}, .state = state_of(0, 0.58F, 0, 0, 0.25F)}, o);
  const auto go = [&](const char* name, int steps) {
    for (int i = 0; i < steps; ++i) world.step(checks::action_named(world, name), o);
  };
  go("none, close", 4);
  go("up, close", 15);
  go("none, close", 10);
  EXPECT_GT(checks::at(world, o, "block y"), 2);
  EXPECT_NEAR(checks::at(world, o, "block from hand y"), -0.33, 0.1) << "it does not slip";
  EXPECT_NEAR(checks::at(world, o, "block from hand x"), 0, 0.03);
  go("none, open", 20);
  EXPECT_NEAR(checks::at(world, o, "block y"), 0.25, 0.03);
}

TEST(GantryGrasp, HalfOfTheGoalsAreInTheAir) {
  GantryGrasp world;
  std::vector<float> o = checks::shown(world);
  int in_the_air = 0;
  constexpr int episodes = 3000;
  for (std::uint32_t episode = 0; episode < episodes; ++episode) {
    world.reset(Random(2, Stream::environment, 0, episode), o);
    ASSERT_LE(std::abs(checks::at(world, o, "hand x")), 0.3F);
    ASSERT_EQ(checks::at(world, o, "hand y"), 1.4F);
    ASSERT_LE(std::abs(checks::at(world, o, "block x")), 1.2F);
    ASSERT_EQ(checks::at(world, o, "block y"), 0.25F);
    ASSERT_GE(std::abs(checks::at(world, o, "block from hand x")), 0.4999F);
    ASSERT_LE(std::abs(checks::at(world, o, "goal x")), 1.5F);
    ASSERT_GE(checks::distance_to_goal(world, o), 0.75F);
    const float height = checks::at(world, o, "goal y");
    if (height == 0.25F) continue;
    ASSERT_GE(height, 0.75F);
    ASSERT_LE(height, 3.0F);
    ++in_the_air;
  }
  EXPECT_NEAR(in_the_air, episodes / 2, 4.5 * std::sqrt(episodes * 0.25));
}

// Of the same draws: the block lies nearer to under the hand, and the goal on the straight way to the published one.
TEST(GantryGrasp, LowerDifficultyShortensTheWays) {
  GantryGrasp world;
  std::vector<float> hard = checks::shown(world), easy = hard;
  for (std::uint32_t episode = 0; episode < 200; ++episode) {
    const Random random(3, Stream::environment, 0, episode);
    world.reset({.random = random, .difficulty = 1}, hard);
    world.reset({.random = random, .difficulty = 0.5}, easy);
    ASSERT_NEAR(checks::at(world, easy, "block from hand x"), 0.5F * checks::at(world, hard, "block from hand x"),
                1e-5);
    world.reset({.random = random, .difficulty = 0}, easy);
    ASSERT_NEAR(checks::at(world, easy, "block from hand x"), 0, 1e-5);
    ASSERT_NEAR(checks::distance_to_goal(world, easy), 0.25, 1e-4);
  }
}

TEST(GantryGrasp, RewardIsAFunctionOfTheGoals) {
  checks::reward_is_a_function_of_the_goals<GantryGrasp, GantryGraspOptions>(0.2F, 5);
}
TEST(GantryGrasp, NothingIsGiven) {
  checks::nothing_is_given<GantryGrasp, GantryGraspOptions>(0.2F);
}
TEST(GantryGrasp, ChanceSeldomSucceeds) {
  checks::chance_seldom_succeeds<GantryGrasp, GantryGraspOptions>();
}
TEST(GantryGrasp, DifficultyIsThatOfTheStart) {
  checks::difficulty_is_that_of_the_start<GantryGrasp, GantryGraspOptions>();
}
TEST(GantryGrasp, GoesOnFromAStateAsItWouldHave) {
  checks::goes_on_from_a_state<GantryGrasp, GantryGraspOptions>(12, 10, 0.05F);
}

TEST(GantryGrasp, ThePilotCarriesTheBlockToTheGoal) {
  for (const bool continuous : {false, true}) {
    GantryGrasp world({.continuous = continuous});
    const double success = checks::score(world, 300, true).success;
    std::printf("%s: %.1f %%\n", continuous ? "continuous" : "discrete", 100 * success);
    EXPECT_GE(success, 0.95);
  }
}

TEST(GantryGrasp, RefusesStatesThatMakeNoSense) {
  GantryGrasp world;
  std::vector<float> o = checks::shown(world);
  const auto changed = [](std::size_t component, float value) {
    Start start{.random = {}, .state = state_of(0, 2, 0, 1, 0.25F)};
    start.state[component] = value;
    return start;
  };
  EXPECT_NO_THROW(world.reset(changed(0, 0), o));
  for (const Start& bad : {changed(6, 0), changed(13, 1), changed(0, 0.3F)})  // fingers apart from the hand
    EXPECT_THROW(world.reset(bad, o), std::invalid_argument);
  EXPECT_THROW(world.reset(Start{.state = state_of(0, 2, 0, 0, 1.9F)}, o), std::invalid_argument) << "hand in block";
  EXPECT_THROW(world.reset(Start{.state = state_of(0, 2, 0, -1.9F, 4)}, o), std::invalid_argument) << "at the goal";
}

TEST(GantryGrasp, KeepsEveryWorldsPromises) {
  for (const bool continuous : {false, true})
    checks::all([=] { return std::make_unique<GantryGrasp>(GantryGraspOptions{.continuous = continuous}); });
}

TEST(GantryGrasp, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<GantryGrasp, GantryGraspOptions>()), 0);
}

}  // namespace
}  // namespace cairn::envs
