#include "optim/problems/least_squares.h"

#include "tests/optim/problems/checks.h"

namespace cairn::optim::problems {
namespace {

TEST(LeastSquares, HasItsGradientAndOptimum) {
  for (const Problem& problem : {least_squares(), least_squares({.standardised = true}),
                                 least_squares({.features = 3, .outputs = 4, .spread = 10})}) {
    expect_right_gradients(problem);
    expect_right_optimum(problem);
    EXPECT_EQ(problem.lowest(), 0);
  }
  const Problem problem = least_squares({.features = 3, .outputs = 4});
  const Block& block = problem.layout.find("weight");
  EXPECT_EQ(block.rows, 4);
  EXPECT_EQ(block.cols, 3);
}

TEST(LeastSquares, StandardisingMakesEveryDirectionAlikeSteep) {
  const auto steepness = [](const Problem& problem) {
    std::vector<double> gradient(5), steep;
    for (std::size_t i = 0; i < 5; ++i) {
      std::vector<double> x = problem.optimum;
      x[i] += 1;
      problem.objective(x, gradient);
      steep.push_back(gradient[i]);
    }
    return steep;
  };
  const auto raw = steepness(least_squares());
  EXPECT_NEAR(raw[4] / raw[0], 1e8, 3e7);
  for (const double steep : steepness(least_squares({.standardised = true}))) EXPECT_NEAR(steep, 1, 1e-12);
}

TEST(LeastSquares, RefusesTooFewSamples) {
  EXPECT_THROW(least_squares({.features = 10, .samples = 9}), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::optim::problems
