#include "render/sheets/race.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pixels.h"
#include "render/drawing/chart.h"
#include "render/drawing/rule_colors.h"
#include "scratch.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

RaceSheet race_sheet(int racers) {
  RaceSheet sheet{.title = "tester in testing", .subtitle = "all from the same weights", .total_steps = 1000};
  for (int i = 0; i < racers; ++i) {
    Racer racer{.name = "rule_" + std::to_string(i) + ":lr=0.001,and=another_option", .steps = 1000};
    for (int k = 1; k <= 20; ++k) racer.returns.add(50 * k, (i + 1) * std::sqrt(k));
    sheet.racers.push_back(racer);
  }
  sheet.aspect = 1.5F;
  return sheet;
}

Pixels drawn(const RaceSheet& sheet, const std::string& name) {
  Picture picture(static_cast<int>(race_width), static_cast<int>(race_height));
  std::vector<Box> worlds;
  draw_race(picture, sheet, [&](std::size_t i, Picture& page, Box box) {
    EXPECT_EQ(i, worlds.size());
    EXPECT_NEAR(box.width / box.height, sheet.aspect, 0.01);
    worlds.push_back(box);
    page.fill(box, ground, 6);
  });
  EXPECT_EQ(worlds.size(), sheet.racers.size());
  const Scratch scratch;
  picture.write_png(scratch / (name + ".png"));
  return Pixels(picture);
}

/// The colour of a racer of `race_sheet`.
Color color_of_racer(const RaceSheet& sheet, std::size_t i) {
  std::vector<std::string> names;
  for (const Racer& racer : sheet.racers) names.push_back(racer.name);
  return series_color(rule_colors(names)[i]);
}

TEST(Race, TheBestStandsFirst) {
  RaceSheet race = race_sheet(3);
  EXPECT_EQ(ranking(race), (std::vector<std::size_t>{2, 1, 0})) << "by their curves";
  race.racers[0].score = 5, race.racers[1].score = 9;
  EXPECT_EQ(ranking(race), (std::vector<std::size_t>{2, 1, 0})) << "by their curves, as one has no score yet";
  race.racers[2].score = -1;
  EXPECT_EQ(ranking(race), (std::vector<std::size_t>{1, 0, 2})) << "by scores";
  race.racers[1].trouble = "diverged";
  EXPECT_EQ(ranking(race), (std::vector<std::size_t>{0, 2, 1})) << "what stopped early is last";
  race.until = 500;
  EXPECT_EQ(ranking(race), (std::vector<std::size_t>{2, 0, 1})) << "half-way nobody has a score";
  Racer late{.name = "late"};
  race.racers.push_back(late);
  EXPECT_EQ(ranking(race).size(), 4U) << "a racer without a curve is somewhere, too";
}

TEST(Race, WhoReachedTheReturnAskedForStandsFirstByStepsToIt) {
  RaceSheet race = race_sheet(4);
  race.racers[0].reached = 700;
  race.racers[1].reached = 300;
  EXPECT_EQ(ranking(race), (std::vector<std::size_t>{1, 0, 3, 2}));
  for (Racer& racer : race.racers) racer.score = 5;
  race.racers[0].reached = 300, race.racers[0].score = 6;
  EXPECT_EQ(ranking(race), (std::vector<std::size_t>{0, 1, 2, 3})) << "after equally many steps the better one";
  race.until = 299;
  EXPECT_EQ(ranking(race), (std::vector<std::size_t>{3, 2, 1, 0})) << "nobody has yet";
  drawn(race, "before");
  race.until = 300;
  drawn(race, "reached");
}

