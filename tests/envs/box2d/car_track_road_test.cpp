#include "envs/box2d/car_track_road.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "envs/random.h"

namespace cairn::envs {
namespace {

/// Roads of uniform draws, and how many attempts failed.
struct Roads {
  std::vector<Road> roads;
  int failed = 0;
};
Roads some(int attempts) {
  Roads made;
  Random random(1, Stream::environment);
  for (int i = 0; i < attempts; ++i) {
    std::array<double, Road::draws> draws{};
    for (std::size_t c = 0; c < draws.size(); c += 2) {
      draws[c] = Road::widest_noise * random.uniform_double();
      draws[c + 1] = Road::nearest + (Road::farthest - Road::nearest) * random.uniform_double();
    }
    if (std::optional<Road> road = Road::make(draws))
      made.roads.push_back(std::move(*road));
    else
      ++made.failed;
  }
  return made;
}

// 400 seeds in Gymnasium: 293 +- 23 tiles, 224 to 366; 6 % of the attempts failed.
TEST(Road, HasAsManyTilesAndFailsAsOftenAsInGymnasium) {
  const auto [roads, failed] = some(400);
  double sum = 0, squares = 0;
  for (const Road& road : roads) {
    const auto tiles = static_cast<double>(road.tiles());
    EXPECT_GT(tiles, 200);
    EXPECT_LT(tiles, 400);
    sum += tiles;
    squares += tiles * tiles;
  }
  const auto n = static_cast<double>(roads.size());
  const double mean = sum / n, deviation = std::sqrt(squares / n - mean * mean);
  EXPECT_NEAR(mean, 293, 3 * 23 * std::sqrt(2 / n));
  EXPECT_NEAR(deviation, 23, 4);
  EXPECT_NEAR(failed / 400.0, 0.06, 3 * std::sqrt(0.06 * 0.94 * 2 / 400));
}

TEST(Road, IsClosedAndAsWideAsItSays) {
  for (const Road& road : some(40).roads)
    for (std::size_t i = 0; i < road.tiles(); ++i) {
      const Road::Place &here = road.places[i], &before = road.places[road.after(i, -1)];
      const double step = std::hypot(here.x - before.x, here.y - before.y);
      if (i > 0) {
        EXPECT_NEAR(step, Road::spacing, 1e-9);
      } else {
        EXPECT_LT(step, 6 * Road::spacing) << "the seam";
      }
      const auto tile = road.tile(i), last = road.tile(road.after(i, -1));
      EXPECT_NEAR(std::hypot(tile[1].x - tile[0].x, tile[1].y - tile[0].y), 2 * Road::half_width, 1e-4);
      EXPECT_EQ(tile[3].x, last[0].x);
      EXPECT_EQ(tile[2].y, last[1].y);
    }
}

TEST(Road, CountsRound) {
  const Road road = some(1).roads.at(0);
  const std::size_t n = road.tiles();
  EXPECT_EQ(road.after(0, -1), n - 1);
  EXPECT_EQ(road.after(n - 1, 1), 0U);
  EXPECT_EQ(road.after(5, -static_cast<std::ptrdiff_t>(n) - 2), 3U);
}

TEST(Road, HasKerbsInsideSharpTurns) {
  int left = 0, right = 0;
  for (const Road& road : some(20).roads) {
    const std::vector<int> kerbs = road.kerbs();
    for (std::size_t i = 0; i < road.tiles(); ++i) {
      const double turn = road.places[i].heading - road.places[road.after(i, -1)].heading;
      if (kerbs[i] == 0) continue;
      EXPECT_LT(turn * kerbs[i], -0.062) << "a turn to the right has its kerb on the right";
      (kerbs[i] < 0 ? left : right) += 1;
      const auto kerb = road.kerb(i, kerbs[i]), tile = road.tile(i);
      EXPECT_EQ(kerb[0].x, tile[kerbs[i] < 0 ? 0 : 1].x);
    }
  }
  EXPECT_GT(left, 100);
  EXPECT_GT(right, 20);
}

}  // namespace
}  // namespace cairn::envs
