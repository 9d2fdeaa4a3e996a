#include "envs/box2d/lidar_nav.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "../world_checks.h"

namespace cairn::envs {
namespace {

constexpr std::size_t beams = 60, speed_at = beams, turning_at = beams + 1, distance_at = beams + 2,
                      bearing_at = beams + 3;
constexpr float ahead = 3;  // a discrete action

const EnvironmentFactory discrete = [] { return std::make_unique<LidarNav>(); };

/// An empty level.
std::vector<float> state(float x, float y, float heading, float speed, float turning, float goal_x, float goal_y) {
  std::vector<float> all{x, y, heading, speed, turning, goal_x, goal_y};
  all.resize(16, 0);
  return all;
}

// Commands are followed at 1 m/s² and 1 rad/s²; the place moves by the heading before the turn.
TEST(LidarNav, DrivesByJaxNavsEquations) {
  LidarNav world({.continuous = true});
  std::vector<float> o(beams + 4);
  double x = 3, y = 4, heading = 0.3, v = 0.2, w = -0.1;
  world.reset(Start{.state = state(3, 4, 0.3F, 0.2F, -0.1F, 9, 9)}, o);
  const auto follow = [](double now, double wanted) { return now + std::clamp(wanted - now, -0.1, 0.1); };
  for (int i = 0; i < 40; ++i) {
    const std::array<float, 2> command{i < 20 ? 1.0F : 0.3F, i < 15 ? 0.6F : -0.25F};
    world.step(command, o);
    v = follow(v, static_cast<double>(command[0]));
    w = follow(w, static_cast<double>(command[1]));
    x += 0.1 * v * std::cos(heading);
    y += 0.1 * v * std::sin(heading);
    heading += 0.1 * w;
    const std::vector<float> now = world.state();
    ASSERT_NEAR(now[0], x, 1e-4) << i;
    ASSERT_NEAR(now[1], y, 1e-4) << i;
    ASSERT_NEAR(now[2], heading, 1e-5) << i;
    ASSERT_NEAR(o[speed_at], v - 0.5, 1e-6);
    ASSERT_NEAR(o[turning_at], w / 0.6, 1e-6);
    ASSERT_NEAR(o[distance_at], std::min(std::hypot(9 - x, 9 - y), 6.0) / 6 - 0.5, 1e-4);
    const double bearing = std::remainder(std::atan2(9 - y, 9 - x) - heading, 2 * 3.14159265358979);
    ASSERT_NEAR(o[bearing_at], bearing / 3.14159265358979, 1e-4);
  }
}

TEST(LidarNav, BeamsGoAroundFromBehind) {
  LidarNav world;
  std::vector<float> o(beams + 4);
  world.reset(Start{.state = state(3, 4, 0, 0, 0, 9, 9)}, o);
  EXPECT_NEAR(o[0], 2.0 / 6 - 0.5, 1e-5);   // behind: the wall at x = 1
  EXPECT_NEAR(o[15], 3.0 / 6 - 0.5, 1e-5);  // to the right: the wall at y = 1
  EXPECT_NEAR(o[30], 0.5, 1e-5);            // ahead: nothing within 6 m
  EXPECT_NEAR(o[45], 0.5, 1e-5);            // to the left: the wall at y = 10 is just 6 m away
  world.reset(Start{.state = state(3, 4, 1.5707963F, 0, 0, 9, 9)}, o);
  EXPECT_NEAR(o[45], 2.0 / 6 - 0.5, 1e-5);  // turned to the left, the wall at x = 1 is there
  EXPECT_EQ(LidarNav({.beams = 200}).spec().observation_size(), 204);
}

TEST(LidarNav, ACrashEndsTheEpisode) {
  for (const Reward reward : {Reward::sparse, Reward::dense}) {
    LidarNav world({.reward = reward});
    std::vector<float> o(beams + 4);
    world.reset(Start{.state = state(8, 5, 0, 1, 0, 3, 3)}, o);
    Step step;
    int steps = 0;
    for (; !step.terminated; ++steps) step = world.step({&ahead, 1}, o);
    EXPECT_FALSE(step.success);
    EXPECT_NEAR(steps, 18, 1) << "1.75 m at 1 m/s";
    if (reward == Reward::sparse) {
      EXPECT_EQ(step.reward, 0);
    } else {
      EXPECT_LT(step.reward, -4);
    }
  }
}

TEST(LidarNav, TheGoalEndsItToo) {
  for (const double difficulty : {0.0, 1.0}) {
    LidarNav world({.reward = Reward::dense});
    std::vector<float> o(beams + 4);
    world.reset(Start{.difficulty = difficulty, .state = state(3, 5, 0, 1, 0, 5, 5)}, o);
    Step step;
    int steps = 0;
    for (; !step.terminated; ++steps) {
      if (steps > 0) {
        EXPECT_NEAR(step.reward, 0.25 * 0.1 - 0.01, 1e-4) << "progress and time";
      }
      step = world.step({&ahead, 1}, o);
    }
    EXPECT_TRUE(step.success);
    EXPECT_NEAR(steps, difficulty == 0 ? 15 : 17, 1) << "a radius of 0.5 or 0.3 m";
    EXPECT_NEAR(step.reward, 4 - 0.01, 1e-5);
  }
}

TEST(LidarNav, TheDenseRewardFinesNearWalls) {
  LidarNav world({.reward = Reward::dense});
  std::vector<float> o(beams + 4);
  const float stand = 0;
  world.reset(Start{.state = state(1.39F, 5, 0, 0, 0, 8, 5)}, o);
  EXPECT_NEAR(world.step({&stand, 1}, o).reward, -0.11, 1e-5);
  world.reset(Start{.state = state(1.41F, 5, 0, 0, 0, 8, 5)}, o);
  EXPECT_NEAR(world.step({&stand, 1}, o).reward, -0.01, 1e-5);
}

TEST(LidarNav, GoesOnFromAStateAsItWouldHave) {
  LidarNav visitor({.continuous = true}), world({.continuous = true});
  std::vector<float> o(beams + 4), seen = o;
  std::array<float, 2> action{};
  visitor.reset(Random(3, Stream::environment), o);
  for (int i = 0; i < 40; ++i) {
    visitor.pilot(o, action);
    ASSERT_FALSE(visitor.step(action, o).terminated);
  }
  world.reset(Start{.state = visitor.state()}, seen);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(seen, o);  // nothing but place and motion matters to it
    visitor.pilot(o, action);
    visitor.step(action, o);
    world.step(action, seen);
  }
}

TEST(LidarNav, RefusesStatesThatCannotBe) {
  LidarNav world;
  std::vector<float> o(beams + 4);
  std::vector<float> in_goal = state(5, 5, 0, 0, 0, 5.2F, 5), half_bits = state(5, 5, 0, 0, 0, 8, 8),
                     walled = half_bits;
  half_bits.back() = 0.5F;
  walled[7 + 4] = 1 << 4;  // the cell in the middle
  for (const std::vector<float>& bad : {in_goal, half_bits, walled})
    EXPECT_THROW(world.reset(Start{.state = bad}, o), std::invalid_argument);
}

TEST(LidarNav, ThePilotArrivesAndChanceSeldomDoes) {
  for (const bool is_continuous : {false, true}) {
    LidarNav world({.continuous = is_continuous});
    EXPECT_GE(checks::score(world, 100, true).success, 0.95) << is_continuous;
  }
  checks::seldom_by_chance(discrete);
}

TEST(LidarNav, IsAProperWorld) {
  checks::all(discrete);
  checks::all([] { return std::make_unique<LidarNav>(LidarNavOptions{.continuous = true, .difficulty = 0}); });
  checks::all([] {
    return std::make_unique<LidarNav>(
        LidarNavOptions{.beams = 7, .solvable = false, .reward = Reward::dense, .difficulty = 0.6});
  });
}

TEST(LidarNav, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<LidarNav, LidarNavOptions>()), 0);
}

}  // namespace
}  // namespace cairn::envs
