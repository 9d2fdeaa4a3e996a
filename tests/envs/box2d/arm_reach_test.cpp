#include "envs/box2d/arm_reach.h"

#include <gtest/gtest.h>

#include "goal_world_checks.h"

namespace cairn::envs {
namespace {

/// Both links along the x axis, at rest.
const std::vector<float> straight{0, 0, 0, 0, -1, 0};

double joint(const std::vector<float>& o, std::size_t i) {
  return std::atan2(static_cast<double>(o[2 * i + 1]), static_cast<double>(o[2 * i]));
}

TEST(ArmReach, TheTipIsWhereTheAnglesPutIt) {
  for (const int links : {2, 3, 4}) {
    ArmReach world({.links = links});
    const auto n = static_cast<std::size_t>(links);
    Random random(1, Stream::policy);
    std::vector<float> o = checks::shown(world);
    for (std::uint32_t episode = 0; episode < 10; ++episode) {
      world.reset(Random(1, Stream::environment, 0, episode), o);
      for (int step = 0; step < 50; ++step) {
        double x = 0, y = 0, angle = 0;
        for (std::size_t i = 0; i < n; ++i) {
          angle += joint(o, i);
          x += 2.0 / links * std::cos(angle);
          y += 2.0 / links * std::sin(angle);
        }
        ASSERT_NEAR(o[3 * n], x, 1e-5);
        ASSERT_NEAR(o[3 * n + 1], y, 1e-5);
        if (world.step(checks::random_action(world, random), o).terminated) break;
      }
    }
  }
}

// A straight arm turns about the shoulder with the inertia m l²/3 of a rod, by 200 N m: 75 rad/s², up to 2.5 rad/s.
TEST(ArmReach, TheShoulderTurnsByItsTorqueAndAtItsSpeed) {
  ArmReach world({.continuous = true});
  std::vector<float> o = checks::shown(world);
  world.reset({.random = {}, .state = straight}, o);
  const std::vector<float> shoulder{1, 0};
  world.step(shoulder, o);
  const double alpha = 200 / (2.0 * 2 * 2 / 3);
  const double first = 0.01 * 0.01 * alpha * (1 + 2 + 3) + 0.01 * 2.5;  // three substeps of four
  EXPECT_NEAR(joint(o, 0), first, 0.1 * first) << "the elbow gives way a little";
  for (int i = 0; i < 10; ++i) {
    world.step(shoulder, o);
    EXPECT_NEAR(joint(o, 1), 0, 0.05) << "the elbow holds";
  }
  EXPECT_NEAR(joint(o, 0), first + 10 * 0.04 * 2.5, 0.03);
  EXPECT_NEAR(o[4], 2.5, 0.1);
  const std::vector<float> half{0.5F, 0};
  for (int i = 0; i < 5; ++i) world.step(half, o);
  EXPECT_NEAR(o[4], 1.25, 0.1);
}

TEST(ArmReach, TheElbowStopsAtItsEnd) {
  for (const float turn : {-1.0F, 1.0F}) {
    ArmReach world({.continuous = true});
    std::vector<float> o = checks::shown(world);
    world.reset({.random = {}, .state = straight}, o);
    for (int i = 0; i < 45; ++i) world.step(std::vector<float>{0, turn}, o);
    EXPECT_NEAR(joint(o, 1), 2.6 * turn, 0.05);
    EXPECT_NEAR(o[5], 0, 0.05);
  }
}

TEST(ArmReach, EachActionTurnsTheJointsThatItNames) {
  for (const int links : {2, 3, 4}) {
    ArmReach world({.links = links}), same({.links = links, .continuous = true});
    const auto n = static_cast<std::size_t>(links);
    std::vector<float> o = checks::shown(world), p = o;
    ASSERT_EQ(world.spec().actions(), links == 2 ? 9 : links == 3 ? 27 : 81);
    for (int action = 0; action < world.spec().actions(); ++action) {
      const std::string& name = world.spec().action_names[static_cast<std::size_t>(action)];
      const auto says = [&](const char* words) { return name.find(words) != std::string::npos; };
      const std::vector<std::array<const char*, 2>> words{{"shoulder left", "shoulder right"},
                                                          {"elbow up", "elbow down"},
                                                          {"wrist forth", "wrist back"},
                                                          {"hand forth", "hand back"}};
      std::vector<float> turns;
      for (std::size_t i = 0; i < n; ++i) turns.push_back(says(words[i][0]) ? 1 : says(words[i][1]) ? -1 : 0);
      EXPECT_EQ(name == "none", std::ranges::count(turns, 0) == links) << name;
      std::vector<float> state(2 * n + 2, 0);
      state[2 * n] = -1;
      world.reset({.random = {}, .state = state}, o);
      same.reset({.random = {}, .state = state}, p);
      for (int i = 0; i < 3; ++i) {
        world.step(std::vector<float>{static_cast<float>(action)}, o);
        same.step(turns, p);
      }
      EXPECT_EQ(o, p) << name;
      if (links > 2) continue;
      for (std::size_t i = 0; i < n; ++i)
        if (turns[i] != 0) {
          EXPECT_GT(turns[i] * joint(o, i), 0.1) << name;
        }
    }
  }
}

TEST(ArmReach, GoalsLieInTheRingAwayFromTheTip) {
  for (const int links : {2, 3, 4}) {
    ArmReach world({.links = links});
    std::vector<float> o = checks::shown(world);
    double nearest = 9, farthest = 0, beyond = 0;
    constexpr int episodes = 4000;
    for (std::uint32_t episode = 0; episode < episodes; ++episode) {
      world.reset(Random(2, Stream::environment, 0, episode), o);
      const double out = std::hypot(checks::at(world, o, "goal x"), checks::at(world, o, "goal y"));
      nearest = std::min(nearest, out);
      farthest = std::max(farthest, out);
      beyond += checks::at(world, o, "goal x") > 0;
      ASSERT_GE(checks::distance_to_goal(world, o), 0.25F * static_cast<float>(links));
    }
    EXPECT_NEAR(nearest, links == 2 ? 2 * std::cos(1.3) : 0.4, 0.03) << "no goal is nearer than a folded arm reaches";
    EXPECT_GE(nearest, links == 2 ? 2 * std::cos(1.3) : 0.4);
    EXPECT_NEAR(farthest, 1.9, 0.01);
    EXPECT_NEAR(beyond / episodes, 0.5, 0.03);
  }
}

TEST(ArmReach, LowerDifficultyBringsGoalsNearer) {
  for (const int links : {2, 3, 4}) {
    ArmReach world({.links = links});
    std::vector<float> o = checks::shown(world);
    for (std::uint32_t episode = 0; episode < 500; ++episode) {
      world.reset({.random = Random(3, Stream::environment, 0, episode), .difficulty = 0}, o);
      const double out = std::hypot(checks::at(world, o, "tip x"), checks::at(world, o, "tip y"));
      ASSERT_LE(checks::distance_to_goal(world, o), std::max(0.3, 0.61 - out));
      ASSERT_GE(checks::distance_to_goal(world, o), 0.099F);
    }
  }
}

TEST(ArmReach, RewardIsAFunctionOfTheGoals) {
  checks::reward_is_a_function_of_the_goals<ArmReach, ArmReachOptions>(0.05F, 3.8F);
}
TEST(ArmReach, NothingIsGiven) {
  checks::nothing_is_given<ArmReach, ArmReachOptions>(0.05F);
}
TEST(ArmReach, ChanceSeldomSucceeds) {
  checks::chance_seldom_succeeds<ArmReach, ArmReachOptions>();
}
TEST(ArmReach, DifficultyIsThatOfTheStart) {
  checks::difficulty_is_that_of_the_start<ArmReach, ArmReachOptions>();
}
TEST(ArmReach, GoesOnFromAStateAsItWouldHave) {
  checks::goes_on_from_a_state<ArmReach, ArmReachOptions>(12, 10, 0.2F);
}

TEST(ArmReach, ThePilotReachesTheGoal) {
  for (const int links : {2, 3, 4})
    for (const bool continuous : {false, true}) {
      ArmReach world({.links = links, .continuous = continuous});
      const double success = checks::score(world, 200, true).success;
      std::printf("%d links, %s: %.1f %%\n", links, continuous ? "continuous" : "discrete", 100 * success);
      EXPECT_GE(success, links == 4 ? 0.88 : 0.95);
    }
}

TEST(ArmReach, RefusesStatesThatMakeNoSense) {
  ArmReach world;
  std::vector<float> o = checks::shown(world);
  EXPECT_NO_THROW(world.reset(Start{.state = {0, 1, 2.6F, 1, 1, 0}}, o));
  for (const std::vector<float>& bad : {std::vector<float>{0, 0, 2.9F, 0, 1, 0},  // the elbow bends no farther
                                        {0, 0, 0, 0, 2, 0.03F}})                  // at the goal
    EXPECT_THROW(world.reset(Start{.state = bad}, o), std::invalid_argument);
}

TEST(ArmReach, KeepsEveryWorldsPromises) {
  for (const int links : {2, 3, 4})
    for (const bool continuous : {false, true})
      checks::all(
          [=] { return std::make_unique<ArmReach>(ArmReachOptions{.links = links, .continuous = continuous}); });
}

TEST(ArmReach, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<ArmReach, ArmReachOptions>()), 0);
}

}  // namespace
}  // namespace cairn::envs
