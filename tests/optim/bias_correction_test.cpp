#include "optim/bias_correction.h"

#include <gtest/gtest.h>

namespace cairn::optim {
namespace {

// A running mean that begins at zero, of numbers that are all the same, is corrected to that number at every step.
TEST(BiasCorrection, MakesARunningMeanOfOneNumberThatNumber) {
  constexpr double number = 3, beta1 = 0.9, beta2 = 0.999;
  double mean = 0, square = 0;
  for (std::int64_t t = 1; t <= 1000; ++t) {
    mean = beta1 * mean + (1 - beta1) * number;
    square = beta2 * square + (1 - beta2) * number * number;
    const auto [front, root] = corrections(beta1, beta2, t);
    ASSERT_NEAR(mean / bias_correction(beta1, t), number, 1e-12) << t;
    ASSERT_NEAR(front * mean, number, 1e-12) << t;
    ASSERT_NEAR(root * std::sqrt(square), number, 1e-11) << t;
  }
}

TEST(BiasCorrection, IsOneWithoutMemory) {
  EXPECT_EQ(bias_correction(0, 1), 1);
  EXPECT_EQ(bias_correction(0, 7), 1);
}

}  // namespace
}  // namespace cairn::optim
