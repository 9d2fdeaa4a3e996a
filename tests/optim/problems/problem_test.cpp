#include "optim/problems/problem.h"

#include <gtest/gtest.h>

#include "optim/problems/catalogue.h"
#include "tests/optim/problems/checks.h"

namespace cairn::optim {
namespace {

Problem slope() {
  return plane_problem("slope", [](double x, double y) { return Tilt{.value = 2 * x + 3 * y, .dx = 2, .dy = 3}; },
                       {1, 1}, {0, 0}, {-1, 1, -2, 2});
}

TEST(Problem, OfThePlaneHandsOutValuesAndGradients) {
  const Problem problem = slope();
  std::vector<double> gradient(2);
  EXPECT_EQ(problem.objective(std::vector<double>{4, 5}, gradient), 23);
  EXPECT_EQ(gradient, (std::vector<double>{2, 3}));
  EXPECT_EQ(problem.value(problem.start), 5);
  EXPECT_EQ(problem.lowest(), 0);
  EXPECT_EQ(problem.layout.size, 2);
}

TEST(Problem, StepsSeeTheObjectiveUnlessThereAreSamples) {
  Problem problem = slope();
  std::vector<double> gradient(2);
  EXPECT_EQ(problem.sampled(7, problem.start, gradient), 5);
  problem.sample = [](std::int64_t step, auto, auto g) {
    g[0] = g[1] = 0;
    return static_cast<double>(step);
  };
  EXPECT_EQ(problem.sampled(7, problem.start, gradient), 7);
  EXPECT_EQ(gradient, (std::vector<double>{0, 0}));
}

TEST(Problem, OfTheCatalogueHasItsGradientItsOptimumAndInThePlaneItsRange) {
  for_each_problem([]<class Options, class Made>(const Entry<Options, Made>& entry) {
    SCOPED_TRACE(entry.name);
    const Problem problem = entry.make(Options());
    expect_right_gradients(problem);
    expect_right_optimum(problem);
    EXPECT_EQ(problem.range.has_value(), problem.layout.size == 2);
    if (problem.range) expect_right_range(problem);
  });
}

}  // namespace
}  // namespace cairn::optim
