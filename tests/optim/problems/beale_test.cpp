#include "optim/problems/beale.h"

#include "tests/optim/problems/checks.h"

namespace cairn::optim::problems {
namespace {

TEST(Beale, HasItsGradientOptimumAndRange) {
  for (const Problem& problem : {beale()}) {
    expect_right_gradients(problem);
    expect_right_optimum(problem);
    expect_right_range(problem);
  }
}

TEST(Beale, HasThePublishedValues) {
  EXPECT_NEAR(beale().value(std::vector<double>{1, 1}), 14.203125, 1e-12);
  EXPECT_EQ(beale().lowest(), 0);
}

}  // namespace
}  // namespace cairn::optim::problems
