#include "optim/problems/rosenbrock.h"

#include "tests/optim/problems/checks.h"

namespace cairn::optim::problems {
namespace {

TEST(Rosenbrock, HasItsGradientOptimumAndRange) {
  for (const Problem& problem : {rosenbrock(), rosenbrock({.a = 0.5, .b = 10})}) {
    expect_right_gradients(problem);
    expect_right_optimum(problem);
    expect_right_range(problem);
  }
}

TEST(Rosenbrock, HasThePublishedValueAtItsStart) {
  EXPECT_NEAR(rosenbrock().value(std::vector<double>{-1.2, 1}), 24.2, 1e-12);
  EXPECT_EQ(rosenbrock().lowest(), 0);
}

}  // namespace
}  // namespace cairn::optim::problems
