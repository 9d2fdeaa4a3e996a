#include "optim/multi_steps.h"

#include <gtest/gtest.h>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

TEST(MultiSteps, StepsWithTheMeanOfEveryThree) {
  const auto run = multi_steps({.rule = adam(), .k = 3}).bind<double>(two_layers()),
             plain = adam().bind<double>(two_layers());
  std::vector<double> p = numbers<double>(n, 1), q = p;
  for (unsigned i = 0; i < 5; ++i) {
    std::vector<double> mean(n, 0.0);
    for (unsigned part = 0; part < 3; ++part) {
      const std::vector<double> g = numbers<double>(n, 3 * i + part), before = p;
      const StepReport report = run->step(p, g);
      EXPECT_EQ(report.accumulated, part < 2);
      EXPECT_EQ(p == before, part < 2);
      for (std::size_t k = 0; k < n; ++k) mean[k] += g[k] / 3;
    }
    plain->step(q, mean);
    for (std::size_t k = 0; k < n; ++k) ASSERT_NEAR(p[k], q[k], 1e-14);
    EXPECT_EQ(run->updates(), i + 1);
  }
}

TEST(MultiSteps, LeavesWhatIsNotFiniteOutOfTheMean) {
  const auto run = multi_steps({.rule = sgd({.lr = 1}), .k = 2}).bind<double>(two_layers());
  std::vector<double> p(n, 0.0);
  run->step(p, std::vector<double>(n, 1.0));
  const StepReport report = run->step(p, std::vector<double>(n, std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(report.applied);
  EXPECT_EQ(report.skipped_in_a_row, 1);
  run->step(p, std::vector<double>(n, 3.0));
  EXPECT_EQ(p[0], -2);
  EXPECT_EQ(run->skipped(), 1);
}

// The schedule's horizon is in updates, of which there are k times fewer; the clip is of the mean.
TEST(MultiSteps, SchedulesUpdatesAndClipsTheMean) {
  const auto run = multi_steps({.rule = sgd({.lr = 1}), .k = 2})
                       .with_schedule(linear())
                       .with_clip(clip_value({.max = 1}))
                       .bind<double>(two_layers(), {.updates = 8});
  std::vector<double> p(n, 0.0), rates;
  for (int i = 0; i < 8; ++i) {
    const StepReport report = run->step(p, std::vector<double>(n, i % 2 == 0 ? 2.0 : -1.0));
    if (!report.accumulated) rates.push_back(report.learning_rate);
  }
  EXPECT_EQ(rates, (std::vector<double>{1, 0.75, 0.5, 0.25}));
  EXPECT_DOUBLE_EQ(p[0], -0.5 * 2.5);
}

}  // namespace
}  // namespace cairn::optim
