#include "render/drawing/chart_page.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pixels.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

/// Two curves on a page that is drawn anew after each thing that a person does.
struct Desk {
  Picture picture{540, 330};
  ChartPage page;
  Desk() { draw(); }
  void draw() {
    page.placed.clear();
    place_chart(picture, {0, 0, 540, 330},
                {.title = "Return",
                 .x = {.label = "steps", .low = 0, .high = 100},
                 .y = {.low = 0, .high = 1},
                 .series = {{.name = "adam", .x = {0, 50, 100}, .y = {0, 0.25, 1}, .color = orange},
                            {.name = "sgd", .x = {0, 50, 100}, .y = {1, 0.5, 0}, .color = green}}},
                &page);
  }
  const Plot& plot() const { return page.placed.front().plot; }
  Point middle() const { return plot().centre(); }
};

TEST(ChartPage, TheWheelZoomsAboutWhatLiesUnderIt) {
  Desk desk;
  const Point at = desk.plot().at(25, 0.75);
  EXPECT_TRUE(desk.page.zoom(at, 3));
  desk.draw();
  EXPECT_NEAR(desk.plot().x_high - desk.plot().x_low, 51.2, 1e-4);
  EXPECT_NEAR(desk.plot().x_at(at.x), 25, 0.6) << "but for the room that other numbers at the axis take";
  EXPECT_NEAR(desk.plot().y_at(at.y), 0.75, 1e-6);
  EXPECT_TRUE(desk.page.zoom(at, -3));
  desk.draw();
  EXPECT_NEAR(desk.plot().x_low, 0, 0.6);
  EXPECT_NEAR(desk.plot().y_high, 1, 1e-6);
}

TEST(ChartPage, TurnsBetweenTwoDrawingsAllCount) {
  Desk desk;
  desk.page.zoom(desk.middle(), 1);
  desk.page.zoom(desk.middle(), 1);
  desk.draw();
  EXPECT_NEAR(desk.plot().x_high - desk.plot().x_low, 64, 1e-4);
}

TEST(ChartPage, BesideThePlotTheWheelZoomsTheAxisThere) {
  Desk desk;
  desk.page.zoom({desk.middle().x, desk.plot().bottom() + 8}, 1);
  desk.draw();
  EXPECT_NEAR(desk.plot().x_high - desk.plot().x_low, 80, 1e-4);
  EXPECT_EQ(desk.plot().y_high - desk.plot().y_low, 1);
  desk.page.zoom({desk.plot().x - 8, desk.middle().y}, 1);
  desk.draw();
  EXPECT_NEAR(desk.plot().x_high - desk.plot().x_low, 80, 1e-4);
  EXPECT_NEAR(desk.plot().y_high - desk.plot().y_low, 0.8, 1e-6);
}

TEST(ChartPage, ADragTakesThePlotAlong) {
  Desk desk;
  const Point from = desk.plot().at(50, 0.5), to = desk.plot().at(70, 0.25);
  EXPECT_TRUE(desk.page.drag("Return", from, to));
  desk.draw();
  EXPECT_NEAR(desk.plot().x_at(to.x), 50, 1e-3);
  EXPECT_NEAR(desk.plot().y_at(to.y), 0.5, 1e-6);
  EXPECT_FALSE(desk.page.drag("another", from, to));
  EXPECT_TRUE(desk.page.reset(to));
  desk.draw();
  EXPECT_EQ(desk.plot().x_low, 0);
  EXPECT_EQ(desk.plot().y_high, 1);
  EXPECT_FALSE(desk.page.reset(to)) << "all is shown already";
}

TEST(ChartPage, ZoomsLogarithmicAxesByFactorsAndStopsWhereNumbersEnd) {
  Picture picture(540, 330);
  ChartPage page;
  const auto draw = [&] {
    page.placed.clear();
    place_chart(picture, {0, 0, 540, 330}, {.title = "Loss", .y = {.low = 1e-4, .high = 1, .log = true}}, &page);
  };
  draw();
  const Point at = page.placed[0].plot.centre();
  page.zoom(at, 1);
  draw();
  EXPECT_NEAR(page.placed[0].plot.y_low, std::pow(10, -3.6), 1e-8);
  EXPECT_NEAR(page.placed[0].plot.y_high, std::pow(10, -0.4), 1e-6);
  for (const float turns : {500.0F, -1000.0F}) {
    page.zoom(at, turns);
    draw();
    EXPECT_GT(page.placed[0].plot.y_high, page.placed[0].plot.y_low);
    EXPECT_GT(page.placed[0].plot.y_low, 0);
    EXPECT_TRUE(std::isfinite(page.placed[0].plot.x_high));
  }
}

