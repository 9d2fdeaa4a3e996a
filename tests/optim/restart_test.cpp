#include "optim/restart.h"

#include <gtest/gtest.h>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

/// Largest component of a step, in units of lr, over the 30 updates after gradients grew by `factor`.
double worst_step(const Rule& rule, double factor) {
  const auto run = rule.bind<double>(two_layers());
  std::vector<double> p(n, 0.0);
  for (unsigned i = 0; i < 5000; ++i) run->step(p, numbers<double>(n, i));
  run->on(Event::rollout);
  double worst = 0;
  for (unsigned i = 0; i < 30; ++i) {
    const std::vector<double> before = p;
    run->step(p, std::vector<double>(n, factor));
    for (std::size_t k = 0; k < n; ++k) worst = std::max(worst, std::abs(p[k] - before[k]));
  }
  return worst / 1e-3;
}

// What the papers restart for: a new rollout whose gradients are far larger throws Adam several lr far.
TEST(Restart, BoundsTheStepAfterAJump) {
  for (const double factor : {10.0, 100.0, 1e4}) {
    EXPECT_GT(worst_step(adam(), factor), 5) << factor;
    EXPECT_LT(worst_step(restart({.rule = adam(), .what = Restarted::clock}), factor), 1.1) << factor;
    EXPECT_LT(worst_step(restart({.rule = adam(), .what = Restarted::state}), factor), 1.001) << factor;
  }
}

TEST(Restart, HearsOnlyItsEventAndEveryNthOfThem) {
  const auto run = restart({.rule = adam(), .what = Restarted::state, .on = RestartOn::target, .every = 2})
                       .bind<double>(two_layers());
  std::vector<double> p = numbers<double>(n, 1);
  const auto forgotten = [&] { return run->arrays()[0].values[0] == 0; };
  run->step(p, numbers<double>(n, 2));
  run->on(Event::rollout);
  run->on(Event::target);
  EXPECT_FALSE(forgotten());
  run->on(Event::target);
  EXPECT_TRUE(forgotten());
  EXPECT_EQ(run->updates(), 1);
}

TEST(Restart, OfATagLeavesTheOtherBlocksAlone) {
  const auto run =
      restart({.rule = adam(), .what = Restarted::state, .on = RestartOn::update, .every = 3, .blocks = "head"})
          .bind<double>(two_layers());
  std::vector<double> p = numbers<double>(n, 1);
  for (unsigned i = 0; i < 3; ++i) run->step(p, numbers<double>(n, i));
  for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(run->arrays()[0].values[i] == 0, i >= 16) << i;
  EXPECT_THROW(restart({.blocks = "critic"}).bind<double>(two_layers()), std::invalid_argument);
}

// The schedule goes on: it counts updates.
TEST(Restart, KeepsTheSchedule) {
  const auto run = restart({.rule = sgd({.lr = 1}), .what = Restarted::state, .on = RestartOn::update})
                       .with_schedule(linear())
                       .bind<double>(two_layers(), {.updates = 4});
  std::vector<double> p(n);
  EXPECT_DOUBLE_EQ(run->step(p, p).learning_rate, 1);
  EXPECT_DOUBLE_EQ(run->step(p, p).learning_rate, 0.75);
}

TEST(Restart, TakesOverTheInnerRulesScheduleAndClip) {
  const Rule inner = sgd({.lr = 1}).with_schedule(linear()).with_clip(clip_value());
  const Rule rule = restart({.rule = inner});
  EXPECT_EQ(rule.schedule().description(), inner.schedule().description());
  EXPECT_EQ(rule.clip().description, inner.clip().description);
  EXPECT_EQ(rule.bare().description().find("linear"), std::string::npos);
  EXPECT_THROW(rule.with_schedule(cosine()), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::optim
