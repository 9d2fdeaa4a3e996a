#include "optim/obgd.h"

#include <gtest/gtest.h>

#include <cmath>

#include "optim/problems/draws.h"
#include "tests/optim/error_steps.h"

namespace cairn::optim {
namespace {

using Values = std::vector<double>;

TEST(Obgd, StepsAreTheAuthors) {
  expect_recorded<double>(obgd({.kappa = 2}), "critic", "obgd_kappa_2", 1e-12);
  expect_recorded<double>(obgd({.policy_kappa = 3}), "actor", "obgd_kappa_3", 1e-12);
  expect_recorded<float>(obgd({.kappa = 3}), "critic", "obgd_kappa_3", 1e-5);
}

TEST(Obgd, TakesTheStepsOfThePaper) {
  Streaming<double> run(obgd({.lr = 0.5, .kappa = 2}), 2);
  Values x = {0, 0};
  // z = (0.25, 0), M = 0.5 · 2 · 1 · 0.25 < 1: the whole rate.
  EXPECT_DOUBLE_EQ(run.step(x, 0.5, 0.25, {0.25, 0}), 0.5);
  EXPECT_EQ(x, (Values{0.5 * 0.5 * 0.25, 0}));
  // z = (0.0625, 4), M = 0.5 · 2 · 3 · 4.0625 = 12.1875.
  x = {0, 0};
  const double rate = 0.5 / 12.1875;
  EXPECT_DOUBLE_EQ(run.step(x, -3, 0.25, {0, 4}), rate);
  EXPECT_DOUBLE_EQ(x[0], -rate * 3 * 0.0625);
  EXPECT_DOUBLE_EQ(x[1], -rate * 3 * 4);
  run.by_error->end_traces();
  EXPECT_EQ(run.optimizer->arrays()[0].values[1], 0);
}

TEST(Obgd, NeverMovesAPredictionByMoreThanOneOverKappa) {
  for (int draw = 0; draw < 200; ++draw) {
    Draws draws(3, draw);
    Streaming<double> run(obgd({.lr = draws.uniform(0.01, 10), .kappa = 2}), 4);
    Values x(4, 0), gradient(4);
    for (int step = 0; step < 5; ++step) {
      for (double& g : gradient) g = draws.uniform(-1, 1);
      const Values before = x;
      run.step(x, 1000 * draws.normal(), 0.792, gradient);
      double moved = 0;
      for (std::size_t i = 0; i < 4; ++i) moved += (x[i] - before[i]) * gradient[i];
      EXPECT_LE(std::abs(moved), 0.5 + 1e-12);
    }
  }
}

// Without traces a linear value never moves past its target by more than it was off.
TEST(Obgd, UndoesAtMostOneOverKappaOfTheError) {
  Streaming<double> run(obgd({.kappa = 2}), 2);
  const Values gradient{0.9, -1};
  Values x(2, 0);
  for (const double error : {0.3, -5.0, 80.0}) {
    const Values before = x;
    run.step(x, error, 0, gradient);
    const double moved = gradient[0] * (x[0] - before[0]) + gradient[1] * (x[1] - before[1]);
    EXPECT_LE(std::abs(moved), std::abs(error) / 2 + 1e-12);
    EXPECT_GT(moved * error, 0);
  }
}

/// Learns the values of a walk on `states` places by TD(λ) on one-hot features; `moves` says where it goes next, and
/// the walk ends beyond either end, with reward 1 on the right.
template <class S>
Values learned(int states, int episodes, const ObgdOptions& options, double gamma, int start, const auto& moves) {
  std::vector<S> values(static_cast<std::size_t>(states), 0), gradient(values);
  Values mean(values.size(), 0);
  Streaming<S> run(obgd(options), values.size());
  for (int episode = 0; episode < episodes; ++episode) {
    Draws draws(1, episode);
    for (int place = start; place >= 0 && place < states;) {
      const int next = place + moves(draws);
      const S reward = next == states ? 1 : 0;
      const S ahead = next < 0 || next >= states ? 0 : values[static_cast<std::size_t>(next)];
      const auto here = static_cast<std::size_t>(place);
      gradient[here] = 1;
      run.step(values, static_cast<double>(reward + static_cast<S>(gamma) * ahead - values[here]), gamma * 0.8,
               gradient);
      gradient[here] = 0;
      place = next;
    }
    run.by_error->end_traces();
    for (std::size_t i = 0; i < mean.size(); ++i)
      if (episode >= episodes / 2) mean[i] += static_cast<double>(values[i]) / (episodes - episodes / 2);
  }
  return mean;
}

TEST(Obgd, LearnsTheValuesOfADeterministicChainExactly) {
  const auto right = [](Draws&) { return 1; };
  const auto in_double = learned<double>(6, 2000, {}, 0.9, 0, right);
  const auto in_float = learned<float>(6, 2000, {}, 0.9, 0, right);
  for (int place = 0; place < 6; ++place) {
    EXPECT_NEAR(in_double[static_cast<std::size_t>(place)], std::pow(0.9, 5 - place), 1e-9);
    EXPECT_NEAR(in_float[static_cast<std::size_t>(place)], std::pow(0.9, 5 - place), 1e-6);
  }
}

TEST(Obgd, LearnsTheValuesOfARandomWalk) {
  // Sutton and Barto, example 6.2: the chance of leaving five places on the right is k / 6.
  const auto either = [](Draws& draws) { return draws.uniform() < 0.5 ? -1 : 1; };
  const auto values = learned<double>(5, 4000, {.lr = 0.01}, 1, 2, either);
  for (int place = 0; place < 5; ++place) EXPECT_NEAR(values[static_cast<std::size_t>(place)], (place + 1) / 6.0, 0.02);
}

TEST(Obgd, BoundsAPolicyByItself) {
  Layout both;
  both.add("policy", 1, 1, {"actor"});
  both.add("value", 1, 1, {"critic"});
  const auto run = obgd({.kappa = 2, .policy_kappa = 3}).bind<double>(both);
  dynamic_cast<ErrorStep<double>*>(run.get())->tell(1, 0.5);
  Values x{0, 0};
  run->step(x, Values{-5, -100});
  EXPECT_DOUBLE_EQ(x[0], 1.0 / 3) << "the value's gradient does not count";
  EXPECT_DOUBLE_EQ(x[1], 1.0 / 2);
}

// As any rule, for gradients that come without an error.
TEST(Obgd, TakesOneForAnErrorThatNobodyTold) {
  Streaming<double> told(obgd(), 2), untold(obgd(), 2);
  Values x{0, 0}, y{0, 0};
  for (int t = 1; t < 6; ++t) {
    told.step(x, 1, 0.99 * 0.8, {0.1 * t, -1});
    untold.optimizer->step(y, Values{-0.1 * t, 1});
    EXPECT_EQ(x, y);
  }
}

}  // namespace
}  // namespace cairn::optim
