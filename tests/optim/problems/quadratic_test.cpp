#include "optim/problems/quadratic.h"

#include "tests/optim/problems/checks.h"

namespace cairn::optim::problems {
namespace {

TEST(Quadratic, HasItsGradientAndOptimum) {
  for (const Problem& problem :
       {quadratic({.dimensions = 2}), quadratic({.dimensions = 5, .condition = 100, .rotated = true}),
        quadratic({.dimensions = 5, .condition = 10, .noise = 0.3}),
        quadratic({.dimensions = 4, .condition = 10, .rotated = true, .noise = 0.3})}) {
    expect_right_gradients(problem);
    expect_right_optimum(problem);
  }
  expect_right_range(quadratic({.dimensions = 2}));
}

TEST(Quadratic, CurvesFromLargestDownToLargestOverCondition) {
  const Problem problem = quadratic({.dimensions = 3, .condition = 100, .largest = 4});
  const auto along = [&](std::vector<double> axis) { return 2 * problem.value(axis); };
  EXPECT_NEAR(along({1, 0, 0}), 0.04, 1e-14);
  EXPECT_NEAR(along({0, 1, 0}), 0.4, 1e-14);
  EXPECT_NEAR(along({0, 0, 1}), 4, 1e-14);
}

TEST(Quadratic, RotationKeepsTheTraceAndMixesTheAxes) {
  const Problem straight = quadratic({.dimensions = 6}), turned = quadratic({.dimensions = 6, .rotated = true});
  double trace = 0, turned_trace = 0, off_axis = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    std::vector<double> axis(6, 0), gradient(6);
    axis[i] = 1;
    trace += straight.value(axis);
    turned_trace += turned.objective(axis, gradient);
    off_axis += std::abs(gradient[(i + 1) % 6]);
  }
  EXPECT_NEAR(trace, turned_trace, 1e-12);
  EXPECT_GT(off_axis, 0.1);
}

TEST(Quadratic, NoiseHasTheRootOfTheCurvatureAsDeviation) {
  const Problem problem = quadratic({.dimensions = 2, .condition = 100, .largest = 25, .noise = 2});
  expect_fair_samples(problem, 20'000, 0.4);
  std::vector<double> gradient(2);
  double small = 0, large = 0;
  constexpr int steps = 20'000;
  for (int step = 0; step < steps; ++step) {
    problem.sampled(step, problem.optimum, gradient);
    small += gradient[0] * gradient[0] / steps;
    large += gradient[1] * gradient[1] / steps;
  }
  EXPECT_NEAR(small, 4 * 0.25, 0.05);
  EXPECT_NEAR(large, 4 * 25, 5);
}

}  // namespace
}  // namespace cairn::optim::problems
