#include "apps/suite/results.h"

#include <gtest/gtest.h>

namespace cairn::suite {
namespace {

Run with_success(int seed, double success) {
  return {.seed = seed, .success = success};
}

TEST(SuiteResults, AMethodSolvesFromFourFifthsOfTheEpisodes) {
  const Entry entry{.world = "w", .method = "m", .options = {}, .steps = 1, .expected = Expectation::solves};
  EXPECT_TRUE(*analyse({entry}, {{with_success(1, 0.8), with_success(2, 0.8)}})[0].as_expected);
  EXPECT_FALSE(*analyse({entry}, {{with_success(1, 0.79), with_success(2, 0.79)}})[0].as_expected);
}

TEST(SuiteResults, AMethodFailsWhereItsRivalIsBetterSeedBySeed) {
  const Entry rival{.world = "w", .method = "good", .options = {}, .steps = 1, .expected = Expectation::solves};
  const Entry plain{
      .world = "w", .method = "bad", .options = {}, .steps = 1, .expected = Expectation::fails, .rival = "good"};
  const auto judged = [&](std::vector<double> good, std::vector<double> bad) {
    std::vector<std::vector<suite::Run>> runs(2);
    for (std::size_t i = 0; i < good.size(); ++i) {
      runs[0].push_back(with_success(static_cast<int>(i) + 1, good[i]));
      runs[1].push_back(with_success(static_cast<int>(i) + 1, bad[i]));
    }
    return analyse({rival, plain}, runs)[1];
  };
  const Cell apart = judged({0.9, 1, 0.95, 0.92, 0.97}, {0, 0.1, 0, 0.05, 0.02});
  EXPECT_TRUE(*apart.as_expected);
  EXPECT_GT(apart.difference->interval.low, 0.5);
  EXPECT_FALSE(*judged({0.9, 1, 0.95, 0.92, 0.97}, {0.95, 0.9, 1, 0.97, 0.92}).as_expected);
  EXPECT_FALSE(*judged({1, 1, 1}, {1, 1, 1}).as_expected) << "no difference";
  EXPECT_TRUE(*judged({1, 1, 1}, {0, 0, 0}).as_expected) << "all alike, and better";
}

TEST(SuiteResults, WithoutItsRivalNothingIsSaidOfAMethod) {
  const Entry plain{
      .world = "w", .method = "bad", .options = {}, .steps = 1, .expected = Expectation::fails, .rival = "good"};
  const Cell alone = analyse({plain}, {{with_success(1, 0)}})[0];
  EXPECT_FALSE(alone.as_expected.has_value());
  EXPECT_FALSE(alone.difference.has_value());
}

TEST(SuiteResults, TheMedianFirstSuccessCountsRunsWithoutOneAsLater) {
  const Entry entry{.world = "w", .method = "m", .options = {}, .steps = 1};
  const auto median = [&](std::vector<std::optional<double>> steps) {
    std::vector<suite::Run> runs;
    for (const auto& one : steps) runs.push_back({.seed = 1, .first_success = one});
    return analyse({entry}, {runs})[0].first_success;
  };
  EXPECT_EQ(median({30, 10, std::nullopt}), 30);
  EXPECT_EQ(median({10, 20, 30, 40}), 25);
  EXPECT_EQ(median({10, std::nullopt, std::nullopt}), std::nullopt);
  EXPECT_EQ(median({10, std::nullopt}), std::nullopt);
}

}  // namespace
}  // namespace cairn::suite
