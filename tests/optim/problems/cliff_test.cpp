#include "optim/problems/cliff.h"

#include "tests/optim/problems/checks.h"

namespace cairn::optim::problems {
namespace {

TEST(Cliff, HasItsGradientOptimumAndRange) {
  for (const Problem& problem : {cliff(), cliff({.gentle = 1, .steep = 10, .width = 0.1})}) {
    expect_right_gradients(problem);
    expect_right_optimum(problem);
    expect_right_range(problem);
  }
}

TEST(Cliff, IsGentleOnThePlainAndSteepInTheWall) {
  std::vector<double> gradient(2);
  cliff().objective(std::vector<double>{-2, 0}, gradient);
  EXPECT_NEAR(gradient[0], -0.1, 1e-9);
  cliff().objective(std::vector<double>{1, 0}, gradient);
  EXPECT_NEAR(gradient[0], 100, 1e-9);
  EXPECT_TRUE(std::isfinite(cliff().value(std::vector<double>{1e3, 0})));
}

}  // namespace
}  // namespace cairn::optim::problems
