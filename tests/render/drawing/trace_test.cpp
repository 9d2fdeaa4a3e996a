#include "render/drawing/trace.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cairn::render {
namespace {

TEST(Trace, NeverGrowsPastItsCapacityAndKeepsTheShape) {
  Trace trace(64);
  EXPECT_TRUE(std::isnan(trace.last()));
  for (int i = 0; i < 10'000; ++i) trace.add(i, 3.0 * i + 1);
  EXPECT_LE(trace.x().size(), 64U);
  EXPECT_GE(trace.x().size(), 32U);
  EXPECT_EQ(trace.x().capacity(), 64U);
  EXPECT_EQ(trace.last(), 3.0 * 9'999 + 1);
  for (std::size_t i = 0; i < trace.x().size(); ++i) {
    EXPECT_NEAR(trace.y()[i], 3 * trace.x()[i] + 1, 1e-6) << "an average of a line lies on it";
    EXPECT_GT(trace.x()[i], i > 0 ? trace.x()[i - 1] : -1);
  }
  EXPECT_LT(trace.x().front(), 200);
  EXPECT_GT(trace.x().back(), 9'700);
}

TEST(Trace, IsExactUntilItIsFull) {
  Trace trace(8);
  for (int i = 0; i < 8; ++i) trace.add(i, i * i);
  EXPECT_EQ(trace.y(), (std::vector<double>{0, 1, 4, 9, 16, 25, 36, 49}));
}

}  // namespace
}  // namespace cairn::render
