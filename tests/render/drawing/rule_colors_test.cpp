#include "render/drawing/rule_colors.h"

#include <gtest/gtest.h>

#include <set>

namespace cairn::render {
namespace {

using Names = std::vector<std::string>;

TEST(RuleColors, OneRuleHasOneColourInEveryPicture) {
  const std::vector<int> one = rule_colors(Names{"adam", "sgd:lr=0.1", "lion"});
  const std::vector<int> other = rule_colors(Names{"lion:lr=1e-4", "rmsprop", "Adam, clipped", "SGD"});
  EXPECT_EQ(one[0], other[2]);
  EXPECT_EQ(one[1], other[3]);
  EXPECT_EQ(one[2], other[0]);
}

TEST(RuleColors, WithinAPictureNoTwoAreAlike) {
  Names names;
  for (int i = 0; i < 20; ++i)
    names.push_back(i % 2 == 0 ? "adam:lr=" + std::to_string(i) : "rule_" + std::to_string(i));
  const std::vector<int> numbers = rule_colors(names);
  EXPECT_EQ(std::set<int>(numbers.begin(), numbers.end()).size(), names.size());
  EXPECT_LT(*std::max_element(numbers.begin(), numbers.end()), 24) << "no colour is left out";
}

TEST(RuleColors, ARuleKeepsItsOwnWhereAnotherWouldFallOnIt) {
  const std::vector<int> numbers = rule_colors(Names{"sgd", "sgd:momentum=0.9", "lion"});
  EXPECT_EQ(numbers[2], rule_colors(Names{"lion"})[0]) << "the second sgd takes what is free";
  EXPECT_NE(numbers[1], numbers[0]);
}

TEST(RuleColors, OfNothingAreNone) {
  EXPECT_TRUE(rule_colors(Names{}).empty());
  EXPECT_EQ(rule_colors(Names{""}).size(), 1U);
}

}  // namespace
}  // namespace cairn::render
