#include "optim/problems/draws.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace cairn::optim {
namespace {

TEST(Draws, AreAFunctionOfSeedAndStep) {
  Draws one(3, 5), same(3, 5);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(one.uniform(), same.uniform());
  std::set<double> first;
  for (const std::uint64_t seed : {0, 1, 2})
    for (const std::int64_t step : {Draws::data, std::int64_t{0}, std::int64_t{1}, std::int64_t{1} << 40})
      first.insert(Draws(seed, step).uniform());
  EXPECT_EQ(first.size(), 12U);
}

TEST(Draws, HaveTheMomentsOfTheirDistributions) {
  constexpr int n = 100'000;
  Draws draws(1, 0);
  double sum = 0, squares = 0, fourth = 0, uniforms = 0;
  std::vector<int> counts(7);
  for (int i = 0; i < n; ++i) {
    const double z = draws.normal();
    sum += z;
    squares += z * z;
    fourth += z * z * z * z;
    const double u = draws.uniform(2, 4);
    ASSERT_GE(u, 2);
    ASSERT_LT(u, 4);
    uniforms += u;
    ++counts[draws.below(7)];
  }
  EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 5 * std::sqrt(2.0 / n));
  EXPECT_NEAR(fourth / n, 3, 5 * std::sqrt(96.0 / n));
  EXPECT_NEAR(uniforms / n, 3, 5 * std::sqrt(1.0 / 3 / n));
  for (const int count : counts) EXPECT_NEAR(count, n / 7.0, 5 * std::sqrt(n / 7.0));
}

}  // namespace
}  // namespace cairn::optim
