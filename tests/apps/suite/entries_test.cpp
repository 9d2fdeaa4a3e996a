#include "apps/suite/entries.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "apps/command_line/registry.h"

namespace cairn::suite {
namespace {

TEST(SuiteEntries, EachIsNamedOnceAndItsRivalIsThere) {
  std::set<std::string> names;
  for (const Entry& entry : entries()) {
    EXPECT_TRUE(names.insert(entry.world + ", " + entry.method).second) << entry.world << ", " << entry.method;
    EXPECT_EQ(entry.method.find(' '), std::string::npos) << "--methods takes words";
    EXPECT_EQ(entry.rival.empty(), entry.expected != Expectation::fails) << entry.world << ", " << entry.method;
    if (entry.rival.empty()) continue;
    const auto rival = std::ranges::find_if(
        entries(), [&](const Entry& other) { return other.world == entry.world && other.method == entry.rival; });
    ASSERT_NE(rival, entries().end()) << entry.world << " has no " << entry.rival;
    EXPECT_EQ(rival->expected, Expectation::solves);
    EXPECT_EQ(rival->steps, entry.steps) << "compared at the same budget: " << entry.world << ", " << entry.method;
  }
}

TEST(SuiteEntries, EveryPlanCanBeMade) {
  for (const Entry& entry : entries()) {
    const apps::RunPlan plan = plan_of(entry, 3);
    EXPECT_EQ(plan.steps, entry.steps);
    EXPECT_EQ(plan.seed, 3U);
    EXPECT_EQ(plan.evaluation_episodes, 100);
    EXPECT_LE(plan.steps, 5'000'000) << entry.world << ", " << entry.method;
    EXPECT_EQ(plan_of(quick(entry), 3).steps, entry.steps / 10);
  }
}

}  // namespace
}  // namespace cairn::suite
