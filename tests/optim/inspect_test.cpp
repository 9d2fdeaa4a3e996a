#include "optim/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

TEST(Inspector, MeasuresTheStep) {
  Layout layout;
  layout.add("all", 5, 1, {});
  const auto run = sgd({.lr = 0.1}).with_clip(clip_value({.max = 4})).bind<double>(layout);
  std::vector<double> p{3, 0, 0, 0, 4};
  Inspector<double> inspector;
  const StepInspection seen = inspector.step(*run, p, std::vector<double>{0, -3, 2, 9, -1});
  EXPECT_NEAR(seen.update_norm, 0.1 * std::sqrt(9 + 4 + 16 + 1), 1e-15);
  EXPECT_NEAR(seen.update_to_weight, seen.update_norm / 5, 1e-15);
  EXPECT_THAT(seen.step_quantiles,
              testing::Pointwise(testing::DoubleNear(1e-15), std::vector<double>{0, 0.1, 0.2, 0.3, 0.4}));
  EXPECT_EQ(seen.report.learning_rate, 0.1);
  EXPECT_NEAR(seen.report.gradient_norm, std::sqrt(95.0), 1e-14);
  EXPECT_NEAR(seen.report.clipped_norm, std::sqrt(30.0), 1e-14);
}

// Steps of all sizes that a float has, many of them equal, some zero.
TEST(Inspector, FindsTheQuartilesOfMany) {
  for (const std::size_t size : {1, 2, 9, 4099}) {
    SCOPED_TRACE(size);
    Layout layout;
    layout.add("all", static_cast<Eigen::Index>(size), 1, {});
    const auto run = sgd({.lr = 1}).bind<float>(layout);
    std::vector<float> p(size, 0), gradient(size), sorted(size);
    std::mt19937 random(1);
    for (float& g : gradient)
      g = random() % 4 == 0
              ? 0.5F
              : std::pow(10.0F, static_cast<float>(random() % 600) / 10 - 42) * (random() % 2 == 0 ? -1.0F : 1.0F);
    Inspector<float> inspector;
    const StepInspection seen = inspector.step(*run, p, gradient);
    std::ranges::transform(p, sorted.begin(), [](float moved) { return std::abs(moved); });
    std::ranges::sort(sorted);
    for (std::size_t k = 0; k < 5; ++k)
      EXPECT_EQ(seen.step_quantiles[k], static_cast<double>(sorted[k * (size - 1) / 4])) << k;
  }
}

// Of every rule: rate, both norms, and how far the parameters really went.
TEST(Inspector, ReportsTheStepOfAnyRule) {
  const std::map<std::string, std::string> of_another_gradient = {
      {"multi_steps", "the step is the mean gradient's"},
      {"l2_init", "the pull is part of the gradient"},
      {"nested", "both"},
  };
  for (const NamedRule& each : every_rule())
    for (const bool clips : {false, true}) {
      SCOPED_TRACE(each.name);
      if (clips && each.rule.clip().kind != Clip::Kind::none) continue;
      const bool clipped = clips || each.rule.clip().kind != Clip::Kind::none;
      const auto run = (clips ? each.rule.with_clip(global_norm({.max = 0.5})) : each.rule)
                           .bind<double>(two_layers(), {.updates = 40});
      std::vector<double> p = numbers<double>(26, 1);
      Inspector<double> inspector;
      int moves = 0;
      for (unsigned i = 0; i < 12; ++i) {
        const std::vector<double> before = p, gradient = numbers<double>(26, 10 + i);
        const StepInspection seen = inspector.step(*run, p, gradient);
        double squares = 0, weights = 0, length = 0;
        std::vector<double> moved(26);
        for (std::size_t k = 0; k < 26; ++k) {
          moved[k] = std::abs(p[k] - before[k]);
          squares += moved[k] * moved[k];
          weights += before[k] * before[k];
          length += gradient[k] * gradient[k];
        }
        std::ranges::sort(moved);
        EXPECT_NEAR(seen.update_norm, std::sqrt(squares), 1e-14);
        EXPECT_NEAR(seen.update_to_weight, std::sqrt(squares / weights), 1e-14);
        EXPECT_THAT(seen.step_quantiles, testing::ElementsAre(moved[0], moved[6], moved[12], moved[18], moved[25]));
        moves += moved[25] > 0 ? 1 : 0;

        EXPECT_TRUE(seen.report.applied);
        if (!of_another_gradient.contains(each.name)) {
          EXPECT_NEAR(seen.report.gradient_norm, std::sqrt(length), 1e-12);
          EXPECT_FALSE(seen.report.accumulated);
          EXPECT_GT(seen.report.learning_rate, 0);
        }
        if (seen.report.accumulated) continue;
        if (clips) {
          EXPECT_NEAR(seen.report.clipped_norm, 0.5, 1e-5);
        }
        if (clipped) {
          EXPECT_LT(seen.report.clipped_norm, seen.report.gradient_norm);
        } else {
          EXPECT_EQ(seen.report.clipped_norm, seen.report.gradient_norm);
        }
      }
      EXPECT_GE(moves, 4);
    }
}

TEST(Inspector, LooksAtEachBlock) {
  Layout layout;
  layout.add("a/weight", 2, 2, {"weight"});
  layout.add("a/bias", 2, 1, {"bias"});
  const auto run = sgd({.lr = 1}).bind<double>(layout);
  std::vector<double> p{3, 4, 0, 0, 0, 0};
  Inspector<double> inspector;
  std::vector<BlockInspection> blocks(7);
  inspector.step(*run, p, std::vector<double>{3e-3, 4e-3, 0, 1e-20, 0, 1e9}, &blocks);
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].name, "a/weight");
  EXPECT_NEAR(blocks[0].update_to_weight, 1e-3, 1e-15);
  EXPECT_EQ(blocks[0].steps.zeros, 1);
  EXPECT_EQ(blocks[0].steps.counts[0], 1) << "too small for any bin";
  EXPECT_EQ(blocks[0].steps.counts[4 * 7 + 1], 1) << "10^-2.75 to 10^-2.5";
  EXPECT_EQ(blocks[0].steps.counts[4 * 7 + 2], 1) << "10^-2.5 to 10^-2.25";
  std::int64_t counted = 0;
  for (const std::int64_t count : blocks[0].ratios.counts) counted += count;
  EXPECT_EQ(counted, 2) << "the two parameters that were not 0";
  EXPECT_EQ(blocks[1].update_to_weight, 0);
  EXPECT_EQ(blocks[1].steps.zeros, 1);
  EXPECT_EQ(blocks[1].steps.counts.back(), 1) << "too large for any bin";
}

TEST(Inspector, LeavesTheStepItsBits) {
  const auto plain = adam().bind<float>(two_layers()), watched = adam().bind<float>(two_layers());
  std::vector<float> p = numbers<float>(26, 1), q = p;
  Inspector<float> inspector;
  for (unsigned i = 0; i < 10; ++i) {
    plain->step(p, numbers<float>(26, i));
    std::vector<BlockInspection> blocks;
    inspector.step(*watched, q, numbers<float>(26, i), i % 2 == 0 ? &blocks : nullptr);
    ASSERT_EQ(p, q);
  }
}

}  // namespace
}  // namespace cairn::optim
