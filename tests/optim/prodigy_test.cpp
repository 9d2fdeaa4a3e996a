#include "optim/prodigy.h"

#include <gtest/gtest.h>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

double scalar(Optimizer<double>& optimizer, const std::string& name) {
  for (const auto& each : optimizer.scalars())
    if (each.name == name) return each.values[0];
  throw std::runtime_error(name);
}

// ‖p - 100‖₁ from 0: d starts at 1e-6, never falls, and ends within a factor of the true distance of 100.
TEST(Prodigy, FindsTheDistanceToTheSolution) {
  Layout layout;
  layout.add("all", 1, 1, {});
  const auto run = prodigy().bind<double>(layout);
  std::vector<double> p{0};
  double last = 1e-6;
  for (int i = 0; i < 2000; ++i) {
    run->step(p, std::vector<double>{p[0] < 100 ? -1.0 : p[0] > 100 ? 1.0 : 0.0});
    const double d = scalar(*run, "d");
    ASSERT_GE(d, last);
    last = d;
  }
  EXPECT_GT(last, 1);
  EXPECT_LT(last, 100);
  EXPECT_NEAR(p[0], 100, 20);
}

// The authors' code adds eps in units of the renewed d, and steps by the rate from before. With one parameter, a
// gradient of 2 and betas of 0: m = d g, v = d² g² and r / ‖s‖₁ = θ₀ - θ.
TEST(Prodigy, AddsEpsInUnitsOfTheRenewedDistance) {
  Layout layout;
  layout.add("all", 1, 1, {});
  const auto run = prodigy({.beta1 = 0, .beta2 = 0, .eps = 0.5, .d0 = 0.01}).bind<double>(layout);
  std::vector<double> p{3};
  double x = 3, d = 0.01;
  for (int step = 0; step < 5; ++step) {
    const double renewed = std::max(d, 3 - x);
    x -= d * d * 2 / (d * 2 + renewed * 0.5);
    d = renewed;
    run->step(p, std::vector<double>{2.0});
    EXPECT_NEAR(p[0], x, 1e-14) << "step " << step;
    EXPECT_NEAR(scalar(*run, "d"), d, 1e-14);
  }
  EXPECT_GT(d, 0.02) << "it was renewed";
}

TEST(Prodigy, LearnsNothingFromAGradientOfZero) {
  const auto run = prodigy().bind<double>(two_layers());
  std::vector<double> p = numbers<double>(26, 1);
  const std::vector<double> start = p;
  for (int i = 0; i < 3; ++i) run->step(p, std::vector<double>(26, 0.0));
  EXPECT_EQ(p, start);
  EXPECT_EQ(scalar(*run, "d"), 1e-6);
}

}  // namespace
}  // namespace cairn::optim
