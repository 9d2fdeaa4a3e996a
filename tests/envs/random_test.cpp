#include "envs/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace cairn::envs {
namespace {

// Known answers of Philox4x32-10, counter and key zero, from the Random123 distribution (kat_vectors).
TEST(Random, MatchesThePublishedKnownAnswer) {
  Random random(0, static_cast<Stream>(0), 0, 0);
  EXPECT_EQ(random.bits(), 0x6627e8d5U);
  EXPECT_EQ(random.bits(), 0xe169c58dU);
  EXPECT_EQ(random.bits(), 0xbc57ac4cU);
  EXPECT_EQ(random.bits(), 0x9b00dbd8U);
}

TEST(Random, EveryPartOfTheCounterChangesTheNumbers) {
  const auto first = [](std::uint64_t seed, Stream stream, std::uint32_t index, std::uint32_t episode) {
    return Random(seed, stream, index, episode).bits();
  };
  const std::vector<std::uint32_t> values{
      first(1, Stream::policy, 0, 0),  first(2, Stream::policy, 0, 0),
      first(1, Stream::shuffle, 0, 0), first(1, Stream::policy, 1, 0),
      first(1, Stream::policy, 0, 1),  first(std::uint64_t{1} << 40, Stream::policy, 0, 0)};
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(values[i], values[j]) << i << " and " << j;
}

TEST(Random, GoesOnFromItsStateAtAnyPoint) {
  for (int before = 0; before < 12; ++before) {
    Random random(7, Stream::replay, 3, 4);
    for (int i = 0; i < before; ++i)
      i % 3 == 0 ? static_cast<void>(random.normal()) : static_cast<void>(random.uniform());
    Random copy = Random::from_state(random.state());
    for (int i = 0; i < 9; ++i) {
      EXPECT_EQ(random.normal(), copy.normal()) << before;
      EXPECT_EQ(random.bits(), copy.bits()) << before;
    }
  }
}

TEST(Random, UniformAndNormalHaveTheirMoments) {
  Random random(3, Stream::policy);
  constexpr int n = 200'000;
  double sum = 0, square = 0, cube = 0, uniform = 0;
  float low = 1, high = 0;
  for (int i = 0; i < n; ++i) {
    const double z = random.normal();
    sum += z, square += z * z, cube += z * z * z;
    const float u = random.uniform();
    uniform += u, low = std::min(low, u), high = std::max(high, u);
  }
  EXPECT_NEAR(sum / n, 0, 4 / std::sqrt(n));
  EXPECT_NEAR(square / n, 1, 4 * std::sqrt(2.0 / n));
  EXPECT_NEAR(cube / n, 0, 4 * std::sqrt(15.0 / n));
  EXPECT_NEAR(uniform / n, 0.5, 4 * std::sqrt(1.0 / 12 / n));
  EXPECT_GE(low, 0.0F);
  EXPECT_LT(high, 1.0F);
}

TEST(Random, BelowIsUniform) {
  Random random(5, Stream::shuffle);
  std::vector<int> counts(6);
  for (int i = 0; i < 60'000; ++i) ++counts[random.below(6)];
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  EXPECT_LT(chi_square, 20.5);  // 99.9 % point at 5 degrees of freedom
}

TEST(Random, ShufflesAsSwapsByBelowWould) {
  for (const int size : {0, 1, 2, 5, 64, 1'000})
    for (int drawn = 0; drawn < 9; ++drawn) {
      Random random(7, Stream::shuffle, 1, 2);
      for (int i = 0; i < drawn; ++i) random.bits();
      Random plain = random;
      std::vector<int> values(static_cast<std::size_t>(size)), expected;
      std::iota(values.begin(), values.end(), 0);
      expected = values;
      for (std::size_t i = expected.size(); i > 1; --i)
        std::swap(expected[i - 1], expected[plain.below(static_cast<std::uint32_t>(i))]);
      random.shuffle(values);
      EXPECT_EQ(values, expected) << size << " values after " << drawn << " draws";
      EXPECT_EQ(random.state(), plain.state());
      for (int i = 0; i < 9; ++i) EXPECT_EQ(random.bits(), plain.bits());
    }
}

}  // namespace
}  // namespace cairn::envs
