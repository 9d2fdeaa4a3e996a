// D-Muon's traces are in traces_test.cpp.
#include "optim/d_muon.h"

#include <gtest/gtest.h>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

// The iteration leaves singular values within [0.68, 1.21] or so: their mean square is about that of ones.
TEST(DMuon, StepsHaveARootMeanSquareOfAFifthOfTheRateWhateverTheShape) {
  for (const auto& [rows, cols] : {std::pair{4, 16}, {16, 4}, {64, 8}, {8, 100}, {60, 40}}) {
    const auto size = static_cast<std::size_t>(rows * cols);
    const auto run = d_muon({.lr = 0.1, .weight_decay = 0}).bind<double>(one_matrix(rows, cols));
    std::vector<double> p(size, 0);
    run->step(p, numbers<double>(size, 3));
    double squares = 0;
    for (const double moved : p) squares += moved * moved;
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(size)) / 0.1, 0.2, 0.04) << rows << " x " << cols;
  }
}

// Scaling the momentum changes nothing but what 1e-7 is beside its length, so a sum does for the mean.
TEST(DMuon, IsMuonAtAnotherLengthOfStep) {
  const auto tried = d_muon({.lr = 1e-3, .weight_decay = 0}).bind<double>(one_matrix(3, 5));
  const auto expected = muon({.lr = 1e-3 * 0.2 * std::sqrt(5.0)}).bind<double>(one_matrix(3, 5));
  std::vector<double> p = numbers<double>(15, 1), q = p;
  for (unsigned i = 0; i < 8; ++i) {
    tried->step(p, numbers<double>(15, 10 + i));
    expected->step(q, numbers<double>(15, 10 + i));
  }
  for (std::size_t i = 0; i < 15; ++i) EXPECT_NEAR(p[i], q[i], 1e-8);
}

TEST(DMuon, LeavesTheRestToAdamWAtTheSameRate) {
  const Rule rule = d_muon().with_schedule(linear());
  const Rule other = adam({.beta2 = 0.95, .epsilon_hat = true}).with_schedule(linear());
  Layout vector;
  vector.add("bias", 12, 1, {"bias", "hidden"});
  for (const Layout& layout : {vector, one_matrix(3, 4, "output")}) {
    const auto tried = rule.bind<double>(layout, {.updates = 10}),
               expected = other.bind<double>(layout, {.updates = 10});
    std::vector<double> p = numbers<double>(12, 1), q = p;
    for (unsigned i = 0; i < 8; ++i) {
      const std::vector<double> before = q;
      tried->step(p, numbers<double>(12, 30 + i));
      const double rate = expected->step(q, numbers<double>(12, 30 + i)).learning_rate;
      for (std::size_t k = 0; k < 12; ++k) q[k] -= rate * 0.1 * before[k];
    }
    for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR(p[i], q[i], 1e-14);
  }
}

}  // namespace
}  // namespace cairn::optim
