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
      .title = "t", .label = "l", .rows = {{"a", {2, {}}, 0}, {"b", {4, {}}, 1}}, .reference_lines = {}, .bars = true};
  const auto [a_first, a_last] = columns_of(chart, render::series_color(0));
  const auto [b_first, b_last] = columns_of(chart, render::series_color(1));
  EXPECT_NEAR(a_first, b_first, 1);
  EXPECT_NEAR(2 * (a_last - a_first), b_last - b_first, 6);
}

/// Pixels of the picture of a chart, row by row.
std::vector<std::uint8_t> pixels_of(const IntervalChart& chart) {
  render::Picture picture(540, 330);
  draw_interval_chart(picture, {0, 0, 540, 330}, chart);
  std::vector<std::uint8_t> pixels;
  picture.copy_rgba(pixels);
  return pixels;
}

TEST(Charts, RunsAlikeHaveWordsInsteadOfAWhisker) {
  const auto drawn = [](const Estimate& estimate) {
    return pixels_of({.title = "t", .label = "l", .rows = {{"a", {1, {0, 2}}, 0}, {"b", estimate, 1}}});
  };
  const auto whisker = drawn({3, {3, 3}}), five = drawn({.value = 3, .interval = {3, 3}, .runs = 5, .alike = 5});
  EXPECT_FALSE(whisker == five);
  EXPECT_FALSE(five == drawn({.value = 3, .interval = {3, 3}, .runs = 5, .alike = 4})) << "the words say how many";
  EXPECT_TRUE(drawn({.value = 3, .interval = {2, 3}, .runs = 5, .alike = 4}) == drawn({3, {2, 3}}));
}

TEST(Charts, LongNamesAreNeitherCutNorAlike) {
  const std::string schedule = "warmup:steps=200,then=(cosine)", one_word(120, 'm');
  for (const auto& [a, b] : {std::pair("sgd:momentum=0.9, " + schedule, "sgd:momentum=0.99, " + schedule),
                             {"a" + one_word, "b" + one_word},
                             {one_word + "1", one_word + "2"}}) {
    const auto pixels = pixels_of({.title = "", .label = "", .rows = {{a, {1, {0, 2}}, 0}, {b, {1, {0, 2}}, 0}}});
    const auto at = [&](int x, int y) { return pixels[4 * static_cast<std::size_t>(y * 540 + x)]; };
    constexpr int top = 34, row = 80;
    bool differ = false;
    for (int y = top; y < top + row; ++y) {
      for (int x = 1; x < 10; ++x) EXPECT_EQ(at(x, y), at(1, top)) << a << " reaches the border";
      for (int x = 0; x < 260; ++x) differ = differ || at(x, y) != at(x, y + row);
    }
    EXPECT_TRUE(differ) << a << " and " << b;
  }
}

TEST(Charts, NumbersKeepApartWhereNamesLeaveLittleRoom) {
  const std::string name(60, 'm');
  const auto pixels = pixels_of({.title = "", .label = "", .rows = {{name, {1234.55, {1234.5, 1234.6}}, 0}}});
  constexpr int below = 34 + 80 + 8, rows = 10;
  const auto empty = [&](int x) {
    for (int y = below; y < below + rows; ++y)
      if (pixels[4 * static_cast<std::size_t>(y * 540 + x)] != pixels[4 * static_cast<std::size_t>(below * 540 + 10)])
        return false;
    return true;
  };
  int words = 0, longest = 0, begin = -1, last = -100;
  for (int x = 10; x < 530; ++x) {
    if (empty(x)) continue;
    if (x - last > 8) ++words, begin = x;
    last = x;
    longest = std::max(longest, last - begin);
  }
  EXPECT_GE(words, 2);
  EXPECT_LT(longest, 70) << "no two of them run together";
}

TEST(Charts, GrowWithTheirRows) {
  IntervalChart chart{.title = "t", .label = "l", .rows = {{"a", {1, {0, 2}}, 0}}};
  const float one = interval_chart_height(chart);
  chart.rows.resize(30, chart.rows[0]);
  EXPECT_GT(interval_chart_height(chart), one + 29 * 20);
}

}  // namespace
}  // namespace cairn::comparison
