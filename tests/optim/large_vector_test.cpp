#include "optim/large_vector.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace cairn::optim {
namespace {

template <class T>
std::uintptr_t place(const LargeVector<T>& values) {
  return reinterpret_cast<std::uintptr_t>(values.data());
}

TEST(LargeVector, StartsOnACacheLine) {
  for (const std::size_t size : {1, 3, 100, 5'000, 3'000'000}) {
    EXPECT_EQ(place(LargeVector<float>(size)) % 64, 0) << size;
    EXPECT_EQ(place(LargeVector<double>(size)) % 64, 0) << size;
  }
}

TEST(LargeVector, OrTheElementAtItsSeamDoes) {
  for (const std::size_t size : {5'000, 3'000'000})
    for (const std::size_t seam : {1, 15, 16, 4'610}) {
      LargeVector<float> values(size, 7.0F, SideBySide<float>(seam));
      EXPECT_EQ((place(values) + seam * sizeof(float)) % 64, 0) << size << ' ' << seam;
      values.back() = 8;
      const LargeVector<float> copy = values;
      EXPECT_EQ((place(copy) + seam * sizeof(float)) % 64, 0);
      EXPECT_EQ(std::accumulate(copy.begin(), copy.end(), 0.0), 7.0 * static_cast<double>(size) + 1);
      values = LargeVector<float>(3);  // takes over the other's place, and its memory
      EXPECT_EQ(place(values) % 64, 0);
    }
}

// Eight arrays of a layout, which a rule with seven numbers a parameter passes over together: no two of their lines at
// one index lie the same distance behind a page's start. Neighbours in memory are this far apart, or one huge page
// more.
TEST(LargeVector, LargeOnesLieAtDistancesOfTheirOwn) {
  std::vector<LargeVector<float>> arrays;
  std::set<std::uintptr_t> distances;
  for (int i = 0; i < 8; ++i) {
    arrays.emplace_back(10'000'000);
    distances.insert(place(arrays.back()) % 4096);
  }
  EXPECT_EQ(distances.size(), arrays.size());
}

TEST(LargeVector, KeepsItsNumbersAsItGrowsFromSmallToLarge) {
  LargeVector<int> values;
  for (int i = 0; i < 5'000'000; ++i) values.push_back(i);
  LargeVector<int> copy = values;
  values.clear();
  values.shrink_to_fit();
  for (int i = 0; i < 5'000'000; ++i) ASSERT_EQ(copy[static_cast<std::size_t>(i)], i);
  copy.resize(7);
  copy.shrink_to_fit();
  EXPECT_EQ(std::accumulate(copy.begin(), copy.end(), 0), 21);
}

}  // namespace
}  // namespace cairn::optim
