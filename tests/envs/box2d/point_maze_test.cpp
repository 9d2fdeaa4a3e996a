#include "envs/box2d/point_maze.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "../world_checks.h"

namespace cairn::envs {
namespace {

using Observation = std::array<float, 6>;
constexpr std::array mazes{Maze::umaze, Maze::medium, Maze::large, Maze::giant, Maze::teleport};

double distance_to_walls(const MazeMap& map, double x, double y) {
  double least = 1e9;
  for (const auto& [from, to] : map.walls()) {
    const double dx = to.x - from.x, dy = to.y - from.y;
    const double t = std::clamp(((x - from.x) * dx + (y - from.y) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
    least = std::min(least, std::hypot(x - from.x - t * dx, y - from.y - t * dy));
  }
  return least;
}

// Away from walls: v' = (v + F dt/m) / (1 + c dt), at most 5 m/s; x' = x + v' dt before the speed is cut.
TEST(PointMaze, FreeMotionFollowsTheEquations) {
  PointMaze world({.map = Maze::medium, .continuous = true});
  const MazeMap& map = MazeMap::of(Maze::medium);
  Random random(1, Stream::policy);
  Observation o{};
  int compared = 0;
  for (std::uint32_t episode = 0; episode < 20; ++episode) {
    world.reset(Random(1, Stream::environment, 0, episode), o);
    EXPECT_EQ(o[2], 0);
    EXPECT_EQ(o[3], 0);
    std::array<float, 2> force{};
    Step step;
    do {
      if (random.below(10) == 0) force = {random.uniform(-1, 1), random.uniform(-1, 1)};
      const Observation before = o;
      step = world.step(force, o);
      std::array<double, 2> v{}, x{};
      for (std::size_t i = 0; i < 2; ++i) {
        v[i] = (before[2 + i] + 10.0 * force[i] * 0.02) / (1 + 2.0 * 0.02);
        x[i] = before[i] + 0.02 * v[i];
      }
      const double speed = std::hypot(v[0], v[1]);
      if (speed > 5)
        for (double& component : v) component *= 5 / speed;
      if (distance_to_walls(map, before[0], before[1]) < 0.3 || distance_to_walls(map, x[0], x[1]) < 0.3) continue;
      ++compared;
      for (std::size_t i = 0; i < 2; ++i) {
        ASSERT_NEAR(o[i], x[i], 2e-6);
        ASSERT_NEAR(o[2 + i], v[i], 2e-6);
      }
    } while (!step.terminated && !step.truncated);
  }
  EXPECT_GT(compared, 300);
}

TEST(PointMaze, DiscreteActionsAreEightUnitForcesAndNone) {
  PointMaze world;
  for (int action = 0; action < 9; ++action) {
    Observation o{};
    world.reset(Random(2, Stream::environment), o);
    const auto index = static_cast<float>(action);
    world.step({&index, 1}, o);
    const float speed = std::hypot(o[2], o[3]);
    EXPECT_NEAR(speed, action == 0 ? 0 : 10 * 0.02 / 1.04, 1e-6);
    if (action > 0) {  // counter-clockwise from the right, 45 degrees each
      const double angle = std::atan2(o[3], o[2]);
      EXPECT_NEAR(std::remainder(angle - (action - 1) * std::acos(-1.0) / 4, 2 * std::acos(-1.0)), 0, 1e-6);
    }
  }
}

TEST(PointMaze, WallsHoldTheDiscAtFullSpeed) {
  for (const Maze maze : mazes) {
    PointMaze world({.map = maze, .continuous = true});
    const MazeMap& map = MazeMap::of(maze);
    Random random(3, Stream::policy);
    Observation o{};
    int touching = 0;
    for (std::uint32_t episode = 0; episode < 30; ++episode) {
      world.reset(Random(3, Stream::environment, 0, episode), o);
      std::array<float, 2> force{};
      Step step;
      do {
        if (random.below(40) == 0) force = {random.uniform() < 0.5F ? -1.0F : 1.0F, random.uniform(-1, 1)};
        step = world.step(force, o);
        const int cell = map.cell_at({o[0], o[1]});
        ASSERT_TRUE(map.open(cell % map.columns(), cell / map.columns()));
        const double distance = distance_to_walls(map, o[0], o[1]);
        ASSERT_GT(distance, 0.15 - 0.02);
        touching += distance < 0.16;
        ASSERT_LE(std::hypot(o[2], o[3]), 5.00001F);
      } while (!step.terminated && !step.truncated);
    }
    EXPECT_GT(touching, 100);
  }
}

TEST(PointMaze, GoalsAreUniformAndStartsFarEnough) {
  for (const Maze maze : mazes) {
    const MazeMap& map = MazeMap::of(maze);
    PointMaze world({.map = maze});
    std::map<int, int> goals;
    Observation o{};
    constexpr int draws = 4000;
    for (std::uint32_t episode = 0; episode < draws; ++episode) {
      world.reset(Random(4, Stream::environment, 0, episode), o);
      const int start = map.cell_at({o[0], o[1]}), goal = map.cell_at({o[4], o[5]});
      ++goals[goal];
      ASSERT_GE(map.steps(start, goal), 0.85 * map.longest());
      ASSERT_GT(std::hypot(o[0] - o[4], o[1] - o[5]), 0.7F);
      ASSERT_LE(std::abs(o[4] - map.centre(goal).x), 0.25F);
      ASSERT_LE(std::abs(o[5] - map.centre(goal).y), 0.25F);
    }
    const auto has_a_start = [&](int cell) {
      return std::ranges::any_of(map.cells(),
                                 [&](int start) { return map.steps(start, cell) >= 0.85 * map.longest(); });
    };
    ASSERT_EQ(goals.size(), static_cast<std::size_t>(std::ranges::count_if(map.cells(), has_a_start)));
    const double share = 1.0 / static_cast<double>(goals.size());
    const double deviation = std::sqrt(draws * share * (1 - share));
    for (const auto& [cell, count] : goals) EXPECT_NEAR(count, draws * share, 4.5 * deviation) << cell;
  }
}

TEST(PointMaze, DifficultyBoundsTheWay) {
  const MazeMap& map = MazeMap::of(Maze::large);
  for (const double difficulty : {0.0, 0.25, 0.5}) {
    PointMaze world({.map = Maze::large, .difficulty = difficulty});
    const int farthest = std::max(1, static_cast<int>(std::lround(difficulty * map.longest())));
    Observation o{};
    int seen = 0;
    for (std::uint32_t episode = 0; episode < 500; ++episode) {
      world.reset(Random(5, Stream::environment, 0, episode), o);
      seen = std::max(seen, map.steps(map.cell_at({o[0], o[1]}), map.cell_at({o[4], o[5]})));
      ASSERT_GT(std::hypot(o[0] - o[4], o[1] - o[5]), 0.45F) << "standing still never succeeds";
    }
    EXPECT_EQ(seen, farthest);
  }
}

// A start's difficulty draws the goals that a world of this difficulty draws, also in turns with others.
TEST(PointMaze, AStartsDifficultyIsThatOfAWorldWithThisDifficulty) {
  PointMaze world({.map = Maze::large});
  Observation a{}, b{};
  for (std::uint32_t episode = 0; episode < 60; ++episode) {
    const double difficulty = 0.05 * (7 * episode % 21);
    PointMaze easy({.map = Maze::large, .difficulty = difficulty});
    easy.reset(Random(5, Stream::environment, 0, episode), a);
    world.reset({.random = Random(5, Stream::environment, 0, episode), .difficulty = difficulty}, b);
    ASSERT_EQ(a, b) << difficulty;
  }
}

// A disc between walls has no memory but its place and velocity: away from them the state is all there is.
TEST(PointMaze, GoesOnFromAStateAsItWouldHave) {
  PointMaze visitor({.map = Maze::large}), world({.map = Maze::large});
  Observation o{}, seen{};
  float action = 0;
  visitor.reset(Random(5, Stream::environment), o);
  for (int i = 0; i < 100; ++i) {
    visitor.pilot(o, {&action, 1});
    visitor.step({&action, 1}, o);
  }
  world.reset({.random = {}, .state = visitor.state()}, seen);
  EXPECT_EQ(seen, o);
  for (int i = 0; i < 100; ++i) {
    visitor.pilot(o, {&action, 1});
    const Step step = visitor.step({&action, 1}, o);
    EXPECT_EQ(world.step({&action, 1}, seen).reward, step.reward);
    for (std::size_t k = 0; k < 6; ++k) ASSERT_NEAR(seen[k], o[k], 1e-3) << i;
  }
}

TEST(PointMaze, RefusesStatesInWallsAndAtTheGoal) {
  PointMaze world;
  Observation o{};
  EXPECT_NO_THROW(world.reset(Start{.state = {-1, 1, 0, 0, 1, -1}}, o));
  for (const std::vector<float>& bad :
       {std::vector<float>{-1, 0, 0, 0, 1, -1}, {-1, 1, 0, 0, -2, 2}, {1, 1, 0, 0, 1, 1}})
    EXPECT_THROW(world.reset(Start{.state = bad}, o), std::invalid_argument);
}

TEST(PointMaze, StandingStillNeverSucceeds) {
  PointMaze world;
  Observation o{};
  for (std::uint32_t episode = 0; episode < 50; ++episode) {
    world.reset(Random(6, Stream::environment, 0, episode), o);
    const float none = 0;
    Step step;
    do {
      step = world.step({&none, 1}, o);
      ASSERT_EQ(step.reward, 0);
      ASSERT_FALSE(step.success);
    } while (!step.truncated);
    EXPECT_EQ(world.elapsed(), 150);
  }
}

// The reward of a step is that of the goals in the next observation, whichever reward; and it is a pure function.
TEST(PointMaze, RewardIsAFunctionOfTheGoals) {
  for (const Reward reward : {Reward::sparse, Reward::dense}) {
    PointMaze world({.map = Maze::medium, .reward = reward}), other({.map = Maze::medium, .reward = reward});
    const GoalLayout goal = world.spec().goal;
    ASSERT_TRUE(goal);
    EXPECT_TRUE(goal.terminates);
    Observation o{};
    std::vector<Observation> seen;
    std::vector<Step> steps;
    for (std::uint32_t episode = 0; episode < 3; ++episode) {
      world.reset(Random(7, Stream::environment, 0, episode), o);
      do {
        float action = 0;
        world.pilot(o, {&action, 1});
        steps.push_back(world.step({&action, 1}, o));
        seen.push_back(o);
      } while (!steps.back().terminated && !steps.back().truncated);
      EXPECT_TRUE(steps.back().success);
    }
    const auto count = static_cast<Eigen::Index>(seen.size());
    Eigen::MatrixXf achieved(2, count), desired(2, count);
    for (Eigen::Index i = 0; i < count; ++i)
      for (int k = 0; k < 2; ++k) {
        achieved(k, i) = seen[static_cast<std::size_t>(i)][static_cast<std::size_t>(goal.achieved + k)];
        desired(k, i) = seen[static_cast<std::size_t>(i)][static_cast<std::size_t>(goal.desired + k)];
      }
    Eigen::VectorXf rewards(count);
    other.compute_reward(achieved, desired, rewards);  // a world that never was reset
    for (Eigen::Index i = 0; i < count; ++i) {
      const Step& step = steps[static_cast<std::size_t>(i)];
      ASSERT_EQ(rewards[i], step.reward);
      ASSERT_EQ(step.terminated, step.success);
      if (reward == Reward::dense) {
        ASSERT_LE(step.reward, 0);
        ASSERT_GE(step.reward, -1.2F);
        ASSERT_EQ(step.reward == 0, step.success);
      }
    }
  }
}

TEST(PointMaze, ReachedWithin45Centimetres) {
  const PointMaze world;
  const std::array<float, 2> goal{1, 1}, inside{1.449F, 1}, outside{1.451F, 1}, askew{1.32F, 1.32F};
  EXPECT_TRUE(world.reached(goal, goal));
  EXPECT_TRUE(world.reached(inside, goal));
  EXPECT_FALSE(world.reached(outside, goal));
  EXPECT_FALSE(world.reached(askew, goal));
}

TEST(PointMaze, DenseRewardIsTheWayLeftNotTheCrowsFlight) {
  const PointMaze world({.reward = Reward::dense});
  Eigen::MatrixXf achieved(2, 2), desired(2, 2);
  achieved << -1, 1, 1, 1;
  desired << -1, -1, -1, -1;
  Eigen::VectorXf rewards(2);
  world.compute_reward(achieved, desired, rewards);
  EXPECT_FLOAT_EQ(rewards[0], -1);         // (-1, 1) to (-1, -1): the longest way
  EXPECT_FLOAT_EQ(rewards[1], -4.0F / 6);  // from the far corner (1, 1): 4 m, though farther as the crow flies
}

TEST(PointMaze, ThePilotArrivesAndChanceSeldomDoes) {
  for (const Maze maze : mazes)
    for (const bool continuous : {false, true}) {
      PointMaze world({.map = maze, .continuous = continuous});
      EXPECT_GE(checks::score(world, 100, true).success, 0.95) << to_string(maze);
      EXPECT_LE(checks::score(world, 100, false).success, 0.1) << to_string(maze);
    }
}

TEST(PointMaze, KeepsEveryWorldsPromises) {
  for (const Maze maze : mazes)
    for (const bool continuous : {false, true})
      checks::all([=] { return std::make_unique<PointMaze>(PointMazeOptions{.map = maze, .continuous = continuous}); });
  checks::all([] { return std::make_unique<PointMaze>(PointMazeOptions{.map = Maze::giant, .task = 4}); });
}

TEST(PointMaze, ATaskHasOneWayWithStartAndGoalShifted) {
  for (const Maze maze : {Maze::medium, Maze::large, Maze::giant, Maze::teleport})
    for (int task = 1; task <= 5; ++task) {
      const MazeMap& map = MazeMap::of(maze);
      const auto [start, goal] = map.tasks()[static_cast<std::size_t>(task - 1)];
      PointMaze world({.map = maze, .task = task});
      Observation o{};
      float leftmost = 1, rightmost = -1;
      for (std::uint32_t episode = 0; episode < 100; ++episode) {
        world.reset(Random(8, Stream::environment, 0, episode), o);
        ASSERT_EQ(map.cell_at({o[0], o[1]}), start);
        ASSERT_EQ(map.cell_at({o[4], o[5]}), goal);
        for (const auto& [i, cell] : {std::pair{0U, start}, {4U, goal}}) {
          ASSERT_LE(std::abs(o[i] - map.centre(cell).x), 0.25F);
          ASSERT_LE(std::abs(o[i + 1] - map.centre(cell).y), 0.25F);
        }
        leftmost = std::min(leftmost, o[4] - map.centre(goal).x);
        rightmost = std::max(rightmost, o[4] - map.centre(goal).x);
      }
      EXPECT_LT(leftmost, -0.2F);
      EXPECT_GT(rightmost, 0.2F);
      EXPECT_GE(checks::score(world, 20, true).success, 0.95) << to_string(maze) << task;
    }
}

TEST(PointMaze, AnEasierTaskBeginsFartherAlongItsWay) {
  const MazeMap& map = MazeMap::of(Maze::large);
  const auto [start, goal] = map.tasks()[1];
  PointMaze world({.map = Maze::large, .task = 2});
  Observation o{};
  for (const auto& [difficulty, cells] : {std::pair{1.0, 19}, {0.5, 10}, {0.0, 1}}) {
    world.reset({.random = Random(8, Stream::environment), .difficulty = difficulty}, o);
    const int cell = map.cell_at({o[0], o[1]});
    EXPECT_EQ(map.steps(cell, goal), cells);
    EXPECT_EQ(map.steps(start, cell), 19 - cells);
  }
}

TEST(PointMaze, TheSmallMazeHasNoTasks) {
  EXPECT_THROW(PointMaze({.task = 1}), std::invalid_argument);
  EXPECT_NO_THROW(PointMaze({.map = Maze::medium, .task = 5}));
}

// Within 0.375 m of an entrance a disc comes out at rest at one of three exits, each as likely.
TEST(PointMaze, TeleportersTakeHoldAndLetOutAtRandom) {
  const MazeMap& map = MazeMap::of(Maze::teleport);
  PointMaze world({.map = Maze::teleport});
  Observation o{};
  const float none = 0;
  std::map<int, int> seen;
  constexpr int draws = 3000;
  for (int i = 0; i < draws; ++i) {
    const Point at = map.centre(map.entrances()[static_cast<std::size_t>(i % 2)]);
    world.reset(
        {.random = Random(9, Stream::environment, 0, static_cast<std::uint32_t>(i)),
         .state = {at.x, at.y + 0.37F, 0, 0, map.centre(map.tasks()[0].goal).x, map.centre(map.tasks()[0].goal).y}},
        o);
    world.step({&none, 1}, o);
    ++seen[map.cell_at({o[0], o[1]})];
    ASSERT_EQ(o[2], 0);
    ASSERT_EQ(o[3], 0);
    world.reset({.random = {}, .state = {at.x, at.y + 0.38F, 0, 0, 0.5F, -1}}, o);
    world.step({&none, 1}, o);
    ASSERT_NEAR(o[1], at.y + 0.38F, 1e-6F);
  }
  ASSERT_EQ(seen.size(), 3U);
  for (const int out : map.exits()) EXPECT_NEAR(seen[out], draws / 3, 4.5 * std::sqrt(draws * 2 / 9.0));
}

TEST(PointMaze, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<PointMaze, PointMazeOptions>()), 0);
}

}  // namespace
}  // namespace cairn::envs