TEST(Race, HasAPanelACurveAndARowForEach) {
  for (const int racers : {2, 5, 12}) {
    const RaceSheet sheet = race_sheet(racers);
    const Pixels pixels = drawn(sheet, std::to_string(racers));
    EXPECT_GT(pixels.count(ground), 50'000) << "worlds";
    for (std::size_t i = 0; i < sheet.racers.size(); ++i)
      EXPECT_GT(pixels.count(color_of_racer(sheet, i), 12), 100) << i;
  }
}

TEST(Race, LanesFillTheScreen) {
  for (int racers = 2; racers <= 12; ++racers) {
    Picture picture(static_cast<int>(race_width), static_cast<int>(race_height));
    float lowest = 0, least = race_width;
    draw_race(picture, race_sheet(racers), [&](std::size_t, Picture&, Box box) {
      lowest = std::max(lowest, box.bottom());
      least = std::min(least, box.width);
    });
    EXPECT_NEAR(lowest, race_height - 14, 1) << racers;
    EXPECT_GT(least, 120) << racers;
  }
}

TEST(Race, WhoeverComesToTheGoalFirstHasAFlagAndAMark) {
  RaceSheet race = race_sheet(4);
  const Pixels before = drawn(race, "running");
  race.racers[2].solved = 400;
  race.racers[1].solved = 700;
  const std::vector<Finish> finished = finishes(race);
  ASSERT_EQ(finished.size(), 2U);
  EXPECT_EQ(finished[0].racer, 2U);
  EXPECT_EQ(finished[0].steps, 400);
  EXPECT_EQ(finished[1].racer, 1U);
  const Pixels after = drawn(race, "finished");
  EXPECT_GT(after.count(yellow, 12), before.count(yellow, 12) + 40) << "the flag";
  EXPECT_GT(after.count(color_of_racer(race, 2), 12), before.count(color_of_racer(race, 2), 12) + 100)
      << "the mark on the chart";
  race.until = 500;
  EXPECT_EQ(finishes(race).size(), 1U) << "half-way only one has come to it";
  race.asked = 9;
  EXPECT_TRUE(finishes(race).empty()) << "another goal: the return that was asked for";
  race.racers[3].reached = 450;
  EXPECT_EQ(finishes(race)[0].racer, 3U);
}

TEST(Race, WhatCameLaterIsNotShown) {
  RaceSheet race = race_sheet(2);
  const int whole = drawn(race, "whole").count(color_of_racer(race, 1), 12);
  race.until = 300;
  EXPECT_LT(drawn(race, "half").count(color_of_racer(race, 1), 12), whole - 200);
}

TEST(RaceBoard, KeepsWhatIsLeftThere) {
  RaceBoard board({"one", "two"});
  board.update(1, [](Racer& racer) { racer.steps = 7; });
  const std::vector<Racer> racers = board.look();
  ASSERT_EQ(racers.size(), 2U);
  EXPECT_EQ(racers[0].name, "one");
  EXPECT_EQ(racers[1].steps, 7);
}

TEST(Race, ARowOfTheRankingPutsItsCurveAway) {
  RaceSheet sheet{.title = "race", .subtitle = "", .total_steps = 1000};
  for (const char* name : {"adam", "sgd"}) {
    Racer& racer = sheet.racers.emplace_back(Racer{.name = name, .steps = 1000});
    for (int i = 1; i <= 10; ++i) racer.returns.add(100 * i, i * static_cast<double>(sheet.racers.size()));
  }
  Picture picture(960, 540);
  ChartPage page;
  const auto draw = [&] {
    page.placed.clear();
    draw_race(
        picture, sheet, [](std::size_t, Picture&, Box) {}, &page);
    return Pixels(picture).count(series_color(1), 20);
  };
  const int before = draw();
  ASSERT_EQ(page.placed.size(), 1U);
  const std::vector<LegendEntry> rows = page.placed[0].plot.legend;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].names, std::vector<std::string>{"sgd"}) << "which leads";
  EXPECT_TRUE(page.toggle(rows[0].box.centre()));
  EXPECT_LT(draw(), before / 2) << "its lane keeps its colour";
  EXPECT_TRUE(page.toggle(rows[0].box.centre()));
  EXPECT_EQ(draw(), before);
}

}  // namespace
}  // namespace cairn::render
