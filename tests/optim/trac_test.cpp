#include "optim/trac.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

// By Simpson's rule.
double integrated_erfi(double x) {
  constexpr int pieces = 20'000;
  double sum = 0;
  for (int i = 0; i <= pieces; ++i) {
    const double t = x * i / pieces;
    sum += (i == 0 || i == pieces ? 1 : i % 2 == 1 ? 4 : 2) * std::exp(t * t);
  }
  return 2 * std::numbers::inv_sqrtpi * sum * x / (3.0 * pieces);
}

TEST(Erfi, IsTheIntegral) {
  for (const double x : {-2.0, -0.1, 0.0, 1e-3, 0.7071067811865476, 1.0, 3.0, 5.5})
    EXPECT_NEAR(erfi(x), integrated_erfi(x), 1e-11 * std::abs(integrated_erfi(x))) << x;
  EXPECT_TRUE(std::isfinite(erfi(1e300)));
  EXPECT_EQ(erfi(-1.5), -erfi(1.5));
}

/// TRAC around gradient descent as the paper states it, in plain double loops.
struct Reference {
  double rate, s0, eps;
  std::vector<double> start, sigma = std::vector<double>(6, 1e-8), variance = std::vector<double>(6, 0.0);
  double share = 0;

  void step(std::vector<double>& p, const std::vector<double>& g) {
    if (start.empty()) start = p;
    double h = 0;
    for (std::size_t i = 0; i < p.size(); ++i) h += g[i] * (p[i] - start[i]) / (share + eps);
    double next = 0, beta = 0.1;
    for (std::size_t j = 0; j < 6; ++j, beta *= 0.1) {
      sigma[j] = (1 - beta) * sigma[j] - h;
      variance[j] = (1 - beta) * (1 - beta) * variance[j] + h * h;
      next += s0 * integrated_erfi(sigma[j] / (std::sqrt(2 * variance[j]) + eps)) /
              integrated_erfi(1 / std::numbers::sqrt2);
    }
    for (std::size_t i = 0; i < p.size(); ++i)
      p[i] = start[i] + std::max(next, 0.0) * ((p[i] - start[i]) / (share + eps) - rate * g[i]);
    share = next;
  }
};

// The recorded trace's gradients do not answer to the parameters, so TRAC stays at the start there. These do.
TEST(Trac, FollowsThePaperWhereGradientsAnswer) {
  const auto run = trac({.rule = sgd({.lr = 0.05}), .s0 = 0.01}).bind<double>(two_layers());
  Reference reference{.rate = 0.05, .s0 = 0.01, .eps = 1e-8, .start = {}};
  std::vector<double> p = numbers<double>(n, 1), q = p;
  const std::vector<double> start = p;
  for (int i = 0; i < 60; ++i) {
    std::vector<double> g = p, h = q;
    for (std::size_t k = 0; k < n; ++k) {
      g[k] -= 3;
      h[k] -= 3;
    }
    run->step(p, g);
    reference.step(q, h);
    for (std::size_t k = 0; k < n; ++k) ASSERT_NEAR(p[k], q[k], 1e-7 * std::max(1.0, std::abs(q[k]))) << "step " << i;
  }
  EXPECT_GT(std::abs(p[0] - start[0]), 0.1);
}

TEST(Trac, HandsTheWrappedRuleTheClippedGradient) {
  const auto run =
      trac({.rule = sgd({.lr = 1, .momentum = 0.9})}).with_clip(clip_value({.max = 0.5})).bind<double>(two_layers());
  std::vector<double> p(n, 0.0);
  run->step(p, std::vector<double>(n, 7.0));
  const auto arrays = run->arrays();
  const auto momentum = std::ranges::find(arrays, "rule/momentum", &StateArray<double>::name);
  ASSERT_NE(momentum, arrays.end());
  EXPECT_EQ(momentum->values[0], 0.5);
}

}  // namespace
}  // namespace cairn::optim
