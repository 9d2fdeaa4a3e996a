#include "apps/comparison/charts.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace cairn::comparison {
namespace {

/// First and last column that holds a pixel of the colour, or -1.
std::pair<int, int> columns_of(const IntervalChart& chart, render::Color color) {
  render::Picture picture(540, 330);
  draw_interval_chart(picture, {0, 0, 540, 330}, chart);
  std::vector<std::uint8_t> pixels;
  picture.copy_rgba(pixels);
  int first = -1, last = -1;
  for (int x = 0; x < 540; ++x)
    for (int y = 0; y < 330; ++y) {
      const std::size_t i = 4 * static_cast<std::size_t>(y * 540 + x);
      if (pixels[i] != color.r || pixels[i + 1] != color.g || pixels[i + 2] != color.b) continue;
      if (first < 0) first = x;
      last = x;
    }
  return {first, last};
}

TEST(Charts, IntervalsReachAsFarAsTheySay) {
  IntervalChart chart{.title = "t", .label = "l", .rows = {{"a", {1, {0, 2}}, 0}, {"b", {3, {2, 4}}, 1}}};
  const auto [a_first, a_last] = columns_of(chart, render::series_color(0));
  const auto [b_first, b_last] = columns_of(chart, render::series_color(1));
  EXPECT_GT(a_first, 0);
  EXPECT_NEAR(a_last - a_first, b_last - b_first, 2) << "equally wide";
  EXPECT_NEAR(a_last, b_first, 4) << "one ends where the other begins";
}

TEST(Charts, BarsBeginAtZeroAndGrowWithTheValue) {
  const IntervalChart chart{
      .title = "t", .label = "l", .rows = {{"a", {2, {}}, 0}, {"b", {4, {}}, 1}}, .rules = {}, .bars = true};
  const auto [a_first, a_last] = columns_of(chart, render::series_color(0));
  const auto [b_first, b_last] = columns_of(chart, render::series_color(1));
  EXPECT_NEAR(a_first, b_first, 1);
  EXPECT_NEAR(2 * (a_last - a_first), b_last - b_first, 6);
}

TEST(Charts, GrowWithTheirRows) {
  IntervalChart chart{.title = "t", .label = "l", .rows = {{"a", {1, {0, 2}}, 0}}};
  const float one = interval_chart_height(chart);
  chart.rows.resize(30, chart.rows[0]);
  EXPECT_GT(interval_chart_height(chart), one + 29 * 20);
}

}  // namespace
}  // namespace cairn::comparison
