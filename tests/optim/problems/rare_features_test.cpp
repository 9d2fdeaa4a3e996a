#include "optim/problems/rare_features.h"

#include "tests/optim/problems/checks.h"

namespace cairn::optim::problems {
namespace {

TEST(RareFeatures, HasItsGradientAndOptimum) {
  for (const Problem& problem : {rare_features(), rare_features({.dense = 1, .rarity = 0.2, .rare_weight = -2})}) {
    expect_right_gradients(problem);
    expect_right_optimum(problem);
  }
  EXPECT_NEAR(rare_features().value(rare_features().start), std::log(2), 1e-12);
}

TEST(RareFeatures, MinibatchesAreFair) {
  expect_fair_samples(rare_features({.batch = 64}), 4000, 6e-3);
}

TEST(RareFeatures, AreRare) {
  // At zero weights the rare feature's gradient is (1/2 - label) where it is there, and zero where it is not.
  const Problem problem = rare_features({.batch = 1});
  int there = 0;
  std::vector<double> gradient(5);
  for (int step = 0; step < 20'000; ++step) {
    problem.sampled(step, problem.start, gradient);
    there += gradient[4] != 0;
  }
  EXPECT_NEAR(there, 200, 70);
}

}  // namespace
}  // namespace cairn::optim::problems
