#include "optim/intentional.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/optim/error_steps.h"

namespace cairn::optim {
namespace {

using Values = std::vector<double>;

TEST(Intentional, StepsAreTheAuthors) {
  expect_recorded<double>(intentional(), "critic", "intentional_value_eta_05", 1e-12);
  expect_recorded<double>(intentional(), "actor", "intentional_policy_eta_005", 1e-12);
  expect_recorded<float>(intentional(), "critic", "intentional_value_eta_05", 1e-5);
  expect_recorded<float>(intentional(), "actor", "intentional_policy_eta_005", 1e-5);
}

// Without traces and by a gradient that stays, a linear value moves by exactly lr times the error.
TEST(Intentional, UndoesTheShareOfTheErrorThatItMeansTo) {
  const Values gradient{0.3, -2, 0.01};
  for (const double share : {0.5, 0.25, 1.0}) {
    Streaming<double> run(intentional({.lr = share}), 3);
    Values x(3, 0);
    for (const double error : {1.0, -3.0, 0.2, 0.7}) {
      const Values before = x;
      run.step(x, error, 0, gradient);
      double moved = 0;
      for (std::size_t i = 0; i < 3; ++i) moved += gradient[i] * (x[i] - before[i]);
      EXPECT_NEAR(moved, share * error, 1e-12);
    }
  }
}

// The authors' mean of squared errors starts at 1 and is corrected all the same: large at first, and then of the
// errors.
TEST(Intentional, ClipSleepsAtFirstAndThenHolds) {
  Streaming<double> run(intentional({.error_beta = 0.9}), 1);
  Values x(1, 0);
  const auto moved = [&](double error) {
    const double before = x[0];
    run.step(x, error, 0, {1.0});
    return x[0] - before;
  };
  EXPECT_NEAR(moved(40), 20, 1e-9) << "not clipped";
  for (int i = 0; i < 300; ++i) moved(0.01);
  EXPECT_LT(moved(40), 20 * 0.5 * 13) << "20 root mean squares, this error's own square among them";
  EXPECT_GT(moved(0.01), 0);
}

TEST(Intentional, TreatsAPolicyApart) {
  Layout both;
  both.add("policy", 2, 1, {"actor"});
  both.add("value", 3, 1, {"critic"});
  const auto together = intentional().bind<double>(both);
  Streaming<double> policy(intentional(), 2, "actor"), value(intentional(), 3);
  auto* const told = dynamic_cast<ErrorStep<double>*>(together.get());
  Values x(5, 0), p(2, 0), v(3, 0);
  for (int t = 1; t < 20; ++t) {
    const Values g{0.1 * t, -0.5, 1.0 / t, 0.2, std::sin(t)};
    const double error = std::cos(3 * t);
    told->tell(error, 0.7);
    Values down(5);
    for (std::size_t i = 0; i < 5; ++i) down[i] = -g[i];
    together->step(x, down);
    policy.step(p, error, 0.7, {g[0], g[1]});
    value.step(v, error, 0.7, {g[2], g[3], g[4]});
    EXPECT_EQ((Values{x[0], x[1]}), p) << t;
    EXPECT_EQ((Values{x[2], x[3], x[4]}), v) << t;
  }
}

}  // namespace
}  // namespace cairn::optim
