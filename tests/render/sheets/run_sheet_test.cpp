#include "render/sheets/run_sheet.h"

#include <gtest/gtest.h>

#include "pixels.h"
#include "policies.h"
#include "run_curves.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

TEST(RunSheet, ShowsEveryFlightAndEveryChart) {
  RunSheet sheet{.title = "Title", .subtitle = "Subtitle"};
  const agents::Policy policy = steady_policy(lander()->spec());
  Picture one(1200, 500), none(1200, 500), many(1200, 500);
  draw_run_sheet(none, sheet);
  sheet.flights.push_back(fly(policy, lander, 1, 0));
  sheet.captions.emplace_back("caption");
  draw_run_sheet(one, sheet);
  sheet.flights.push_back(fly(policy, lander, 1, 1));
  sheet.charts.push_back({.title = "Return", .series = {{.x = {0, 1}, .y = {0, 1}, .color = vermilion, .width = 5}}});
  draw_run_sheet(many, sheet);
  EXPECT_LT(Pixels(none).count(ground), 50) << "no world";
  EXPECT_GT(Pixels(one).count(ground), 20'000);
  const Pixels pixels(many);
  EXPECT_GT(pixels.count(vermilion), 1000);
  int left = 0, right = 0;  // flags stand in both worlds
  for (int y = 0; y < 500; ++y)
    for (int x = 0; x < 750; ++x) (x < 375 ? left : right) += pixels.is(x, y, yellow, 10) ? 1 : 0;
  EXPECT_GT(left, 50);
  EXPECT_GT(right, 50);
}

TEST(RunSheet, CaptionsStandAboveTheirWorldsAndNoWiderThanThey) {
  RunSheet sheet{.title = "", .subtitle = ""};
  const Flight flight = fly(steady_policy(lander()->spec()), lander, 1, 0);
  for (int i = 0; i < 12; ++i) {
    sheet.flights.push_back(flight);
    sheet.captions.emplace_back(i == 0 ? "1000 steps, return -1234.5, no success, and what else there is to say" : "");
  }
  Picture picture(1200, 500);
  draw_run_sheet(picture, sheet);
  const Pixels pixels(picture);
  int world = 0, edge = 0;  // the first world's uppermost row and rightmost column, at a height without landers
  while (world < 500 && !pixels.is(60, world, sky)) ++world;
  for (edge = 60; edge < 1200 && !pixels.is(edge, world + 20, page_color);) ++edge;
  ASSERT_LT(world, 160);
  int left = 1200, right = 0, below = 0;  // of letters
  for (int y = 50; y < world + 30; ++y)
    for (int x = 0; x < 400; ++x) {
      if (!pixels.is(x, y, ink, 100)) continue;
      if (y < world)
        left = std::min(left, x), right = std::max(right, x);
      else
        ++below;
    }
  EXPECT_LT(left, 30);
  EXPECT_GT(right, edge - 30);
  EXPECT_LE(right, edge);
  EXPECT_LT(below, 40) << "the lander's own white alone";
}

TEST(RunSheet, MarksOnItsCurvesWhereAPersonChangedTheLearning) {
  RunCurves curves;
  for (int i = 0; i < 50; ++i) add_iteration(curves, i * 100, i, i, 0.02 * i);
  const auto drawn = [&](const char* evaluated) {
    const std::vector<Chart> charts = learning_charts(curves);
    EXPECT_EQ(charts.size(), 2U);
    EXPECT_EQ(charts[0].series.back().name, evaluated);
    Picture picture(1200, 500);
    draw_run_sheet(picture, {.title = "Title", .subtitle = "Subtitle", .charts = charts});
    return Pixels(picture);
  };
  const int before = drawn("while exploring").count(purple, 20);
  curves.mark(2'000, "lion");
  EXPECT_GT(drawn("while exploring").count(purple, 20), before + 20) << "on the charts";
  EXPECT_EQ(learning_charts(curves)[0].reference_lines[0].label, "lion");
  EXPECT_EQ(learning_charts(curves)[1].reference_lines[0].label, "") << "once is enough";
  add_evaluation(curves, 2'500, 30, 0);
  EXPECT_GT(drawn("evaluated").count(orange, 20), 20);
  curves.threshold = 40;
  EXPECT_EQ(learning_charts(curves)[0].reference_lines[0].label, "solved: 40");
}

}  // namespace
}  // namespace cairn::render
