#include "optim/obgd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "optim/problems/draws.h"
#include "tests/allocation_counter.h"

namespace cairn::optim {
namespace {

using Values = std::vector<double>;

TEST(Obgd, TakesTheStepsOfThePaper) {
  Obgd<double> obgd(2, {.lr = 0.5, .gamma = 0.5, .lambda = 0.5, .kappa = 2});
  Values x = {0, 0};
  // z = (0.25, 0), M = 0.5 · 2 · 1 · 0.25 < 1: the whole rate.
  EXPECT_DOUBLE_EQ(obgd.step(x, 0.5, Values{0.25, 0}), 0.5);
  EXPECT_EQ(x, (Values{0.5 * 0.5 * 0.25, 0}));
  // z = (0.0625, 4), M = 0.5 · 2 · 3 · 4.0625 = 12.1875.
  x = {0, 0};
  const double rate = 0.5 / 12.1875;
  EXPECT_DOUBLE_EQ(obgd.step(x, -3, Values{0, 4}), rate);
  EXPECT_DOUBLE_EQ(x[0], -rate * 3 * 0.0625);
  EXPECT_DOUBLE_EQ(x[1], -rate * 3 * 4);
  obgd.end_episode();
  EXPECT_EQ(obgd.traces()[1], 0);
}

TEST(Obgd, NeverMovesAPredictionByMoreThanOneOverKappa) {
  for (int draw = 0; draw < 200; ++draw) {
    Draws draws(3, draw);
    Obgd<double> obgd(4, {.lr = draws.uniform(0.01, 10), .kappa = 2});
    Values x(4, 0), gradient(4);
    for (int step = 0; step < 5; ++step) {
      for (double& g : gradient) g = draws.uniform(-1, 1);
      const double delta = 1000 * draws.normal();
      const Values before = x;
      obgd.step(x, delta, gradient);
      double moved = 0;
      for (std::size_t i = 0; i < 4; ++i) moved += (x[i] - before[i]) * gradient[i];
      EXPECT_LE(std::abs(moved), 0.5 + 1e-12);
    }
  }
}

/// Learns the values of a walk on `states` places by TD(λ) on one-hot features; `moves` says where it goes next, and
/// the walk ends beyond either end, with reward 1 on the right.
template <class S>
Values learned(int states, int episodes, const ObgdOptions& options, int start, const auto& moves) {
  std::vector<S> values(static_cast<std::size_t>(states), 0), gradient(values);
  Values mean(values.size(), 0);
  Obgd<S> obgd(values.size(), options);
  for (int episode = 0; episode < episodes; ++episode) {
    Draws draws(1, episode);
    for (int place = start; place >= 0 && place < states;) {
      const int next = place + moves(draws);
      const S reward = next == states ? 1 : 0;
      const S ahead = next < 0 || next >= states ? 0 : values[static_cast<std::size_t>(next)];
      const auto here = static_cast<std::size_t>(place);
      gradient[here] = 1;
      obgd.step(values, reward + static_cast<S>(options.gamma) * ahead - values[here], std::span<const S>(gradient));
      gradient[here] = 0;
      place = next;
    }
    obgd.end_episode();
    for (std::size_t i = 0; i < mean.size(); ++i)
      if (episode >= episodes / 2) mean[i] += static_cast<double>(values[i]) / (episodes - episodes / 2);
  }
  return mean;
}

TEST(Obgd, LearnsTheValuesOfADeterministicChainExactly) {
  const auto right = [](Draws&) { return 1; };
  const auto in_double = learned<double>(6, 2000, {.gamma = 0.9}, 0, right);
  const auto in_float = learned<float>(6, 2000, {.gamma = 0.9}, 0, right);
  for (int place = 0; place < 6; ++place) {
    EXPECT_NEAR(in_double[static_cast<std::size_t>(place)], std::pow(0.9, 5 - place), 1e-9);
    EXPECT_NEAR(in_float[static_cast<std::size_t>(place)], std::pow(0.9, 5 - place), 1e-6);
  }
}

TEST(Obgd, LearnsTheValuesOfARandomWalk) {
  // Sutton and Barto, example 6.2: the chance of leaving five places on the right is k / 6.
  const auto either = [](Draws& draws) { return draws.uniform() < 0.5 ? -1 : 1; };
  const auto values = learned<double>(5, 4000, {.lr = 0.01, .gamma = 1}, 2, either);
  for (int place = 0; place < 5; ++place) EXPECT_NEAR(values[static_cast<std::size_t>(place)], (place + 1) / 6.0, 0.02);
}

TEST(Obgd, LeavesEverythingAloneWhereSomethingIsNotFinite) {
  Obgd<float> obgd(2, {});
  std::vector<float> x = {1, 2};
  const std::vector<float> fine = {1, 1}, broken = {1, std::numeric_limits<float>::quiet_NaN()};
  obgd.step(x, 1, fine);
  const std::vector<float> before = x, traces(obgd.traces().begin(), obgd.traces().end());
  EXPECT_EQ(obgd.step(x, 1, broken), 0);
  EXPECT_EQ(obgd.step(x, std::numeric_limits<float>::infinity(), fine), 0);
  EXPECT_EQ(x, before);
  EXPECT_EQ(std::vector<float>(obgd.traces().begin(), obgd.traces().end()), traces);
  EXPECT_THROW(obgd.step(x, 1, std::vector<float>{1}), std::invalid_argument);
}

TEST(Obgd, AllocatesNothing) {
  Obgd<float> obgd(100, {});
  std::vector<float> x(100, 0), gradient(100, 0.1F);
  const long before = tests::allocations;
  for (int step = 0; step < 10; ++step) obgd.step(x, 0.5F, std::span<const float>(gradient));
  EXPECT_EQ(tests::allocations - before, 0);
}

}  // namespace
}  // namespace cairn::optim
