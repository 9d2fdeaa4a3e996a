#include "optim/problems/reddi.h"

#include "tests/optim/problems/checks.h"

namespace cairn::optim::problems {
namespace {

TEST(Reddi, HasItsGradientAndOptimum) {
  for (const Problem& problem : {reddi(), reddi({.large = 3, .small = 1, .period = 3})}) {
    expect_right_gradients(problem);
    expect_right_optimum(problem);
  }
}

TEST(Reddi, IsItsObjectiveOnAverageOverAPeriod) {
  expect_fair_samples(reddi(), 101, 1e-12);
  EXPECT_NEAR(reddi().lowest(), -10.0 / 101, 1e-15);
  std::vector<double> gradient(1);
  reddi().sampled(0, std::vector<double>{0.5}, gradient);
  EXPECT_EQ(gradient[0], 1010);
  reddi().sampled(100, std::vector<double>{0.5}, gradient);
  EXPECT_EQ(gradient[0], -10);
  reddi().sampled(101, std::vector<double>{0.5}, gradient);
  EXPECT_EQ(gradient[0], 1010);
}

TEST(Reddi, RefusesAPeriodThatPointsTheOtherWay) {
  EXPECT_THROW(reddi({.large = 2, .small = 1, .period = 3}), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::optim::problems
