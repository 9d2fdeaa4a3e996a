#include "render/drawing/chart_reading.h"

#include <gtest/gtest.h>

#include "pixels.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

const Chart chart{.title = "Return",
                  .x = {.label = "steps", .low = 0, .high = 100},
                  .y = {.low = 0, .high = 1},
                  .series = {{.name = "adam", .x = {0, 50, 100}, .y = {0, 0.25, 1}, .color = orange, .width = 0}}};

struct Page {
  Picture picture{540, 330};
  ChartPage charts;
  std::vector<PlacedChart>& placed = charts.placed;
  Page() { place_chart(picture, {0, 0, 540, 330}, chart, &charts); }
};

TEST(ChartReading, KnowsWhereValuesLie) {
  const Page page;
  const Plot& plot = page.placed[0].plot;
  EXPECT_FLOAT_EQ(plot.at(0, 0).x, plot.x);
  EXPECT_FLOAT_EQ(plot.at(0, 0).y, plot.bottom());
  EXPECT_FLOAT_EQ(plot.at(100, 1).x, plot.right());
  EXPECT_FLOAT_EQ(plot.at(50, 0.5).y, plot.centre().y);
  Picture picture(540, 330);
  const Plot log = draw_chart(picture, {0, 0, 540, 330}, {.y = {.low = 0.01, .high = 1, .log = true}});
  EXPECT_NEAR(log.at(0, 0.1).y, log.centre().y, 0.01);
  EXPECT_TRUE(std::isnan(log.at(0, -1).y));
}

TEST(ChartReading, MarksThePointNearestToTheMouse) {
  Page page;
  const Point point = page.placed[0].plot.at(50, 0.25);
  const auto at = [](Point place) { return std::pair(static_cast<int>(place.x), static_cast<int>(place.y)); };
  const auto [x, y] = at(point);
  EXPECT_FALSE(Pixels(page.picture).is(x, y, orange, 30));
  EXPECT_TRUE(draw_reading(page.picture, page.charts, {point.x + 8, point.y - 90}));
  const Pixels pixels(page.picture);
  EXPECT_TRUE(pixels.is(x, y, orange, 30)) << "a disc on the point";
  EXPECT_GT(pixels.count(orange, 60), 80) << "and its value in its colour";
}

TEST(ChartReading, SaysABarsBinAndHowManyItHolds) {
  ChartPage page;
  Picture picture(540, 330);
  place_chart(
      picture, {0, 0, 540, 330},
      {.x = {.label = "size"}, .y = {.label = "of them"}, .bars = {{.edges = {0, 1, 2, 3}, .heights = {5, 2, 0}}}},
      &page);
  const Plot plot = page.placed[0].plot;
  const Pixels before(picture);
  EXPECT_TRUE(draw_reading(picture, page, {plot.at(1.5, 4)})) << "above a bar, too";
  const Pixels after(picture);
  EXPECT_GT(after.count(faint, 40), before.count(faint, 40) + 100) << "the bin's edges";
  EXPECT_GT(after.count(blue, 60), before.count(blue, 60) + 10) << "the panel says the count in the bar's colour";
}

TEST(ChartReading, SaysWhereAPointOfALandscapeLiesAndWhatItIsWorth) {
  ChartPage page;
  Picture picture(540, 330);
  place_chart(picture, {0, 0, 540, 330},
              {.x = {.label = "x (m)"},
               .y = {.label = "y (m)"},
               .landscape = Landscape{.field = sample([](double x, double y) { return x + y; }, 0, 1, 0, 1, 11, 11),
                                      .meaning = "height"}},
              &page);
  const Plot plot = page.placed[0].plot;
  const int bright = Pixels(picture).count(ink, 60);
  EXPECT_TRUE(draw_reading(picture, page, plot.centre()));
  EXPECT_GT(Pixels(picture).count(ink, 60), bright + 40) << "a ring and the value";
}

TEST(ChartReading, PassesOverCurvesThatAreAwayOrBehind) {
  for (const bool hidden : {true, false}) {
    ChartPage page;
    Picture picture(540, 330);
    Chart one = chart;
    one.series[0].hidden = hidden;
    one.series[0].quiet = !hidden;
    place_chart(picture, {0, 0, 540, 330}, one, nullptr);
    page.placed.push_back({"one", one, draw_chart(picture, {0, 0, 540, 330}, one), {0, 0, 540, 330}});
    EXPECT_FALSE(draw_reading(picture, page, page.placed[0].plot.at(50, 0.25)));
  }
}

TEST(ChartReading, SaysNothingElsewhere) {
  Page page;
  const Plot plot = page.placed[0].plot;
  const Pixels before(page.picture);
  EXPECT_FALSE(draw_reading(page.picture, page.charts, {plot.x - 5, plot.y + 20})) << "beside the plot";
  EXPECT_FALSE(draw_reading(page.picture, page.charts, {plot.at(25, 0.5)})) << "far from every point";
  EXPECT_FALSE(draw_reading(page.picture, {}, plot.centre()));
  EXPECT_TRUE(before == Pixels(page.picture));
}

}  // namespace
}  // namespace cairn::render
