#include "agents/q_learning/quantiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

namespace cairn::agents {
namespace {

using Values = std::vector<double>;

nlohmann::json quantiles_reference() {
  return nlohmann::json::parse(std::ifstream(CAIRN_TEST_DATA "/algorithms/quantile_huber.json"));
}

TEST(Quantiles, LossAndGradientAreTheReferences) {
  int compared = 0;
  const auto cases = quantiles_reference()["cases"];
  for (const auto& each : cases) {
    if (each["kind"] == "sampled") continue;  // fractions drawn at random: IQN's
    const double kappa = each["kappa"], scale = each["divide_by_kappa"].get<bool>() ? 1 : kappa;
    double mean = 0;
    const std::size_t samples = each["quantiles"].size();
    for (std::size_t b = 0; b < samples; ++b) {
      const Values quantiles = each["quantiles"][b], targets = each["targets"][b], slope = each["d_quantiles"][b];
      const double weight = each["weights"][b].get<double>() * scale;
      Values d_quantiles(quantiles.size());
      const auto [value, error] =
          quantile_huber_loss<double>(quantiles, targets, kappa, weight / static_cast<double>(samples), d_quantiles);
      EXPECT_NEAR(scale * value, each["per_sample_loss"][b].get<double>(), 1e-12);
      mean += weight * value / static_cast<double>(samples);
      for (std::size_t i = 0; i < slope.size(); ++i) EXPECT_NEAR(d_quantiles[i], slope[i], 1e-12);
      double distance = 0;
      for (const double y : targets)
        for (const double theta : quantiles) distance += std::abs(y - theta);
      EXPECT_NEAR(error, distance / static_cast<double>(targets.size() * quantiles.size()), 1e-12);
      ++compared;
    }
    EXPECT_NEAR(mean, each["loss"].get<double>(), 1e-12);
  }
  EXPECT_EQ(compared, 8);
}

TEST(Quantiles, GreedyTargetsAreTheReferences) {
  const auto greedy = quantiles_reference()["greedy"];
  const auto flat = [](const nlohmann::json& actions) {
    Values values;
    for (const auto& action : actions)
      for (const double quantile : action) values.push_back(quantile);
    return values;
  };
  for (const char* kind : {"double", "single"})
    for (std::size_t b = 0; b < greedy["rewards"].size(); ++b) {
      const Values delayed = flat(greedy["delayed"][b]);
      const Values chooser = std::string_view(kind) == "double" ? flat(greedy["online"][b]) : delayed;
      const std::vector<float> mask = greedy["masks"][b];
      const double discount = greedy["terminated"][b] == 1 ? 0 : greedy["discounts"][b].get<double>();
      Values targets(4);
      quantile_targets<double>(chooser, delayed, mask, greedy["rewards"][b], discount, targets);
      EXPECT_EQ(best_by_mean<double>(chooser, 4, mask), greedy[kind]["action"][b].get<int>());
      for (std::size_t j = 0; j < 4; ++j)
        EXPECT_NEAR(targets[j], greedy[kind]["targets"][b][j].get<double>(), 1e-12) << kind << ' ' << b;
    }
}

TEST(Quantiles, GradientMatchesCentralDifferences) {
  const Values targets{0.3, -1.2, 2.5, 0.31};
  Values quantiles{-0.7, 0.1, 1.9}, slope(3), other(3);
  quantile_huber_loss<double>(quantiles, targets, 0.8, 1.7, slope);
  for (std::size_t i = 0; i < 3; ++i) {
    const double at = quantiles[i], h = 1e-6;
    quantiles[i] = at + h;
    const double above = quantile_huber_loss<double>(quantiles, targets, 0.8, 1, other).value;
    quantiles[i] = at - h;
    const double below = quantile_huber_loss<double>(quantiles, targets, 0.8, 1, other).value;
    quantiles[i] = at;
    EXPECT_NEAR(slope[i], 1.7 * (above - below) / (2 * h), 1e-8);
  }
}

/// Where quantiles come to rest under targets drawn from `data`, one a step.
Values learned(std::size_t count, double kappa, const Values& data) {
  Values quantiles(count, 0.3), slope(count);
  for (int step = 0; step < 40'000; ++step) {
    quantile_huber_loss<double>(quantiles, data, kappa, 1, slope);
    const double rate = step < 20'000 ? 1e-2 : 1e-4;
    for (std::size_t i = 0; i < count; ++i) quantiles[i] -= rate * slope[i];
  }
  return quantiles;
}

TEST(Quantiles, OneQuantileOfASmallKappaIsTheMedian) {
  EXPECT_NEAR(learned(1, 1e-3, {0, 0, 0.25, 7, 9})[0], 0.25, 0.01);
}

TEST(Quantiles, OfTwoPointsConvergeToThemOnEitherSideOfOneHalf) {
  const Values quantiles = learned(6, 1e-3, {0, 1});
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(quantiles[i], i < 3 ? 0 : 1, 0.01) << i;
}

// Σ_i |τ_i - 1(u < 0)| = N/2 where all quantiles are alike.
TEST(Quantiles, EqualQuantilesGiveHalfOfNTimesHuber) {
  const Values quantiles(8, 0.5), targets(8, 0.9);
  Values slope(8);
  EXPECT_NEAR(quantile_huber_loss<double>(quantiles, targets, 1, 1, slope).value, 4 * 0.5 * 0.4 * 0.4, 1e-12);
}

}  // namespace
}  // namespace cairn::agents
