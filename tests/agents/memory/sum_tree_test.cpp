#include "agents/memory/sum_tree.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "envs/random.h"

namespace cairn::agents {
namespace {

TEST(SumTree, DrawsInProportionToWeights) {
  SumTree tree(5);
  const std::vector<double> weights{1, 0, 3, 4, 2};
  for (std::int64_t i = 0; i < 5; ++i) tree.set(i, weights[static_cast<std::size_t>(i)]);
  EXPECT_EQ(tree.total(), 10);
  EXPECT_EQ(tree.find(0), 0);
  EXPECT_EQ(tree.find(0.999), 0);
  EXPECT_EQ(tree.find(1), 2) << "what weighs nothing is never drawn";
  EXPECT_EQ(tree.find(3.999), 2);
  EXPECT_EQ(tree.find(4), 3);
  EXPECT_EQ(tree.find(8), 4);
  EXPECT_EQ(tree.find(10), 4) << "a mass rounded up to the end";

  std::vector<double> counts(5);
  envs::Random random(1, envs::Stream::replay);
  constexpr int draws = 100'000;
  for (int i = 0; i < draws; ++i) ++counts[static_cast<std::size_t>(tree.find(random.uniform_double() * tree.total()))];
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(counts[i] / draws, weights[i] / 10, 4 * std::sqrt(0.25 / draws)) << i;
}

TEST(SumTree, SumsAnewAfterEveryChange) {
  SumTree tree(1000);
  envs::Random random(2, envs::Stream::replay);
  for (int i = 0; i < 20'000; ++i) tree.set(random.below(1000), std::exp(20 * random.uniform_double() - 10));
  for (std::int64_t i = 0; i < 1000; ++i) tree.set(i, 0.5);
  EXPECT_EQ(tree.total(), 500) << "no rounding error is left";
}

TEST(SumTree, TakesAndGivesItsWeights) {
  SumTree tree(3), copy(3);
  tree.set(1, 0.25);
  tree.set(2, 0.75);
  copy.assign(tree.weights());
  EXPECT_EQ(copy.total(), 1);
  EXPECT_EQ(copy[2], 0.75);
  EXPECT_THROW(copy.assign(std::vector<double>{1, 2}), std::invalid_argument);
  EXPECT_THROW(copy.assign(std::vector<double>{1, 2, -1}), std::invalid_argument);
  EXPECT_THROW(copy.assign(std::vector<double>{1, 2, NAN}), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::agents
