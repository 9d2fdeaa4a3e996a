#include "envs/box2d/maze_map.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cairn::envs {
namespace {

TEST(MazeMap, HasThePublishedPlans) {
  EXPECT_EQ(MazeMap::of(Maze::umaze).cells().size(), 7U);
  EXPECT_EQ(MazeMap::of(Maze::medium).cells().size(), 26U);
  EXPECT_EQ(MazeMap::of(Maze::large).cells().size(), 46U);
  EXPECT_EQ(MazeMap::of(Maze::umaze).longest(), 6);
  EXPECT_EQ(MazeMap::of(Maze::large).columns(), 12);
  EXPECT_EQ(MazeMap::of(Maze::large).rows(), 9);
}

TEST(MazeMap, CellsAndPointsAgree) {
  for (const Maze maze : {Maze::umaze, Maze::medium, Maze::large}) {
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
  for (const Maze maze : {Maze::umaze, Maze::medium, Maze::large}) {
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
  for (const Maze maze : {Maze::umaze, Maze::medium, Maze::large}) {
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