TEST(ChartPage, AClickOnALegendsEntryPutsItsCurveAwayAndBringsItBack) {
  Desk desk;
  ASSERT_EQ(desk.plot().legend.size(), 2U);
  const int before = Pixels(desk.picture).count(orange, 30), other = Pixels(desk.picture).count(green, 30);
  const Point entry = desk.plot().legend[0].box.centre();
  EXPECT_TRUE(desk.page.toggle(entry));
  desk.draw();
  EXPECT_LT(Pixels(desk.picture).count(orange, 30), before / 10);
  EXPECT_NEAR(Pixels(desk.picture).count(green, 30), other, 20);
  EXPECT_TRUE(desk.page.toggle(entry));
  desk.draw();
  EXPECT_EQ(Pixels(desk.picture).count(orange, 30), before);
  EXPECT_FALSE(desk.page.toggle(desk.middle()));
}

TEST(ChartPage, WhatIsStillOrElsewhereIsNotZoomed) {
  Desk desk;
  EXPECT_FALSE(desk.page.zoom({600, 100}, 1));
  desk.page.placed[0].still = true;
  EXPECT_FALSE(desk.page.zoom(desk.middle(), 1));
  EXPECT_FALSE(desk.page.drag("Return", desk.middle(), {0, 0}));
}

TEST(ChartPage, AShiftMovesAllThatAMouseCanFind) {
  Desk desk;
  const Point entry = desk.plot().legend[1].box.centre();
  desk.page.shift({1000, 500});
  EXPECT_EQ(desk.page.under(entry), nullptr);
  EXPECT_TRUE(desk.page.toggle({entry.x + 1000, entry.y + 500}));
  EXPECT_TRUE(desk.page.looks["Return"].hidden.contains("sgd"));
}

TEST(ChartPage, AnExponentialMeanIsOfWhatHasBeenSoFar) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> means = exponential_mean({2, nan, 4, 4}, 0.5);
  EXPECT_EQ(means[0], 2) << "without what a mean that begins at 0 would add";
  EXPECT_TRUE(std::isnan(means[1]));
  EXPECT_NEAR(means[2], (0.25 * 2 + 0.5 * 4) / 0.75, 1e-12);
  EXPECT_NEAR(means[3], (0.125 * 2 + 0.25 * 4 + 0.5 * 4) / 0.875, 1e-12);
}

TEST(ChartPage, SmoothsLinesAndSaysSoInTheTitle) {
  Picture picture(540, 330);
  ChartPage page{.smoothing = 0.9};
  Series noisy{.name = "noisy", .color = orange}, rare{.name = "rare", .color = green, .marker = 3};
  for (int i = 0; i < 200; ++i) noisy.x.push_back(i), noisy.y.push_back(i % 2);
  for (int i = 0; i < 200; i += 50) rare.x.push_back(i), rare.y.push_back(i % 100 / 50.0);
  place_chart(picture, {0, 0, 540, 330}, {.title = "Return", .series = {noisy, rare}}, &page);
  const PlacedChart& placed = page.placed.front();
  EXPECT_EQ(placed.name, "Return");
  EXPECT_EQ(placed.chart.title, "Return, exp. mean 0.9");
  ASSERT_EQ(placed.chart.series.size(), 3U) << "the line as it was stands behind";
  EXPECT_EQ(placed.chart.series[0].y, noisy.y);
  EXPECT_NEAR(placed.chart.series[1].y.back(), 0.5, 0.1);
  EXPECT_EQ(placed.chart.series[2].y, rare.y) << "what has markers is shown point by point";
}

}  // namespace
}  // namespace cairn::render
