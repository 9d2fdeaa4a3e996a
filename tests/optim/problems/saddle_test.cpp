#include "optim/problems/saddle.h"

#include "tests/optim/problems/checks.h"

namespace cairn::optim::problems {
namespace {

TEST(Saddle, HasItsGradientOptimumAndRange) {
  for (const Problem& problem : {saddle(), saddle({.depth = 2, .off_ridge = 0.1})}) {
    expect_right_gradients(problem);
    expect_right_optimum(problem);
    expect_right_range(problem);
  }
}

TEST(Saddle, IsLevelAtTheSaddleAndSymmetric) {
  std::vector<double> gradient(2);
  EXPECT_EQ(saddle().objective(std::vector<double>{0, 0}, gradient), 0);
  EXPECT_EQ(gradient, (std::vector<double>{0, 0}));
  EXPECT_DOUBLE_EQ(saddle().lowest(), -0.25);
  EXPECT_EQ(saddle().value(std::vector<double>{0, -1}), saddle().lowest());
}

}  // namespace
}  // namespace cairn::optim::problems
