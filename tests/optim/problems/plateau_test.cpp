#include "optim/problems/plateau.h"

#include "tests/optim/problems/checks.h"

namespace cairn::optim::problems {
namespace {

TEST(PlateauProblem, HasItsGradientOptimumAndRange) {
  for (const Problem& problem : {problems::plateau(), problems::plateau({.width = 3})}) {
    expect_right_gradients(problem);
    expect_right_optimum(problem);
    expect_right_range(problem);
  }
}

TEST(PlateauProblem, AllButLosesItsGradientFarOut) {
  std::vector<double> near(2), far(2);
  problems::plateau().objective(std::vector<double>{1, 0}, near);
  problems::plateau().objective(std::vector<double>{10, 0}, far);
  EXPECT_GT(near[0], 250 * far[0]);
  EXPECT_GT(far[0], 0);
}

}  // namespace
}  // namespace cairn::optim::problems
