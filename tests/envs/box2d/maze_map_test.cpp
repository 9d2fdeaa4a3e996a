#include "envs/box2d/maze_map.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace cairn::envs {
namespace {

TEST(MazeMap, HasThePublishedPlans) {
  EXPECT_EQ(MazeMap::of(Maze::umaze).cells().size(), 7U);
  EXPECT_EQ(MazeMap::of(Maze::medium).cells().size(), 26U);
  EXPECT_EQ(MazeMap::of(Maze::large).cells().size(), 46U);
  EXPECT_EQ(MazeMap::of(Maze::giant).cells().size(), 86U);
  EXPECT_EQ(MazeMap::of(Maze::giant).columns(), 16);
  EXPECT_EQ(MazeMap::of(Maze::giant).rows(), 12);
  EXPECT_EQ(MazeMap::of(Maze::teleport).cells().size(), 43U);
  EXPECT_EQ(MazeMap::of(Maze::umaze).longest(), 6);
  EXPECT_EQ(MazeMap::of(Maze::large).columns(), 12);
  EXPECT_EQ(MazeMap::of(Maze::large).rows(), 9);
}

/// Cells between two through the plan, also over entrances; -1: no way.
int through(const MazeMap& map, int from, int to) {
  std::vector<int> steps(static_cast<std::size_t>(map.columns() * map.rows()), -1), queue{from};
  steps[static_cast<std::size_t>(from)] = 0;
  for (std::size_t head = 0; head < queue.size(); ++head)
    for (const auto& [right, down] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
      const int column = queue[head] % map.columns() + right, row = queue[head] / map.columns() + down;
      const int other = row * map.columns() + column;
      if (!map.open(column, row) || steps[static_cast<std::size_t>(other)] >= 0) continue;
      steps[static_cast<std::size_t>(other)] = steps[static_cast<std::size_t>(queue[head])] + 1;
      queue.push_back(other);
    }
  return steps[static_cast<std::size_t>(to)];
}

TEST(MazeMap, HasThePublishedTasks) {
  const struct {
    Maze maze;
    std::array<int, 5> cells;
  } published[] = {{Maze::medium, {10, 10, 6, 10, 8}},
                   {Maze::large, {15, 19, 12, 14, 15}},
                   {Maze::giant, {30, 26, 30, 26, 17}},
                   {Maze::teleport, {19, 15, 10, 21, 15}}};
  for (const auto& [maze, cells] : published) {
    const MazeMap& map = MazeMap::of(maze);
    ASSERT_EQ(map.tasks().size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
      const auto [start, goal] = map.tasks()[i];
      EXPECT_EQ(through(map, start, goal), cells[i]) << to_string(maze) << i + 1;
      if (maze != Maze::teleport) {
        EXPECT_EQ(map.steps(start, goal), cells[i]) << to_string(maze) << i + 1;
      }
    }
  }
  EXPECT_TRUE(MazeMap::of(Maze::umaze).tasks().empty());
}

// Four of the five shortest ways lead over an entrance, where nobody comes through: ways go round.
TEST(MazeMap, WaysGoRoundTheEntrancesOfTeleporters) {
  const MazeMap& map = MazeMap::of(Maze::teleport);
  ASSERT_EQ(map.entrances().size(), 2U);
  ASSERT_EQ(map.exits().size(), 3U);
  const std::array<int, 5> round{23, 15, 14, 25, 27};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(map.steps(map.tasks()[i].start, map.tasks()[i].goal), round[i]);
  int sealed = 0;
  for (const int from : map.cells())
    for (const int to : map.cells()) {
      const int steps = map.steps(from, to);
      ASSERT_EQ(steps, map.steps(to, from));
      sealed += steps < 0;
      int way = 0;
      for (int cell = from; steps > 0 && cell != to; cell = map.next(cell, to), ++way)
        for (const int entrance : map.entrances()) ASSERT_NE(cell, entrance);
      ASSERT_EQ(way, std::max(steps, 0));
    }
  EXPECT_EQ(sealed, 2 * 42) << "one exit is closed all round";
  EXPECT_EQ(map.distance(map.centre(map.exits()[0]), {0, 0}), static_cast<float>(map.longest()));
}

TEST(MazeMap, CellsAndPointsAgree) {
  for (const Maze maze : {Maze::umaze, Maze::medium, Maze::large, Maze::giant, Maze::teleport}) {
    const MazeMap& map = MazeMap::of(maze);
    for (const int cell : map.cells()) {
      const Point centre = map.centre(cell);
      EXPECT_EQ(map.cell_at(centre), cell);
      EXPECT_EQ(map.cell_at({centre.x + 0.49F, centre.y - 0.49F}), cell);
    }
  }
  const MazeMap& u = MazeMap::of(Maze::umaze);
  EXPECT_EQ(u.centre(6).x, -1);  // row 1, column 1: top left of the U
  EXPECT_EQ(u.centre(6).y, 1);
  EXPECT_EQ(u.cell_at({-100, 100}), 0);
  EXPECT_EQ(u.cell_at({100, -100}), 24);
}

TEST(MazeMap, WaysRoundTheU) {
  const MazeMap& u = MazeMap::of(Maze::umaze);
  const Point start{-1, 1}, goal{-1, -1};  // 2 m as the crow flies, 6 m on foot
  EXPECT_EQ(u.steps(u.cell_at(start), u.cell_at(goal)), 6);
  EXPECT_FLOAT_EQ(u.distance(start, goal), 6);
  EXPECT_FLOAT_EQ(u.distance({-1.25F, 1}, {-1.25F, -1}), 6.5F);
  EXPECT_FLOAT_EQ(u.distance({0.25F, 1}, {0.75F, 1}), 0.5F);  // neighbours: straight
  const Point stop = u.next_stop(start, goal);
  EXPECT_EQ(stop.x, 0);
  EXPECT_EQ(stop.y, 1);
  EXPECT_EQ(u.steps(u.cell_at(start), 0), -1) << "no way into a wall";
}

// Between any two cells: symmetric, and one less from the stop on the way.
TEST(MazeMap, EveryStopIsOneCellNearer) {
  for (const Maze maze : {Maze::umaze, Maze::medium, Maze::large, Maze::giant}) {
    const MazeMap& map = MazeMap::of(maze);
    for (const int from : map.cells())
      for (const int to : map.cells()) {
        const int steps = map.steps(from, to);
        ASSERT_GE(steps, 0);
        ASSERT_EQ(steps, map.steps(to, from));
        ASSERT_FLOAT_EQ(map.distance(map.centre(from), map.centre(to)), static_cast<float>(steps));
        if (steps >= 2) {
          ASSERT_EQ(map.steps(map.cell_at(map.next_stop(map.centre(from), map.centre(to))), to), steps - 1);
        }
      }
  }
}

TEST(MazeMap, WallsAreTheWholeBoundaryInFewPieces) {
  EXPECT_EQ(MazeMap::of(Maze::umaze).walls().size(), 8U);
  for (const Maze maze : {Maze::umaze, Maze::medium, Maze::large, Maze::giant, Maze::teleport}) {
    const MazeMap& map = MazeMap::of(maze);
    int faces = 0;
    for (int row = 0; row < map.rows(); ++row)
      for (int column = 0; column < map.columns(); ++column)
        for (const auto& [right, down] : {std::pair{1, 0}, std::pair{0, 1}})
          faces += map.open(column, row) != map.open(column + right, row + down);
    float length = 0;
    for (const auto& [from, to] : map.walls()) length += std::hypot(to.x - from.x, to.y - from.y);
    EXPECT_FLOAT_EQ(length, static_cast<float>(faces));
  }
}

TEST(MazeMap, Names) {
  Maze maze = Maze::umaze;
  EXPECT_TRUE(parse("large", maze));
  EXPECT_EQ(to_string(maze), "large");
  EXPECT_FALSE(parse("huge", maze));
  EXPECT_EQ(maze, Maze::large);
}

}  // namespace
}  // namespace cairn::envs
