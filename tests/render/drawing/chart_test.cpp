#include "render/drawing/chart.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <tuple>

#include "pixels.h"
#include "scratch.h"

namespace cairn::render {
namespace {

using namespace envs::palette;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Pixels drawn(const Chart& chart) {
  Picture picture(400, 240);
  draw_chart(picture, {0, 0, 400, 240}, chart);
  if (const char* kept = std::getenv("CAIRN_KEEP_PICTURES")) {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    picture.write_png(std::filesystem::path(kept) / (std::string("chart_") + test->name() + ".png"));
  }
  return Pixels(picture);
}

/// Rows in which the colour stands in this column.
std::pair<int, int> rows(const Pixels& pixels, int x, Color color) {
  int top = 240, bottom = -1;
  for (int y = 0; y < 240; ++y)
    if (pixels.is(x, y, color, 40)) top = std::min(top, y), bottom = std::max(bottom, y);
  return {top, bottom};
}

TEST(Chart, ALineRisesFromLeftToRight) {
  const Pixels pixels =
      drawn({.title = "Rising",
             .x = {.label = "steps"},
             .y = {.label = "return"},
             .series = {{.name = "one", .x = {0, 50, 100}, .y = {0, 5, 10}, .color = orange, .width = 3}},
             .reference_lines = {{.at = 8, .label = "solved"}}});
  const auto [left_top, left_bottom] = rows(pixels, 100, orange);
  const auto [right_top, right_bottom] = rows(pixels, 320, orange);
  ASSERT_GE(left_bottom, 0);
  EXPECT_GT(left_top, right_bottom);
  EXPECT_LE(left_bottom - left_top, 6) << "a thin line";
}

TEST(Chart, LogarithmicAxesStraightenPowers) {
  Chart chart{.x = {.log = true}, .y = {.log = true}};
  Series cube{.color = orange, .width = 3};
  for (double x = 1; x <= 1000; x *= 1.1) cube.x.push_back(x), cube.y.push_back(x * x * x);
  cube.x.push_back(-5), cube.y.push_back(-1);  // has no place; must not spoil the rest
  chart.series = {cube};
  const Pixels pixels = drawn(chart);
  const auto middle = [&](int x) {
    const auto [top, bottom] = rows(pixels, x, orange);
    return 0.5 * (top + bottom);
  };
  EXPECT_NEAR(middle(220), 0.5 * (middle(120) + middle(320)), 2);
}

TEST(Chart, GapsStayOpenAndBandsAreFilled) {
  Series series{.name = "mean", .color = green};
  for (int i = 0; i <= 20; ++i) {
    const bool gap = i > 8 && i < 12;
    series.x.push_back(i);
    series.y.push_back(gap ? nan : 0);
    series.low.push_back(gap ? nan : -1);
    series.high.push_back(gap ? nan : 1);
  }
  const Pixels pixels = drawn({.series = {series}});
  const auto [top, bottom] = rows(pixels, 100, green);
  EXPECT_NE(bottom, -1);
  EXPECT_EQ(rows(pixels, 213, green).second, -1) << "the gap's middle";
  const auto shade = pixels.at(100, bottom + 20);
  EXPECT_GT(shade.g, sky.g + 15) << "the band";
  EXPECT_LT(shade.g, green.g - 40);
}

TEST(Chart, LabelsOfVerticalRulesDoNotLieUponEachOther) {
  const Pixels pixels = drawn({.series = {{.x = {0, 100}, .y = {0, 1}, .color = blue}},
                               .reference_lines = {{.at = 0.95, .label = "solved", .color = purple},
                                                   {.at = 30, .vertical = true, .label = "first", .color = orange},
                                                   {.at = 30, .vertical = true, .label = "second", .color = green},
                                                   {.at = 30, .vertical = true, .label = {}, .color = ink}}});
  int left = 0;  // of the letters: behind the lines themselves
  for (int x = 0; x < 400; ++x)
    if (rows(pixels, x, ink).second - rows(pixels, x, ink).first > 100) left = x + 2;
  ASSERT_GT(left, 100);
  int first_bottom = -1, second_top = 240;
  for (int x = left; x < left + 40; ++x) {
    first_bottom = std::max(first_bottom, rows(pixels, x, orange).second);
    second_top = std::min(second_top, rows(pixels, x, green).first);
  }
  EXPECT_GT(first_bottom, 0);
  EXPECT_LT(first_bottom, second_top);
}

TEST(Chart, LabelsOfVerticalRulesKeepOutOfCurvesAndOtherRules) {
  // Where the label of the rule at 50 stands: columns and rows that are orange beside its line.
  const auto label = [](double neighbour, double curve) {
    const Pixels pixels = drawn({.x = {.low = 0, .high = 100},
                                 .y = {.low = 0, .high = 10},
                                 .series = {{.x = {0, 100}, .y = {curve, curve}, .color = green}},
                                 .reference_lines = {{.at = 50, .vertical = true, .label = "swapped", .color = orange},
                                                     {.at = neighbour, .vertical = true, .color = purple}}});
    int line = 0;  // the column of the line, which is the longest
    for (int x = 0; x < 400; ++x)
      if (rows(pixels, x, orange).second - rows(pixels, x, orange).first > 100) line = x;
    int left = 0, right = 0, top = 240;
    for (int x = 0; x < 400; ++x) {
      if (rows(pixels, x, orange).second < 0 || std::abs(x - line) < 4) continue;
      (x < line ? left : right) += 1;
      top = std::min(top, rows(pixels, x, orange).first);
    }
    return std::tuple(left > 10, right > 10, top);
  };
  const auto [left, right, top] = label(90, 1);
  EXPECT_TRUE(!left && right);
  const auto [beside_left, beside_right, beside_top] = label(55, 1);
  EXPECT_TRUE(beside_left && !beside_right) << "another rule would run through it";
  EXPECT_EQ(beside_top, top);
  const auto [under_left, under_right, under_top] = label(90, 9.5);
  EXPECT_TRUE(!under_left && under_right);
  EXPECT_GT(under_top, top + 3) << "below the curve";
}

TEST(Chart, LabelsOfHorizontalRulesKeepOutOfTheCurves) {
  // The rule lies at 5 of 0 to 10; where a curve runs just above all of it, its label stands below.
  const auto chart = [](double curve) {
    return drawn({.x = {.low = 0, .high = 1},
                  .y = {.low = 0, .high = 10},
                  .series = {{.x = {0, 1}, .y = {curve, curve}, .color = orange}},
                  .reference_lines = {{.at = 5, .label = "solved", .color = purple}}});
  };
  const Pixels free = chart(9), crossed = chart(5.4);
  const auto label = [](const Pixels& pixels) {  // of all purple rows; the dashed line is thin
    int top = 240, bottom = 0;
    for (int x = 0; x < 400; ++x) {
      const auto [first, last] = rows(pixels, x, purple);
      if (last < 0) continue;
      top = std::min(top, first), bottom = std::max(bottom, last);
    }
    return std::pair(top, bottom);
  };
  const auto above = label(free), below = label(crossed);
  EXPECT_LT(above.first, below.first);
  EXPECT_LT(above.second, below.second);
}

TEST(Chart, LabelsAreNotStruckThrough) {
  // A curve that runs up and down all over the plot leaves no place for the label: its letters are whole all the same.
  Series everywhere{.color = green, .width = 3};
  for (int i = 0; i <= 300; ++i) everywhere.x.push_back(i), everywhere.y.push_back(i % 2 == 0 ? 0 : 10);
  const auto letters = [&](bool crossed) {
    const auto count = [&](const char* label) {
      Chart chart{.x = {.low = 0, .high = 300},
                  .y = {.low = 0, .high = 10},
                  .reference_lines = {{.at = 5, .label = label, .color = purple}}};
      if (crossed) chart.series = {everywhere};
      return drawn(chart).count(purple, 70);
    };
    return count("solved") - count("");
  };
  ASSERT_GT(letters(false), 30);
  EXPECT_GT(letters(true), 0.8 * letters(false));
}

TEST(Chart, OfTwoCurvesThatAreTheSameOneIsDrawnWithBothNames) {
  Picture picture(400, 240);
  const Series one{.name = "adam", .x = {0, 1}, .y = {0, 1}, .color = orange};
  Series other{.name = "lion", .x = {0, 1}, .y = {0, 1}, .color = green}, nearly = other;
  nearly.y[1] = 1.01;
  const Plot same = draw_chart(picture, {0, 0, 400, 240}, {.series = {one, other}});
  EXPECT_EQ(Pixels(picture).count(green, 20), 0);
  ASSERT_EQ(same.legend.size(), 1U);
  EXPECT_EQ(same.legend[0].names, (std::vector<std::string>{"adam", "lion"}));
  const Plot different = draw_chart(picture, {0, 0, 400, 240}, {.series = {one, nearly}});
  EXPECT_EQ(different.legend.size(), 2U);
  EXPECT_GT(Pixels(picture).count(green, 20), 100);
}

TEST(Chart, ALegendStandsOnPlatesAndAnAxisNameDoesNot) {
  const auto plates = [](const Chart& chart) {
    const Pixels pixels = drawn(chart);
    int count = 0;
    for (int x = 0; x < 400; ++x)
      for (int y = 0; y < 18; ++y) count += pixels.at(x, y).r > sky.r + 12 && pixels.at(x, y).r < sky.r + 40 ? 1 : 0;
    return count;
  };
  EXPECT_GT(plates({.series = {{.name = "return", .x = {0, 1}, .y = {0, 1}}}}), 300);
  EXPECT_LT(plates({.y = {.label = "return"}, .series = {{.x = {0, 1}, .y = {0, 1}}}}), 150);
}

TEST(Chart, NothingOrNotANumberDrawsAnEmptyChart) {
  EXPECT_GT(drawn({}).count(sky), 80'000);
  EXPECT_GT(drawn({.title = "empty", .series = {{.name = "none", .x = {0, 1}, .y = {nan, nan}}}}).count(sky), 70'000);
  EXPECT_GT(drawn({.x = {.log = true}, .y = {.log = true}, .series = {{.x = {1}, .y = {3}, .color = orange}}})
                .count(orange, 60),
            0);
}

TEST(Chart, BarsStandOnTheirAxis) {
  const Pixels pixels = drawn({.bars = {{.edges = {0, 1, 2, 3}, .heights = {1, 4, 2}, .color = blue}}});
  const auto first = rows(pixels, 100, blue), second = rows(pixels, 210, blue), third = rows(pixels, 330, blue);
  EXPECT_EQ(first.second, second.second);
  EXPECT_LT(second.first, third.first);
  EXPECT_LT(third.first, first.first);
}

TEST(Chart, TrailsLieOverContours) {
  const ScalarField bowl = sample([](double x, double y) { return x * x + 10 * y * y; }, -2, 2, -1, 1);
  for (const bool shaded : {false, true}) {
    const Pixels pixels = drawn(
        {.landscape = Landscape{bowl, geometric_levels(bowl, 14), shaded},
         .series = {{.name = "sgd", .x = {-1.5, -0.5, 0}, .y = {0.8, -0.2, 0}, .color = vermilion, .marker = 4}}});
    EXPECT_GT(pixels.count(vermilion, 20), 200) << shaded;
    EXPECT_LT(pixels.count(sky), drawn({.x = {.low = -2, .high = 2}, .y = {.low = -1, .high = 1}}).count(sky) - 5'000)
        << shaded;
  }
}

TEST(Chart, IsTheSameSvgEachTime) {
  const Scratch scratch;
  const auto draw = [](Picture& picture) {
    draw_chart(picture, {0, 0, 400, 240},
               {.title = "a", .series = {{.name = "b", .x = {0, 1}, .y = {0, 1}, .dashed = true}}});
  };
  write_picture(scratch / "chart.svg", 400, 240, draw);
  const std::string first = contents(scratch / "chart.svg");
  write_picture(scratch / "chart.svg", 400, 240, draw);
  EXPECT_TRUE(first == contents(scratch / "chart.svg"));
}

}  // namespace
}  // namespace cairn::render
