#include "render/drawing/contour.h"

#include <gmock/gmock.h>

#include <cmath>

#include <limits>
#include <numbers>
#include "render/drawing/chart.h"

namespace cairn::render {
namespace {

TEST(Contour, OfAConeIsACircle) {
  const ScalarField cone = sample([](double x, double y) { return std::hypot(x, y); }, -2, 2, -2, 2, 201, 201);
  double length = 0;
  for (const auto& [x, y, to_x, to_y] : contour(cone, 1.5)) {
    EXPECT_NEAR(std::hypot(x, y), 1.5, 1e-3);
    length += std::hypot(to_x - x, to_y - y);
  }
  EXPECT_NEAR(length, 2 * std::numbers::pi * 1.5, 0.01);
  EXPECT_TRUE(contour(cone, 5).empty());
}

TEST(Contour, CutsASaddleAsItsMiddleSays) {
  // High at two opposite corners. With a high middle the low corners are cut off, with a low middle the high ones.
  for (const double low : {0.0, -5.0}) {
    const ScalarField saddle{2, 2, 0, 1, 0, 1, {1, low, low, 1}};
    const auto pieces = contour(saddle, 0.25);
    ASSERT_EQ(pieces.size(), 2U);
    const auto& [x, y, to_x, to_y] = pieces[0];
    const double side = (x + y + to_x + to_y) / 2;  // of the line x + y = 1
    if (low == 0)
      EXPECT_NEAR(side, 1, 0.3) << "between the middle and corner (1, 0)";
    else
      EXPECT_LT(side, 0.5) << "near corner (0, 0)";
  }
}

TEST(Contour, LeavesOutCellsWithoutAValue) {
  ScalarField field = sample([](double x, double) { return x; }, 0, 1, 0, 1, 3, 3);
  const auto whole = contour(field, 0.25);
  EXPECT_EQ(whole.size(), 2U);
  field.values[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(contour(field, 0.25).size(), 1U);
}

double area(const std::vector<std::vector<FieldPoint>>& polygons) {
  double sum = 0;  // by the shoelace formula; below 0 where one is wound clockwise
  for (const auto& polygon : polygons)
    for (std::size_t i = 0; i < polygon.size(); ++i) {
      const auto &a = polygon[i], &b = polygon[(i + 1) % polygon.size()];
      sum += (a[0] * b[1] - a[1] * b[0]) / 2;
    }
  return sum;
}

TEST(Region, OfAConeIsWhatItsCircleLeaves) {
  const ScalarField cone = sample([](double x, double y) { return std::hypot(x, y); }, -2, 2, -2, 2, 201, 201);
  EXPECT_NEAR(area(region_above(cone, 1.5)), 16 - std::numbers::pi * 1.5 * 1.5, 0.01);
  EXPECT_NEAR(area(region_above(cone, -std::numeric_limits<double>::infinity())), 16, 1e-9);
  EXPECT_TRUE(region_above(cone, 5).empty());
  for (const auto& polygon : region_above(cone, 1.5)) EXPECT_GE(area({polygon}), 0) << "all wound alike";
}

TEST(Region, OfASaddleIsJoinedAsItsMiddleSays) {
  const auto above = [](double low) { return region_above({2, 2, 0, 1, 0, 1, {1, low, low, 1}}, 0.25); };
  ASSERT_EQ(above(0).size(), 1U);
  EXPECT_NEAR(area(above(0)), 1 - 2 * 0.25 * 0.25 / 2, 1e-12) << "without the two low corners";
  ASSERT_EQ(above(-5).size(), 2U);
  EXPECT_NEAR(area(above(-5)), 2 * 0.125 * 0.125 / 2, 1e-12) << "the two high corners alone";
}

TEST(Region, LeavesOutCellsWithoutAValue) {
  ScalarField field = sample([](double x, double) { return x; }, 0, 1, 0, 1, 3, 3);
  EXPECT_NEAR(area(region_above(field, 0.25)), 0.75, 1e-12);
  field.values[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NEAR(area(region_above(field, 0.25)), 0.75 - 0.125, 1e-12);
}

TEST(Contour, LevelsGrowFromTheLeastValue) {
  const ScalarField field = sample([](double x, double y) { return -7 + x * x + y * y; }, -3, 3, -3, 3);
  const auto levels = geometric_levels(field, 12);
  ASSERT_EQ(levels.size(), 12U);
  EXPECT_TRUE(std::ranges::is_sorted(levels));
  EXPECT_GT(levels.front(), -7);
  EXPECT_LT(levels.back(), 11);
  EXPECT_NEAR((levels[5] + 7) / (levels[4] + 7), (levels[9] + 7) / (levels[8] + 7), 0.02);
  EXPECT_TRUE(geometric_levels({2, 2, 0, 1, 0, 1, {3, 3, 3, 3}}, 5).empty());
}

TEST(Ramp, GrowsBrighter) {
  const auto brightness = [](Color c) { return 0.2126 * c.r + 0.7152 * c.g + 0.0722 * c.b; };
  double last = -1;
  for (int i = 0; i <= 20; ++i) {
    const double now = brightness(ramp(i / 20.0));
    EXPECT_GT(now, last) << i;
    last = now;
  }
}

TEST(Contour, DuskRisesFromTheSkyAndStaysDarkerThanEveryLine) {
  const auto brightness = [](Color color) { return color.r + color.g + color.b; };
  int before = -1;
  for (int i = 0; i <= 10; ++i) {
    EXPECT_GT(brightness(dusk(i / 10.0)), before);
    before = brightness(dusk(i / 10.0));
  }
  for (const int i : {0, 1, 2, 3, 4, 5, 7})  // number 6, the deep blue, has the dark edge of its line instead
    EXPECT_GT(brightness(series_color(i)), before) << i;
  EXPECT_EQ(brightness(dusk(2)), before);
}

}  // namespace
}  // namespace cairn::render
