#include "agents/networks/distributions.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

namespace cairn::agents {
namespace {

constexpr int draws = 40'000;

TEST(Distributions, TakesTheBestLegalAction) {
  const std::array values{1.0F, 5.0F, 3.0F}, all{1.0F, 1.0F, 1.0F}, not_the_second{1.0F, 0.0F, 1.0F};
  EXPECT_EQ(best_legal(values, {}), 1);
  EXPECT_EQ(best_legal(values, all), 1);
  EXPECT_EQ(best_legal(values, not_the_second), 2);
}

TEST(Distributions, DrawsLegalActionsEquallyOften) {
  const std::array mask{1.0F, 0.0F, 1.0F, 1.0F};
  envs::Random random(1, envs::Stream::policy);
  std::array<int, 4> counts{};
  for (int i = 0; i < draws; ++i) ++counts[static_cast<std::size_t>(uniform_legal(4, mask, random))];
  EXPECT_EQ(counts[1], 0);
  // Five standard deviations of a binomial count.
  for (const std::size_t action : {0U, 2U, 3U})
    EXPECT_NEAR(counts[action], draws / 3.0, 5 * std::sqrt(draws * 2 / 9.0));
}

TEST(Distributions, DrawsActionsAsOftenAsTheirSoftmaxSays) {
  const std::array logits{0.0F, std::log(3.0F), 10.0F, std::log(4.0F)}, mask{1.0F, 1.0F, 0.0F, 1.0F};
  const std::array expected{1 / 8.0, 3 / 8.0, 0.0, 4 / 8.0};
  envs::Random random(2, envs::Stream::policy);
  std::array<int, 4> counts{};
  for (int i = 0; i < draws; ++i) {
    const CategoricalSample sample = sample_categorical(logits, mask, random);
    const auto action = static_cast<std::size_t>(sample.action);
    ++counts[action];
    ASSERT_NEAR(sample.log_probability, std::log(expected[action]), 1e-5);
  }
  for (std::size_t action = 0; action < 4; ++action)
    EXPECT_NEAR(counts[action], draws * expected[action],
                5 * std::sqrt(draws * expected[action] * (1 - expected[action])));
}

TEST(Distributions, DrawsNormalActionsAndTellsTheirDensity) {
  const std::array mean{1.0F, -2.0F}, log_std{std::log(0.5F), std::log(2.0F)};
  envs::Random random(3, envs::Stream::policy);
  std::array<double, 2> sum{}, squares{};
  for (int i = 0; i < draws; ++i) {
    std::array<float, 2> action{};
    const float density = sample_gaussian(mean, log_std, random, action);
    double expected = 0;
    for (std::size_t c = 0; c < 2; ++c) {
      const double sigma = std::exp(static_cast<double>(log_std[c]));
      const double z = (static_cast<double>(action[c]) - static_cast<double>(mean[c])) / sigma;
      expected -= z * z / 2 + std::log(sigma * std::sqrt(2 * std::numbers::pi));
      sum[c] += z;
      squares[c] += z * z;
    }
    ASSERT_NEAR(density, expected, 1e-4);
  }
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_NEAR(sum[c] / draws, 0, 5 / std::sqrt(draws));
    EXPECT_NEAR(squares[c] / draws, 1, 5 * std::sqrt(2.0 / draws));
  }
}

}  // namespace
}  // namespace cairn::agents
