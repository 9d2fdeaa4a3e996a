#include "apps/studies/study.h"

#include <gmock/gmock.h>

#include <set>

namespace cairn::apps {
namespace {

TEST(Finding, HoldsWithinItsIntervalEndsIncluded) {
  EXPECT_TRUE((Finding{"x", 1, 1, 2}.holds()));
  EXPECT_TRUE((Finding{"x", 2, 1, 2}.holds()));
  EXPECT_FALSE((Finding{"x", 2.1, 1, 2}.holds()));
  EXPECT_FALSE((Finding{"x", 0.9, 1}.holds()));
  EXPECT_FALSE((Finding{"x", std::numeric_limits<double>::quiet_NaN(), 1}.holds()));
}

TEST(Studies, AreNamedApartAndSayWhatTheyAreAbout) {
  std::set<std::string> names;
  for (const Study& study : optimizer_studies()) {
    EXPECT_TRUE(names.insert(study.name).second) << study.name;
    EXPECT_FALSE(study.claim.empty() || study.paper.empty() || study.verdict_because.empty()) << study.name;
  }
  EXPECT_GE(names.size(), 18U);
}

TEST(Median, TakesTheMiddle) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
}

}  // namespace
}  // namespace cairn::apps
