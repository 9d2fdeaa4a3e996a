#include "render/drawing/coverage.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>

namespace cairn::render {
namespace {

int at(Coverage& coverage, int column, int row) {
  return coverage.data()[static_cast<std::ptrdiff_t>(row) * coverage.stride() + column];
}

TEST(Coverage, OfADiscIsWholeWithinFadesOnItsBorderAndEndsThere) {
  Coverage coverage(21, 10);
  EXPECT_EQ(coverage.stride(), 24);
  coverage.disc(5.5, 4.5, 3, 1);
  EXPECT_EQ(at(coverage, 5, 4), 255);
  EXPECT_NEAR(at(coverage, 8, 4), 128, 1) << "the border runs through its middle";
  EXPECT_EQ(at(coverage, 9, 4), 0);
  double area = 0;
  for (int row = 0; row < 10; ++row)
    for (int column = 0; column < 21; ++column) area += at(coverage, column, row) / 255.0;
  EXPECT_NEAR(area, 9 * 3.14159, 0.5);
}

TEST(Coverage, GrowsDiscByDiscByWhatIsNotYetCovered) {
  Coverage coverage(8, 8);
  for (const double covered : {0.5, 0.75, 0.875}) {
    coverage.disc(4, 4, 3, 0.5);
    EXPECT_NEAR(at(coverage, 4, 4), 255 * covered, 1);
  }
}

TEST(Coverage, OfDiscsOverTheEdgeAndFarAwayStaysWithinTheRectangle) {
  Coverage coverage(6, 5);
  coverage.disc(0, 0, 2, 1);
  coverage.disc(6, 5, 2, 1);
  coverage.disc(1e12, -1e12, 2, 1);
  EXPECT_EQ(at(coverage, 0, 0), 255);
  EXPECT_EQ(at(coverage, 5, 4), 255);
  EXPECT_EQ(at(coverage, 5, 0), 0);
  EXPECT_EQ(at(coverage, 0, 4), 0);
  Coverage nothing(0, 0);
  nothing.disc(0, 0, 2, 1);
}

}  // namespace
}  // namespace cairn::render
