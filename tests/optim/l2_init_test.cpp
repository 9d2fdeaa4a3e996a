#include "optim/l2_init.h"

#include <gtest/gtest.h>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

TEST(L2Init, AddsThePullToTheGradient) {
  const auto run = l2_init({.rule = adam(), .strength = 0.3}).bind<double>(two_layers());
  const auto plain = adam().bind<double>(two_layers());
  std::vector<double> p = numbers<double>(n, 1), q = p;
  const std::vector<double> start = p;
  for (unsigned i = 0; i < 20; ++i) {
    std::vector<double> g = numbers<double>(n, i);
    run->step(p, g);
    for (std::size_t k = 0; k < n; ++k) g[k] += 0.3 * (q[k] - start[k]);
    plain->step(q, g);
    for (std::size_t k = 0; k < n; ++k) ASSERT_NEAR(p[k], q[k], 1e-12);
  }
}

// Without a loss, parameters come back to where they began, and not to zero.
TEST(L2Init, PullsWeightsBackToTheStartThroughAReset) {
  const auto run =
      l2_init({.rule = sgd({.lr = 0.5}), .strength = 1, .decay = Decay::weights}).bind<double>(two_layers());
  std::vector<double> p = numbers<double>(n, 1);
  const std::vector<double> start = p, none(n, 0.0);
  run->step(p, numbers<double>(n, 2));
  const std::vector<double> away = p;
  run->reset();
  for (int i = 0; i < 60; ++i) run->step(p, none);
  for (std::size_t k = 0; k < n; ++k) {
    const bool bias = (k >= 12 && k < 16) || k >= 24;
    EXPECT_NEAR(p[k], bias ? away[k] : start[k], 1e-12) << k;
  }
}

}  // namespace
}  // namespace cairn::optim
