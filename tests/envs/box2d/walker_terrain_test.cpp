#include "envs/box2d/walker_terrain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "envs/random.h"

namespace cairn::envs {
namespace {

constexpr auto piece = static_cast<float>(WalkerTerrain::spacing);

WalkerTerrain made(bool hardcore, double difficulty, std::uint32_t episode) {
  Random random(1, Stream::environment, 0, episode);
  return WalkerTerrain::make(hardcore, difficulty,
                             [&](double low, double high) { return low + (high - low) * random.uniform_double(); });
}

TEST(WalkerTerrain, BeginsFlatAndStaysNearItsLevel) {
  for (std::uint32_t episode = 0; episode < 50; ++episode) {
    const WalkerTerrain terrain = made(false, 1, episode);
    for (std::size_t i = 0; i <= WalkerTerrain::flat; ++i)
      EXPECT_EQ(terrain.height[i], static_cast<float>(WalkerTerrain::level));
    for (const float height : terrain.height) EXPECT_NEAR(height, WalkerTerrain::level, 1.5);
    EXPECT_TRUE(terrain.boxes().empty());
  }
}

TEST(WalkerTerrain, IsStraightBetweenItsPointsAndLevelBeyondThem) {
  const WalkerTerrain terrain = made(false, 1, 3);
  EXPECT_FLOAT_EQ(terrain.height_at(WalkerTerrain::x(50)), terrain.height[50]);
  EXPECT_NEAR(terrain.height_at(WalkerTerrain::x(50) + 0.25F * piece),
              0.75 * terrain.height[50] + 0.25 * terrain.height[51], 1e-5);
  EXPECT_EQ(terrain.height_at(-5), terrain.height.front());
  EXPECT_EQ(terrain.height_at(500), terrain.height.back());
}

/// Of the boxes of one obstacle on flat ground: how many, their left and right end, lowest and highest point, in pieces
/// from its point.
struct Extent {
  std::size_t boxes;
  float left, right, low, high;
};
Extent extent_of(std::uint8_t code) {
  WalkerTerrain terrain;
  terrain.obstacle[30] = code;
  Extent extent{terrain.boxes().size(), 1e9F, -1e9F, 1e9F, -1e9F};
  for (const auto& box : terrain.boxes())
    for (const Point corner : box) {
      extent.left = std::min(extent.left, (corner.x - WalkerTerrain::x(30)) / piece);
      extent.right = std::max(extent.right, (corner.x - WalkerTerrain::x(30)) / piece);
      extent.low = std::min(extent.low, corner.y / piece);
      extent.high = std::max(extent.high, corner.y / piece);
    }
  return extent;
}

TEST(WalkerTerrain, ObstaclesAreAsBigAsPublished) {
  const std::array<Extent, WalkerTerrain::obstacle_kinds> published{{{1, 0, 1, 0, 1},
                                                                     {1, 0, 2, 0, 2},
                                                                     {2, 0, 4, -4, 0},
                                                                     {2, 0, 5, -4, 0},
                                                                     {3, 0, 12, -1, 2},
                                                                     {4, 0, 16, -1, 3},
                                                                     {3, 0, 12, -3, 0},
                                                                     {4, 0, 16, -4, 0}}};
  for (std::uint8_t code = 1; code <= WalkerTerrain::obstacle_kinds; ++code) {
    const Extent extent = extent_of(code);
    const Extent& expected = published[code - 1U];
    EXPECT_EQ(extent.boxes, expected.boxes) << int{code};
    EXPECT_NEAR(extent.left, expected.left, 1e-3) << int{code};
    EXPECT_NEAR(extent.right, expected.right, 1e-3) << int{code};
    EXPECT_NEAR(extent.low, expected.low, 1e-3) << int{code};
    EXPECT_NEAR(extent.high, expected.high, 1e-3) << int{code};
  }
}

TEST(WalkerTerrain, HasEveryObstacleAndFewerWhereItIsEasier) {
  std::array<int, WalkerTerrain::obstacle_kinds + 1U> hard{}, easy{};
  for (std::uint32_t episode = 0; episode < 60; ++episode) {
    for (const std::uint8_t code : made(true, 1, episode).obstacle) ++hard[code];
    for (const std::uint8_t code : made(true, 0.3, episode).obstacle) ++easy[code];
  }
  int many = 0, few = 0;
  for (std::size_t code = 1; code < hard.size(); ++code) {
    EXPECT_GT(hard[code], 20) << code;
    many += hard[code];
    few += easy[code];
  }
  EXPECT_LT(few, 0.6 * many);
  EXPECT_GT(few, 0.2 * many);
  for (const std::uint8_t code : made(true, 0, 1).obstacle) EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace cairn::envs
