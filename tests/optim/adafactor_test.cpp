// Adafactor's trace is in traces_test.cpp.
#include "optim/adafactor.h"

#include <gtest/gtest.h>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

double root_mean_square(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

// The update's root mean square is at most `clip`, so a step is at most lr 0.01 RMS(W) long, whatever the gradient.
TEST(Adafactor, StepsRelativeToTheWeights) {
  Layout layout;
  layout.add("weight", 4, 5, {"weight"});
  for (const double scale : {1e-6, 1.0, 1e6}) {
    const auto optimizer = adafactor().bind<double>(layout);
    std::vector<double> p = numbers<double>(20, 1, 30);
    for (unsigned i = 0; i < 30; ++i) {
      const std::vector<double> before = p;
      optimizer->step(p, numbers<double>(20, 40 + i, scale));
      std::vector<double> moved(20);
      for (std::size_t k = 0; k < 20; ++k) moved[k] = p[k] - before[k];
      EXPECT_LE(root_mean_square(moved), 0.01 * root_mean_square(before) * (1 + 1e-12));
      EXPECT_GT(root_mean_square(moved), 0.002 * root_mean_square(before));
    }
  }
}

// A matrix keeps a number a row and one a column: a gradient of rank one is normalised to signs exactly.
TEST(Adafactor, IsExactForRankOne) {
  Layout layout;
  layout.add("weight", 3, 2, {"weight"});
  const auto optimizer = adafactor().bind<double>(layout);
  std::vector<double> p(6, 0), gradient(6);
  const double rows[] = {1, -2, 3}, columns[] = {0.1, 10};
  for (std::size_t i = 0; i < 6; ++i) gradient[i] = rows[i / 2] * columns[i % 2];
  optimizer->step(p, gradient);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(p[i], gradient[i] > 0 ? -1e-5 : 1e-5, 1e-15);
  std::size_t kept = 0;
  for (const auto& array : optimizer->arrays()) kept += array.values.size();
  EXPECT_EQ(kept, 5U);
}

// Without weights of any length a step is relative to eps2, so zeros can leave; vectors keep each element's square.
TEST(Adafactor, MovesVectorsElementByElement) {
  Layout layout;
  layout.add("bias", 3, 1, {"bias"});
  const auto optimizer = adafactor({.eps2 = 0.5}).bind<double>(layout);
  std::vector<double> p(3, 0);
  optimizer->step(p, std::vector<double>{1e-3, -7, 1e4});
  EXPECT_NEAR(p[0], -0.005, 1e-15);
  EXPECT_NEAR(p[1], 0.005, 1e-15);
  EXPECT_NEAR(p[2], -0.005, 1e-15);
}

}  // namespace
}  // namespace cairn::optim
