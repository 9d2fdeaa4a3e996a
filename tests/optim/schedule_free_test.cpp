#include "optim/schedule_free.h"

#include <gtest/gtest.h>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

// With r = 0 and a constant rate every iterate z weighs the same: x is their plain mean.
TEST(ScheduleFree, EvaluatesAtTheMeanOfTheFastIterates) {
  const auto run = schedule_free_sgd({.lr = 0.1}).bind<double>(two_layers());
  std::vector<double> y = numbers<double>(n, 1), z = y, mean(n, 0.0), x(n);
  for (unsigned i = 0; i < 30; ++i) {
    const std::vector<double> g = numbers<double>(n, i);
    run->step(y, g);
    run->evaluation_point(y, x);
    for (std::size_t k = 0; k < n; ++k) {
      z[k] -= 0.1 * g[k];
      mean[k] += (z[k] - mean[k]) / (i + 1);
      ASSERT_NEAR(x[k], mean[k], 1e-12);
      ASSERT_NEAR(y[k], 0.9 * mean[k] + 0.1 * z[k], 1e-12);
    }
  }
}

TEST(ScheduleFree, EvaluatesAtTheParametersBeforeTheFirstStep) {
  const auto run = schedule_free_adamw().bind<float>(two_layers());
  const std::vector<float> p = numbers<float>(n, 1);
  std::vector<float> x(n);
  run->evaluation_point(p, x);
  EXPECT_EQ(p, x);
}

TEST(ScheduleFree, GoesOnFromTheParametersOfABlockThatIsReset) {
  const Layout layout = two_layers();
  const auto run = schedule_free_sgd({.lr = 0.1}).bind<double>(layout);
  std::vector<double> p = numbers<double>(n, 1), x(n);
  for (unsigned i = 0; i < 5; ++i) run->step(p, numbers<double>(n, i));
  run->reset(layout.find("head/weight"));
  run->evaluation_point(p, x);
  for (std::size_t k = 0; k < n; ++k) EXPECT_EQ(x[k] == p[k], k >= 16 && k < 24) << k;
}

}  // namespace
}  // namespace cairn::optim
