#include "render/sheets/optimizer_inside.h"

#include <gtest/gtest.h>

#include "pixels.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

/// A block whose steps spread around 10^exponent.
optim::BlockInspection block(const std::string& name, double exponent, int count = 64) {
  optim::BlockInspection made{.name = name, .update_to_weight = 1e-3, .steps = {}, .ratios = {}};
  for (int i = 0; i < count; ++i) {
    made.steps.add(std::pow(10.0, exponent + 0.02 * (i % 30)));
    made.ratios.add(std::pow(10.0, exponent + 1 + 0.02 * (i % 30)));
  }
  return made;
}

Pixels inside_drawn(const std::vector<optim::BlockInspection>& blocks, double rate = 0) {
  Picture picture(530, 620);
  draw_optimizer_inside(picture, {0, 0, 530, 620}, blocks, rate);
  return Pixels(picture);
}

TEST(OptimizerInside, GivesEachPartOfTheNetworkItsColour) {
  const Pixels one = inside_drawn({block("actor/0/weight", -4)}),
               two = inside_drawn({block("actor/0/weight", -4), block("critic/0/weight", -3)});
  EXPECT_GT(one.count(blue, 30), 20);
  EXPECT_EQ(one.count(orange, 30), 0);
  EXPECT_GT(two.count(orange, 30), 20);
}

TEST(OptimizerInside, ShowsWhereTheStepsLie) {
  const auto top_of_hill = [](double exponent) {  // beside blocks that fix the axis
    const Pixels pixels =
        inside_drawn({block("actor/0/weight", exponent), block("critic/0/weight", -6), block("critic/0/bias", -1)});
    for (int y = 0; y < 620; ++y)
      for (int x = 100; x < 300; ++x)
        if (pixels.is(x, y, blue, 40)) return x;
    return -1;
  };
  EXPECT_GT(top_of_hill(-5), 100);
  EXPECT_GT(top_of_hill(-2), top_of_hill(-5) + 50);
}

TEST(OptimizerInside, StaysWithinANarrowBox) {
  Picture picture(420, 400);
  draw_optimizer_inside(picture, {0, 0, 330, 400}, {{block("actor/0/weight", -4), block("critic/0/weight", -8)}}, 0);
  const Pixels pixels(picture);
  for (int y = 0; y < 400; ++y)
    for (int x = 331; x < 420; ++x) ASSERT_TRUE(pixels.is(x, y, {0, 0, 0})) << x << ", " << y;
}

TEST(OptimizerInside, GivesAMouseTheBinsOfEachHill) {
  Picture picture(530, 620);
  ChartPage page;
  const std::vector blocks{block("actor/0/weight", -4, 10)};
  draw_optimizer_inside(picture, {0, 0, 530, 620}, blocks, 0, &page);
  ASSERT_EQ(page.placed.size(), 2U) << "steps and ratios";
  const PlacedChart& steps = page.placed[0];
  EXPECT_FALSE(steps.still) << "it can be zoomed";
  ASSERT_EQ(steps.chart.bars.size(), 1U);
  double all = 0;
  for (const double height : steps.chart.bars[0].heights) all += height;
  EXPECT_EQ(all, 10);
  const Point top = steps.plot.at(1.02e-4, 0);
  const auto counted = [&](std::size_t bin) { return steps.chart.bars[0].heights[bin] > 0; };
  for (std::size_t bin = 0; bin < steps.chart.bars[0].heights.size(); ++bin)
    if (counted(bin)) {
      EXPECT_LE(steps.plot.at(steps.chart.bars[0].edges[bin], 0).x, top.x) << "the bin lies where the hill is drawn";
      break;
    }
}

TEST(OptimizerInside, ZoomsAllHillsOfAColumnAlike) {
  const std::vector blocks{block("actor/0/weight", -4), block("critic/0/weight", -7)};
  ChartPage page;
  const auto drawn = [&] {
    Picture picture(530, 620);
    page.placed.clear();
    draw_optimizer_inside(picture, {0, 0, 530, 620}, blocks, 0, &page);
    return Pixels(picture);
  };
  const Pixels all = drawn();
  const auto ends = [&](std::size_t i) { return std::pair(page.placed[i].plot.x_low, page.placed[i].plot.x_high); };
  const auto [low, high] = ends(0);
  EXPECT_GT(high / low, 1e3);
  const PlacedChart& steps = page.placed[0];
  ASSERT_TRUE(page.zoom({steps.plot.at(2e-4, 0).x, steps.plot.centre().y}, 10));
  const Pixels part = drawn();
  EXPECT_FALSE(part == all);
  ASSERT_EQ(page.placed.size(), 4U);
  EXPECT_LT(ends(0).second / ends(0).first, 10) << "a tenth of the decades";
  EXPECT_TRUE(ends(0).first < 2e-4 && 2e-4 < ends(0).second) << "what the mouse was on stays";
  EXPECT_EQ(ends(2), ends(0)) << "the other block's steps";
  EXPECT_GT(ends(1).second / ends(1).first, 1e3) << "the other column stays";
  EXPECT_GT(part.count(blue, 30), 20);
  EXPECT_LT(part.count(orange, 30), all.count(orange, 30)) << "the one far away is a flat line";
  EXPECT_TRUE(page.reset(page.placed[0].plot.centre()));
  EXPECT_TRUE(drawn() == all);
}

TEST(OptimizerInside, MarksTheRateAndBearsBlocksThatDidNotMove) {
  optim::BlockInspection still{.name = "actor/0/bias", .update_to_weight = 0, .steps = {}, .ratios = {}};
  for (int i = 0; i < 8; ++i) still.steps.add(0);
  EXPECT_EQ(inside_drawn({block("actor/0/weight", -4), still}).count(yellow, 10), 0);
  EXPECT_GT(inside_drawn({block("actor/0/weight", -4), still}, 1e-3).count(yellow, 10), 30);
  EXPECT_GT(inside_drawn({still}).count(ink, 40), 20);
  EXPECT_GT(inside_drawn({}).count(faint, 40), 5) << "before the first update";
  EXPECT_GT(inside_drawn(std::vector(40, block("actor/0/weight", -4))).count(blue, 30), 100) << "a deep network";
}

}  // namespace
}  // namespace cairn::render
