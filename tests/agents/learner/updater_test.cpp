#include "agents/learner/updater.h"

#include <gmock/gmock.h>

#include <functional>
#include <limits>
#include <map>
#include <string>

#include "agents/archive/archive.h"
#include "tests/optim/every_rule.h"

namespace cairn::agents {
namespace {

using optim::numbers;

using optim::n;

/// Both take the same steps; whether the parameters are the same afterwards.
bool same_steps(Updater& a, Updater& b, unsigned first = 0) {
  std::vector<float> p = numbers<float>(n, 1), q = p;
  for (unsigned i = first; i < first + 10; ++i) {
    a.step(p, numbers<float>(n, i), 0);
    b.step(q, numbers<float>(n, i), 0);
  }
  return p == q;
}

std::vector<std::string> names(const Telemetry& telemetry) {
  std::vector<std::string> all;
  for (const optim::BlockInspection& block : telemetry.blocks) all.push_back(block.name);
  return all;
}

TEST(Updater, LooksAtBlocksWhereWantedAndLeavesTheBits) {
  const optim::Layout layout = optim::two_layers();
  Updater plain(optim::adam(), layout, {}, 10), watched(optim::adam(), layout, {}, 10);
  watched.look_at_blocks(true);
  EXPECT_TRUE(same_steps(plain, watched));
  Telemetry telemetry;
  plain.report(telemetry);
  EXPECT_TRUE(telemetry.blocks.empty());
  telemetry.clear();
  watched.report(telemetry);
  ASSERT_EQ(telemetry.blocks.size(), layout.blocks.size());
  EXPECT_EQ(names(telemetry).front(), layout.blocks.front().name);
  EXPECT_GT(telemetry.blocks.front().update_to_weight, 0);
  telemetry.clear();
  watched.report(telemetry);
  EXPECT_TRUE(telemetry.blocks.empty()) << "an iteration without a step";
}

TEST(Updater, InspectsTheFirstAppliedStepOfAnIteration) {
  Updater updater(optim::sgd({.lr = 1}), optim::two_layers(), {}, 10);
  std::vector<float> p(n, 1.0F), slope(n, 0.5F), bad(n, NAN), none(n, 0.0F);
  updater.step(p, bad, 0);
  updater.step(p, slope, 0);
  updater.step(p, none, 0);
  Telemetry telemetry;
  updater.report(telemetry);
  std::map<std::string, double, std::less<>> told;
  for (const Telemetry::Metric& metric : telemetry.metrics) told.emplace(metric.name, metric.value);
  EXPECT_NEAR(told["train/update_norm"], 0.5 * std::sqrt(26.0), 1e-6);
  EXPECT_EQ(told["train/step_largest"], 0.5);
  EXPECT_EQ(told["train/skipped_updates"], 1);
}

TEST(Updater, KeepsAccountOfAnIteration) {
  Updater updater(optim::sgd({.lr = 0.25}).with_clip(optim::global_norm({.max = 1})), optim::two_layers(), {}, 2);
  std::vector<float> p(n, 1.0F), none(n, 0.0F), bad(n, NAN);
  std::vector<float> slope(n, 0.0F);
  slope[0] = 3;
  updater.step(p, slope, 0);
  updater.step(p, bad, 0);
  updater.step(p, none, 0);
  EXPECT_EQ(updater.applied(), 2);
  Telemetry telemetry;
  updater.report(telemetry);
  ASSERT_GE(telemetry.metrics.size(), 3);
  EXPECT_EQ(telemetry.metrics[0].name, "train/gradient_norm");
  EXPECT_DOUBLE_EQ(telemetry.metrics[0].value, 1.5) << "the mean of 3 and 0";
  EXPECT_EQ(telemetry.metrics[1].name, "train/gradient_norm_clipped");
  EXPECT_NEAR(telemetry.metrics[1].value, 0.5, 1e-6);
  EXPECT_EQ(telemetry.metrics[2].name, "train/learning_rate");
  EXPECT_EQ(telemetry.metrics[2].value, 0.25);
  EXPECT_EQ(updater.applied(), 0) << "an account an iteration";
}

TEST(Updater, EndsTheRunAtTheLimitAndNotBefore) {
  Updater updater(optim::adam(), optim::two_layers(), {}, 2);
  std::vector<float> p = numbers<float>(n, 1);
  const std::vector<float> bad(n, std::numeric_limits<float>::infinity());
  EXPECT_NO_THROW(updater.step(p, bad, 100));
  EXPECT_THAT([&] { updater.step(p, bad, 100); },
              testing::ThrowsMessage<Diverged>(testing::HasSubstr("2 updates in a row, the last after 100 steps")));
}

TEST(Updater, EndsTheRunAtOnceWhereAnUpdateLeavesWeightsThatAreNotFinite) {
  Updater updater(optim::adam({.eps = 0}), optim::two_layers(), {}, 10);  // 0 / 0 where a slope is 0
  std::vector<float> p = numbers<float>(n, 1), slope(n, 1.0F);
  EXPECT_NO_THROW(updater.step(p, slope, 512));
  Updater other(optim::adam({.eps = 0}), optim::two_layers(), {}, 10);
  slope.back() = 0;
  EXPECT_THAT([&] { other.step(p, slope, 1024); },
              testing::ThrowsMessage<Diverged>(testing::AllOf(
                  testing::HasSubstr("The weights in '" + optim::two_layers().blocks.back().name + "' are not finite"),
                  testing::HasSubstr("after 1024 steps"))));
}

TEST(Updater, ASwappedRuleBeginsAnewWhileTheScheduleGoesOn) {
  const optim::Horizon horizon{.updates = 10};
  Updater updater(optim::sgd({.lr = 1}).with_schedule(optim::linear()), optim::two_layers(), horizon, 10);
  std::vector<float> p(n, 0.0F);
  const std::vector<float> slope(n, 1.0F);
  for (int i = 0; i < 4; ++i) updater.step(p, slope, 0);
  updater.set_rate_factor(0.5);
  EXPECT_DOUBLE_EQ(updater.step(p, slope, 0).learning_rate, 0.5 * 0.6);
  updater.swap(optim::adam({.lr = 0.1}).with_schedule(optim::linear()));
  EXPECT_EQ(updater.rate_factor(), 1);
  EXPECT_EQ(updater.optimizer().updates(), 5);
  EXPECT_DOUBLE_EQ(updater.step(p, slope, 0).learning_rate, 0.1 * 0.5);
  EXPECT_THROW(updater.swap(optim::partition({{{"no such tag", optim::adam()}}})), std::invalid_argument);
  EXPECT_EQ(updater.optimizer().updates(), 6) << "as it was";
}

TEST(Updater, IsSavedWithARateThatWasTurnedAndARuleThatWasSwappedIn) {
  const optim::Layout layout = optim::two_layers();
  Updater run(optim::sgd(), layout, {}, 10), resumed(optim::sgd(), layout, {}, 10);
  Archive untouched;
  run.save(untouched, "optimizer");
  EXPECT_FALSE(untouched.metadata.contains("optimizer/swapped_to"));

  run.swap(optim::lion());
  run.set_rate_factor(0.25);
  std::vector<float> p = numbers<float>(n, 1);
  run.step(p, numbers<float>(n, 2), 0);
  Archive archive;
  run.save(archive, "optimizer");
  EXPECT_EQ(archive.metadata["optimizer/swapped_to"], optim::lion().description());
  EXPECT_THROW(resumed.load(archive, "optimizer"), std::runtime_error) << "the rule must be swapped in first";
  resumed.swap(optim::lion());
  resumed.load(archive, "optimizer");
  EXPECT_EQ(resumed.rate_factor(), 0.25);
  EXPECT_TRUE(same_steps(run, resumed, 3));
  Archive again;
  resumed.save(again, "optimizer");
  EXPECT_TRUE(again.metadata.contains("optimizer/swapped_to")) << "and a second resume finds it too";
}

}  // namespace
}  // namespace cairn::agents
