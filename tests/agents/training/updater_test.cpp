#include "agents/training/updater.h"

#include <gmock/gmock.h>

#include "agents/files/archive.h"
#include "tests/optim/every_rule.h"

namespace cairn::agents {
namespace {

using optim::numbers;

constexpr std::size_t n = 26;

/// Both take the same steps; whether the parameters are the same afterwards.
bool same_steps(Updater& a, Updater& b, unsigned first = 0) {
  std::vector<float> p = numbers<float>(n, 1), q = p;
  for (unsigned i = first; i < first + 10; ++i) {
    a.step(p, numbers<float>(n, i));
    b.step(q, numbers<float>(n, i));
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
  Updater plain(optim::adam(), layout, {}), watched(optim::adam(), layout, {});
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
  Updater updater(optim::sgd({.lr = 1}), optim::two_layers(), {});
  std::vector<float> p(n, 1.0F), slope(n, 0.5F), bad(n, NAN), none(n, 0.0F);
  updater.step(p, bad);
  updater.step(p, slope);
  updater.step(p, none);
  Telemetry telemetry;
  updater.report(telemetry);
  EXPECT_EQ(telemetry.metrics[0].name, "train/update_norm");
  EXPECT_NEAR(telemetry.metrics[0].value, 0.5 * std::sqrt(26.0), 1e-6);
  EXPECT_EQ(telemetry.metrics.back().name, "train/skipped_updates");
  EXPECT_EQ(telemetry.metrics.back().value, 1);
}

TEST(Updater, ASwappedRuleBeginsAnewWhileTheScheduleGoesOn) {
  const optim::Horizon horizon{.updates = 10};
  Updater updater(optim::sgd({.lr = 1}).with_schedule(optim::linear()), optim::two_layers(), horizon);
  std::vector<float> p(n, 0.0F);
  const std::vector<float> slope(n, 1.0F);
  for (int i = 0; i < 4; ++i) updater.step(p, slope);
  updater.set_rate_factor(0.5);
  EXPECT_DOUBLE_EQ(updater.step(p, slope).learning_rate, 0.5 * 0.6);
  updater.swap(optim::adam({.lr = 0.1}).with_schedule(optim::linear()));
  EXPECT_EQ(updater.rate_factor(), 1);
  EXPECT_EQ(updater.optimizer().updates(), 5);
  EXPECT_DOUBLE_EQ(updater.step(p, slope).learning_rate, 0.1 * 0.5);
  EXPECT_THROW(updater.swap(optim::partition({{{"no such tag", optim::adam()}}})), std::invalid_argument);
  EXPECT_EQ(updater.optimizer().updates(), 6) << "as it was";
}

TEST(Updater, IsSavedWithARateThatWasTurnedAndARuleThatWasSwappedIn) {
  const optim::Layout layout = optim::two_layers();
  Updater run(optim::sgd(), layout, {}), resumed(optim::sgd(), layout, {});
  Archive untouched;
  run.save(untouched, "optimizer");
  EXPECT_FALSE(untouched.metadata.contains("optimizer/swapped_to"));

  run.swap(optim::lion());
  run.set_rate_factor(0.25);
  std::vector<float> p = numbers<float>(n, 1);
  run.step(p, numbers<float>(n, 2));
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
