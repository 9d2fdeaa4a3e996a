#include "render/sheets/descents.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pixels.h"
#include "scratch.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

/// Down a bowl: one rule straight, one that flies away.
DescentSheet sheet() {
  DescentSheet sheet{.title = "bowl", .subtitle = "bowl:of=two", .landscape = {}};
  const auto bowl = [](double x, double y) { return x * x + y * y; };
  sheet.landscape.field = sample(bowl, -2, 2, -2, 2, 60, 60);
  sheet.landscape.levels = geometric_levels(sheet.landscape.field, 12);
  sheet.landscape.shaded = true;
  sheet.landscape.shade = &dusk;
  Descent straight{.name = "straight", .note = "0.1", .color = orange}, away{.name = "away", .color = purple};
  for (int i = 0; i <= 20; ++i) {
    const double x = 1.8 * std::pow(0.8, i), far = 1.8 * std::pow(-3.0, i);
    straight.x.push_back(x), straight.y.push_back(x), straight.gaps.push_back(bowl(x, x));
    straight.momentum_x.push_back(2 * x), straight.momentum_y.push_back(0);
    away.x.push_back(i == 20 ? std::numeric_limits<double>::quiet_NaN() : far), away.y.push_back(1.8);
    away.gaps.push_back(bowl(far, 1.8));
  }
  sheet.descents = {straight, away};
  return sheet;
}

Pixels drawn(const DescentSheet& sheet, std::size_t step, const std::string& name = "") {
  Picture picture(static_cast<int>(descents_width), static_cast<int>(descents_height));
  draw_descents(picture, draw_landscape(picture, sheet), sheet, step);
  const Scratch scratch;
  picture.write_png(scratch / (name + "descents.png"));
  return Pixels(picture);
}

TEST(Descents, TrailsGrowWithTheSteps) {
  const DescentSheet both = sheet();
  EXPECT_EQ(both.steps(), 20U);
  const int early = drawn(both, 2, "early_").count(orange, 12), late = drawn(both, 20, "late_").count(orange, 12);
  EXPECT_GT(early, 100) << "the legend and the first steps";
  EXPECT_GT(late, early + 200);
  const Pixels pixels = drawn(both, 20);
  EXPECT_GT(pixels.count(purple, 12), 100) << "what flies away is drawn until it is gone";
}

TEST(Descents, MomentumHasAnArrowOfItsOwn) {
  DescentSheet with = sheet(), without = sheet();
  without.descents[0].momentum_x.clear();
  without.descents[0].momentum_y.clear();
  EXPECT_GT(drawn(with, 3, "momentum_").count(ink, 60), drawn(without, 3).count(ink, 60) + 15);
}

TEST(Descents, TheLastStepHasAnArrowInTheTrailsColour) {
  DescentSheet still = sheet();
  still.descents.resize(1);
  const int moving = drawn(still, 3).count(orange, 12);
  still.descents[0].x[2] = still.descents[0].x[3];
  still.descents[0].y[2] = still.descents[0].y[3];
  EXPECT_GT(moving, drawn(still, 3).count(orange, 12) + 40);
}

TEST(Descents, ALateLossIsAMeanWithItsSpread) {
  std::vector<double> gaps(20, 5);
  gaps.push_back(3);
  const LateLoss first = late_loss(gaps, 3);
  EXPECT_EQ(first.steps, 1U);
  EXPECT_EQ(first.mean, 5);
  EXPECT_EQ(first.spread, 0);
  const LateLoss last = late_loss(gaps, 20);
  EXPECT_EQ(last.steps, 2U);
  EXPECT_EQ(last.mean, 4);
  EXPECT_NEAR(last.spread, std::sqrt(2.0), 1e-12);
}

TEST(Descents, ShowsEveryOptimumAndWhatHeightsTheColoursAre) {
  DescentSheet one = sheet(), two = sheet();
  one.optima = {{0, 0}};
  two.optima = {{0, 0}, {-1, 1}};
  EXPECT_GT(drawn(two, 3).count(ink, 60), drawn(one, 3).count(ink, 60) + 30);
  DescentSheet bare = sheet();
  bare.landscape.shaded = false;
  EXPECT_GT(drawn(sheet(), 0).count(dusk(1)), drawn(bare, 0).count(dusk(1)) + 50);
}

TEST(Descents, APartOfTheLandscapeIsAsFineAsTheWholeAndTrailsFollow) {
  DescentSheet bowl = sheet();
  bowl.function = [](double x, double y) { return x * x + y * y; };
  Picture picture(static_cast<int>(descents_width), static_cast<int>(descents_height));
  ChartPage page;
  const Plot whole = draw_landscape(picture, bowl, &page);
  ASSERT_TRUE(page.zoom(whole.at(1.8, 1.8), 4));
  page.placed.clear();
  const Plot part = draw_landscape(picture, bowl, &page);
  const ScalarField& field = page.placed[0].chart.landscape->field;
  EXPECT_NEAR(field.x_high - field.x_low, 4 * std::pow(0.8, 4), 1e-5);
  EXPECT_NEAR(field.at(0, 0), bowl.function(field.x_low, field.y_low), 1e-9);
  EXPECT_NEAR(part.at(1.8, 1.8).x, whole.at(1.8, 1.8).x, 1);
  draw_descents(picture, part, bowl, 20);
  const Point second = part.at(bowl.descents[0].x[1], bowl.descents[0].y[1]);
  EXPECT_TRUE(Pixels(picture).is(static_cast<int>(second.x), static_cast<int>(second.y), orange, 60));
}

TEST(Descents, WhatIsPutAwayLeavesItsRowAndKnobsHaveAPlaceOfTheirOwn) {
  DescentSheet both = sheet();
  const int before = drawn(both, 20).count(orange, 12);
  both.descents[0].hidden = true;
  EXPECT_LT(drawn(both, 20).count(orange, 12), before / 4);
  const DescentPlaces without = lay_out_descents(descents_width, descents_height, both);
  EXPECT_TRUE(without.knobs.empty());
  both.descents[1].knobs = {{.name = "lr"}, {.name = "beta1"}};
  both.turned = 1;
  const DescentPlaces places = lay_out_descents(descents_width, descents_height, both);
  ASSERT_EQ(places.knobs.size(), 2U);
  ASSERT_EQ(places.rows.size(), 2U);
  EXPECT_GE(places.knobs[0].y, places.legend.bottom());
  EXPECT_GE(places.knobs[1].x, places.knobs[0].right());
  EXPECT_LE(places.rows[1].bottom(), places.legend.bottom());
  EXPECT_LT(places.losses.height, without.losses.height);
}

TEST(Descents, WithoutAPlaneTheLossesHaveThePage) {
  DescentSheet losses = sheet();
  losses.landscape = {};
  for (Descent& descent : losses.descents) descent.x.clear(), descent.y.clear();
  const Pixels pixels = drawn(losses, 20, "losses_");
  EXPECT_GT(pixels.count(orange, 12), 300);
}

}  // namespace
}  // namespace cairn::render
