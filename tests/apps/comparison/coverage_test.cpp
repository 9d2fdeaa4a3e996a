#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "apps/comparison/statistics.h"

namespace cairn::comparison {
namespace {

TEST(Coverage, IsNear95PercentAtTwentyRunsWhateverTheShape) {
  const std::vector<Coverage> all = measured_coverage(20, 2000, 1000);
  ASSERT_GE(all.size(), 5U);
  for (const Coverage& one : all) {
    RecordProperty(std::string(one.shape), std::to_string(one.iqm) + " " + std::to_string(one.mean));
    EXPECT_GE(one.iqm, 0.92) << one.shape;
    EXPECT_LE(one.iqm, 0.98) << one.shape;
    EXPECT_GE(one.mean, 0.92) << one.shape;
    EXPECT_LE(one.mean, 0.98) << one.shape;
  }
}

TEST(Coverage, IsLowerWithFewRunsAndSaysSo) {
  for (const Coverage& one : measured_coverage(3)) {
    EXPECT_LT(one.mean, 0.92) << one.shape;
    EXPECT_GT(one.iqm, 0.6) << one.shape;
  }
}

// Normal scores a distance d apart: P(a > b) is the normal's mass below d / sqrt(2). Capped ones tie at the ceiling.
TEST(Coverage, HoldsForTheProbabilityOfImprovement) {
  std::mt19937 generator(3);
  std::normal_distribution<double> normal;
  constexpr double ceiling = 1;
  constexpr int runs = 20, repeats = 800, fine = 400'000;
  for (const double distance : {0.0, 0.7, 1.8})
    for (const bool capped : {false, true}) {
      const auto draw = [&](double middle) {
        const double score = middle + normal(generator);
        return capped ? std::min(score, ceiling) : score;
      };
      double truth = 0;
      for (int i = 0; i < fine; ++i) {
        const double a = draw(distance), b = draw(0);
        truth += a > b ? 1 : a == b ? 0.5 : 0;
      }
      truth /= fine;
      int inside = 0;
      for (int repeat = 0; repeat < repeats; ++repeat) {
        Strata a(1), b(1);
        for (int i = 0; i < runs; ++i) a[0].push_back(draw(distance)), b[0].push_back(draw(0));
        const Resampling resampling{.resamples = 400, .seed = static_cast<std::uint64_t>(repeat)};
        const Interval interval = probability_of_improvement(a, b, resampling).interval;
        inside += interval.low <= truth && truth <= interval.high;
      }
      EXPECT_GE(inside, 0.92 * repeats) << distance << capped;
      EXPECT_LE(inside, 0.98 * repeats) << distance << capped;
    }
}

}  // namespace
}  // namespace cairn::comparison
