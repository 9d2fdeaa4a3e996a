#include "optim/problems/canyon.h"

#include "tests/optim/problems/checks.h"

namespace cairn::optim::problems {
namespace {

TEST(Canyon, HasItsGradientOptimumAndRange) {
  for (const Problem& problem : {canyon(), canyon({.a1 = 1, .b = 3}), canyon({.a2 = 2, .b = 0})}) {
    expect_right_gradients(problem);
    expect_right_optimum(problem);
    expect_right_range(problem);
  }
}

TEST(Canyon, SplitsWhereTheRippleOutweighsTheWalls) {
  EXPECT_EQ(canyon().optimum[0], 0);
  EXPECT_DOUBLE_EQ(canyon().lowest(), 0.5);
  EXPECT_GT(canyon({.a1 = 1, .b = 3}).optimum[0], 0.5);
}

}  // namespace
}  // namespace cairn::optim::problems
