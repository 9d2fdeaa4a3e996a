// Shampoo's trace is in traces_test.cpp.
#include "optim/shampoo.h"

#include <gtest/gtest.h>

#include "tests/allocation_counter.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

// A diagonal gradient d, seen once: L = R = eps + d², so the step is lr d / √(eps + d²).
TEST(Shampoo, IsAdagradOnDiagonals) {
  const auto optimizer = shampoo({.lr = 0.1, .eps = 1e-4}).bind<double>(one_matrix(3, 3));
  std::vector<double> p(9, 0), gradient(9, 0);
  const double diagonal[] = {2, -0.5, 1e-3};
  for (std::size_t i = 0; i < 3; ++i) gradient[4 * i] = diagonal[i];
  optimizer->step(p, gradient);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(p[4 * i], -0.1 * diagonal[i] / std::sqrt(1e-4 + diagonal[i] * diagonal[i]), 1e-12);
  EXPECT_NEAR(p[1], 0, 1e-14);
}

TEST(Shampoo, IsAdagradOnVectors) {
  Layout vector;
  vector.add("bias", 4, 1, {"bias"});
  const auto tried = shampoo({.lr = 0.1, .eps = 0.01}).bind<double>(vector);
  const auto expected = adagrad({.lr = 0.1, .eps = 0, .initial_accumulator = 0.01}).bind<double>(vector);
  std::vector<double> p = numbers<double>(4, 1), q = p;
  for (unsigned i = 0; i < 8; ++i) {
    tried->step(p, numbers<double>(4, 30 + i));
    expected->step(q, numbers<double>(4, 30 + i));
  }
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(p[i], q[i], 1e-14);
}

TEST(Shampoo, TakesNewRootsOnlyEverySoOften) {
  const auto often = shampoo().bind<double>(one_matrix(2, 3)),
             seldom = shampoo({.every = 3}).bind<double>(one_matrix(2, 3));
  std::vector<double> p(6, 0), q(6, 0);
  std::vector<double> left;
  for (unsigned i = 0; i < 6; ++i) {
    often->step(p, numbers<double>(6, 30 + i));
    seldom->step(q, numbers<double>(6, 30 + i));
    EXPECT_EQ(p == q, i == 0) << i;
    for (const auto& array : seldom->arrays()) {
      if (array.name != "left_root/weight") continue;
      const std::vector<double> now(array.values.begin(), array.values.end());
      EXPECT_EQ(now != left, i % 3 == 0) << i;
      left = now;
    }
  }
}

TEST(Shampoo, AllocatesNothingForLargeLayers) {
#ifdef CAIRN_SANITIZED
  GTEST_SKIP() << "the sanitizers bring allocators of their own";
#endif
  const auto optimizer = shampoo().bind<float>(one_matrix(150, 200));
  std::vector<float> p = numbers<float>(30'000, 1);
  const std::vector<float> gradient = numbers<float>(30'000, 2);
  const long before = tests::allocations;
  optimizer->step(p, gradient);
  EXPECT_EQ(tests::allocations - before, 0);
}

}  // namespace
}  // namespace cairn::optim
