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
