#include "agents/exploration/outcomes.h"

#include <gtest/gtest.h>

#include <cmath>

#include "agents/archive/archive.h"

namespace cairn::agents {
namespace {

Outcomes of(int successes, int plays) {
  Outcomes outcomes;
  for (int i = 0; i < plays; ++i) outcomes.add(i < successes, 64);
  return outcomes;
}

TEST(Outcomes, ScoreWhatSucceedsNowAndThen) {
  EXPECT_EQ(of(0, 8).learnability(), 0) << "p = 0";
  EXPECT_EQ(of(8, 8).learnability(), 0) << "p = 1";
  EXPECT_EQ(of(4, 8).learnability(), 4.0 * 4 / (8 * 7)) << "p = 1/2";
  EXPECT_FALSE(of(0, 0).learnability().has_value()) << "no score, rather than one that is no number";
  EXPECT_FALSE(of(1, 1).learnability().has_value());
}

// The mean of s (n - s) / (n (n - 1)) over all outcomes of n plays is p (1 - p).
TEST(Outcomes, ScoreWithoutBias) {
  for (const int n : {2, 4, 7})
    for (const double p : {0.0, 0.1, 0.5, 0.83, 1.0}) {
      double mean = 0;
      for (int s = 0; s <= n; ++s) {
        const double ways = std::tgamma(n + 1) / (std::tgamma(s + 1) * std::tgamma(n - s + 1));
        mean += ways * std::pow(p, s) * std::pow(1 - p, n - s) * *of(s, n).learnability();
      }
      EXPECT_NEAR(mean, p * (1 - p), 1e-12) << n << ' ' << p;
    }
}

TEST(Outcomes, ForgetAllButTheLatest) {
  Outcomes outcomes;
  for (int i = 0; i < 70; ++i) outcomes.add(true, 3);
  EXPECT_EQ(outcomes.plays, 3);
  EXPECT_EQ(outcomes.successes(), 3);
  outcomes.add(false, 3);
  outcomes.add(false, 3);
  EXPECT_EQ(outcomes.rate(), 1.0 / 3);
  for (int i = 0; i < 70; ++i) outcomes.add(true, 64);
  EXPECT_EQ(outcomes.successes(), 64);
}

TEST(Outcomes, ComeBackFromAnArchiveThatFits) {
  const std::vector<Outcomes> all = {of(1, 2), of(0, 1), of(4, 4)};
  Archive archive;
  put_outcomes(archive, "levels", all);
  const std::vector<Outcomes> loaded = get_outcomes(archive, "levels", 1, 4);
  ASSERT_EQ(loaded.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(loaded[i].bits, all[i].bits);
    EXPECT_EQ(loaded[i].plays, all[i].plays);
  }
  EXPECT_THROW(get_outcomes(archive, "levels", 1, 3), std::runtime_error);
  EXPECT_THROW(get_outcomes(archive, "levels", 2, 4), std::runtime_error);
  Archive more;
  more.put("levels/outcomes", std::vector<std::uint64_t>{4});
  more.put("levels/plays", std::vector<std::int64_t>{2});
  EXPECT_THROW(get_outcomes(more, "levels", 1, 4), std::runtime_error) << "three outcomes of two plays";
}

}  // namespace
}  // namespace cairn::agents
