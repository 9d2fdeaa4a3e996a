#include "envs/box2d/lidar_level.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace cairn::envs {
namespace {

int blocks(const LidarLevel& level) {
  int count = 0;
  for (int cell = 0; cell < LidarLevel::size * LidarLevel::size; ++cell)
    count += LidarLevel::is_inner(cell) && level.blocked(cell) ? 1 : 0;
  return count;
}

TEST(LidarLevel, IsDrawnAsFullAsTheDifficultyAllows) {
  for (const double difficulty : {0.0, 0.5, 1.0}) {
    int most = 0, nearest = 100, farthest = 0;
    std::set<int> counts;
    for (std::uint32_t episode = 0; episode < 2000; ++episode) {
      Random random(1, Stream::environment, 0, episode);
      const auto [level, start] = LidarLevel::drawn(random, difficulty, true);
      ASSERT_FALSE(level.blocked(start));
      ASSERT_FALSE(level.blocked(LidarLevel::cell_at(level.goal())));
      counts.insert(blocks(level));
      most = std::max(most, blocks(level));
      nearest = std::min(nearest, level.steps(start));
      farthest = std::max(farthest, level.steps(start));
      for (int i = 0; i < LidarLevel::size; ++i)  // walled in
        for (const int cell : {i, i * LidarLevel::size, i * LidarLevel::size + LidarLevel::size - 1,
                               LidarLevel::size * LidarLevel::size - 1 - i})
          ASSERT_TRUE(level.blocked(cell));
    }
    EXPECT_LE(most, std::lround(47 * difficulty));
    EXPECT_GE(most, std::lround(47 * difficulty) - 4);
    EXPECT_GE(counts.size(), static_cast<std::size_t>(std::lround(40 * difficulty)));
    EXPECT_EQ(nearest, std::lround(1 + 4 * difficulty));
    EXPECT_LE(farthest, std::lround(2 + 38 * difficulty));
  }
}

TEST(LidarLevel, SomeHaveNoWayUnlessAskedFor) {
  int closed = 0;
  for (std::uint32_t episode = 0; episode < 300; ++episode) {
    Random random(2, Stream::environment, 0, episode);
    const auto [level, start] = LidarLevel::drawn(random, 1, false);
    closed += level.steps(start) < 0 ? 1 : 0;
  }
  EXPECT_GT(closed, 30);
  EXPECT_LT(closed, 270);
}

// Whoever goes from neighbour to neighbour arrives in as many steps as were told.
TEST(LidarLevel, TheNextCellLeadsToTheGoal) {
  for (std::uint32_t episode = 0; episode < 100; ++episode) {
    Random random(3, Stream::environment, 0, episode);
    const auto [level, start] = LidarLevel::drawn(random, 1, true);
    int cell = start, steps = 0;
    while (level.next(cell) != cell) {
      const int next = level.next(cell), offset = std::abs(next - cell);
      ASSERT_TRUE(offset == 1 || offset == LidarLevel::size);
      ASSERT_FALSE(level.blocked(next));
      cell = next;
      ++steps;
    }
    EXPECT_EQ(cell, LidarLevel::cell_at(level.goal()));
    EXPECT_EQ(steps, level.steps(start));
  }
}

TEST(LidarLevel, ComesBackFromItsRows) {
  for (std::uint32_t episode = 0; episode < 50; ++episode) {
    Random random(4, Stream::environment, 0, episode);
    const auto [level, start] = LidarLevel::drawn(random, 1, true);
    const LidarLevel again = LidarLevel::of(level.rows(), level.goal());
    for (int cell = 0; cell < LidarLevel::size * LidarLevel::size; ++cell) {
      ASSERT_EQ(again.blocked(cell), level.blocked(cell));
      ASSERT_EQ(again.steps(cell), level.steps(cell));
    }
  }
}

// The oracle marches along the beam in small steps until it is in a blocked cell.
TEST(LidarLevel, SeesAsFarAsMarchingDoes) {
  constexpr float stride = 1e-3F, farthest = 6;
  int walls = 0;
  for (std::uint32_t episode = 0; episode < 40; ++episode) {
    Random random(5, Stream::environment, 0, episode);
    const auto [level, start] = LidarLevel::drawn(random, 1, true);
    const Point centre = LidarLevel::centre(start);
    for (int i = 0; i < 12; ++i) {
      const float x = centre.x + random.uniform(-0.4F, 0.4F), y = centre.y + random.uniform(-0.4F, 0.4F);
      const float angle = i < 4 ? 1.5707963F * static_cast<float>(i) : random.uniform(-3.1F, 3.1F);
      const Point direction{std::cos(angle), std::sin(angle)};
      float marched = 0;
      while (marched < farthest &&
             !level.blocked(LidarLevel::cell_at({x + marched * direction.x, y + marched * direction.y})))
        marched += stride;
      const float seen = level.sight({x, y}, direction, farthest);
      // A beam may cut off less of a corner than a stride is long.
      const Point inside{x + (seen + 1e-4F) * direction.x, y + (seen + 1e-4F) * direction.y};
      if (seen < farthest) {
        ++walls;
        EXPECT_TRUE(level.blocked(LidarLevel::cell_at(inside)));
      }
      EXPECT_LE(seen, marched + 1e-4F);
      EXPECT_TRUE(std::abs(seen - marched) <= 2 * stride || marched > seen) << seen << ' ' << marched;
    }
  }
  EXPECT_GT(walls, 200);
}

}  // namespace
}  // namespace cairn::envs
