// MARS's trace is in traces_test.cpp.
#include "optim/mars.h"

#include <gtest/gtest.h>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

constexpr std::size_t count = 12;

Layout one_block(Eigen::Index rows, Eigen::Index cols) {
  Layout layout;
  layout.add("block", rows, cols, {"weight"});
  return layout;
}

/// Parameters after eight steps along gradients far longer than 1, or far shorter.
std::vector<double> walk(const Rule& rule, const Layout& layout, double scale, bool clips_by_hand = false) {
  const auto run = rule.bind<double>(layout, {.updates = 8});
  std::vector<double> p = numbers<double>(count, 1);
  for (unsigned i = 0; i < 8; ++i) {
    std::vector<double> gradient = numbers<double>(count, 10 + i, scale);
    double length = 0;
    for (const double g : gradient) length += g * g;
    if (clips_by_hand)
      for (double& g : gradient) g /= std::max(1.0, std::sqrt(length));
    run->step(p, gradient);
  }
  return p;
}

void expect_near(const std::vector<double>& p, const std::vector<double>& q) {
  for (std::size_t i = 0; i < count; ++i) EXPECT_NEAR(p[i], q[i], 1e-14) << i;
}

TEST(Mars, IsAdamWOnTheClippedGradientWhereItCorrectsNothing) {
  const Rule tried = mars({.lr = 0.01, .gamma = 0, .weight_decay = 0.1});
  const Rule expected = adamw({.lr = 0.01, .beta1 = 0.95, .beta2 = 0.99, .weight_decay = 0.1});
  for (const double scale : {10.0, 0.3, 0.01})
    expect_near(walk(tried, one_block(3, 4), scale), walk(expected, one_block(3, 4), scale, true));
}

// While c is no longer than 1 the whole rule is AdamW on g + factor (g - g₋).
TEST(Mars, CorrectsByTheChangeOfTheGradient) {
  const auto tried = mars({.beta1 = 0.9, .gamma = 0.1}).bind<double>(one_block(3, 4));
  const auto expected = adamw({.lr = 3e-3, .beta2 = 0.99, .weight_decay = 0}).bind<double>(one_block(3, 4));
  std::vector<double> p = numbers<double>(count, 1), q = p, last(count, 0);
  for (unsigned i = 0; i < 8; ++i) {
    const std::vector<double> g = numbers<double>(count, 10 + i, 0.01);
    std::vector<double> c(count);
    for (std::size_t k = 0; k < count; ++k) c[k] = g[k] + 0.9 * (g[k] - last[k]);  // 0.1 · 0.9 / (1 - 0.9)
    tried->step(p, g);
    expected->step(q, c);
    last = g;
  }
  expect_near(p, q);
}

// At a rate of their own that the schedule scales too, and unclipped.
TEST(Mars, LeavesVectorsToAdamWUnlessTold) {
  const Rule expected = adamw({.lr = 1e-3, .beta2 = 0.95, .weight_decay = 0.1}).with_schedule(linear());
  MarsOptions options{.weight_decay = 0.1, .adam_lr = 1e-3};
  expect_near(walk(mars(options).with_schedule(linear()), one_block(12, 1), 10), walk(expected, one_block(12, 1), 10));
  options.vectors = true;
  expect_near(walk(mars(options), one_block(12, 1), 10), walk(mars(options), one_block(3, 4), 10));
}

// Each block is clipped by its own length, whatever the others' are.
TEST(Mars, ClipsBlockByBlock) {
  Layout two;
  two.add("first", 2, 3, {"weight"});
  two.add("second", 2, 3, {"weight"});
  const auto both = mars().bind<double>(two), alone = mars().bind<double>(one_block(2, 3));
  std::vector<double> p = numbers<double>(12, 1), q(p.begin(), p.begin() + 6);
  for (unsigned i = 0; i < 5; ++i) {
    std::vector<double> gradient = numbers<double>(12, 20 + i);
    const std::vector<double> own(gradient.begin(), gradient.begin() + 6);
    for (std::size_t k = 6; k < 12; ++k) gradient[k] *= 1e3;
    both->step(p, gradient);
    alone->step(q, own);
  }
  for (std::size_t k = 0; k < 6; ++k) EXPECT_EQ(p[k], q[k]);
}

}  // namespace
}  // namespace cairn::optim
