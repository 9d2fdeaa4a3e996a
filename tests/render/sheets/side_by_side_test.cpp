#include "render/sheets/side_by_side.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "pixels.h"
#include "policies.h"
#include "render/drawing/chart.h"
#include "render/sheets/lanes.h"
#include "scratch.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

/// So many in the same episode of the lander; the first one by its own pilot, the others by one engine.
SideBySide landers(int count) {
  SideBySide sheet{.title = "Land", .subtitle = "The same episodes for all"};
  for (int i = 0; i < count; ++i) {
    Contender& one = sheet.contenders.emplace_back(Contender{.name = "run " + std::to_string(i), .about = "dqn"});
    one.flight =
        i == 0 ? fly(agents::Pilot::heuristic, lander, 0, 0) : fly(steady_policy(lander()->spec()), lander, 0, 0);
  }
  return sheet;
}

Pixels drawn(const SideBySide& sheet, double steps, const std::string& name) {
  Picture picture(static_cast<int>(side_by_side_width), static_cast<int>(side_by_side_height));
  draw_moment(picture, sheet, steps);
  const Scratch scratch;
  picture.write_png(scratch / (name + ".png"));
  return Pixels(picture);
}

TEST(SideBySide, CountsWhatWasShown) {
  Contender one{.name = "one"};
  one.flight = fly(agents::Pilot::heuristic, lander, 0, 0);
  ASSERT_TRUE(one.flight.success);
  one.count();
  EXPECT_EQ(one.episodes, 1);
  EXPECT_EQ(one.successes, 1);
  EXPECT_EQ(one.returns, one.flight.episode_return);
  one.flight = fly(agents::Pilot::nothing, lander, 0, 0);
  one.count();
  EXPECT_EQ(one.episodes, 2);
  EXPECT_EQ(one.successes, 1);
}

TEST(SideBySide, LastsUntilTheLastOneHasEnded) {
  const SideBySide sheet = landers(2);
  EXPECT_EQ(sheet.length(),
            std::max(sheet.contenders[0].flight.rewards.size(), sheet.contenders[1].flight.rewards.size()));
}

TEST(SideBySide, HasALaneAndARowForEach) {
  for (const int count : {1, 2, 3, 5, 12}) {
    const SideBySide sheet = landers(count);
    const Pixels pixels = drawn(sheet, 3.5, std::to_string(count));
    for (int i = 0; i < std::min(count, 8); ++i)
      EXPECT_GT(pixels.count(series_color(i), 12), 50) << i << " of " << count << ": in its lane and in the table";
    EXPECT_GT(pixels.count(ground), 20'000) << count;
  }
}

TEST(SideBySide, SaysWhoSucceededAtTheEnd) {
  const SideBySide sheet = landers(2);
  const Pixels before = drawn(sheet, 10, "before"), after = drawn(sheet, static_cast<double>(sheet.length()), "after");
  EXPECT_GT(after.count(green, 10), before.count(green, 10) + 500) << "a frame about the lane";
}

TEST(SideBySide, BurstsWhereALandingWasMade) {
  const SideBySide sheet = landers(1);
  const auto end = static_cast<double>(sheet.length());
  ASSERT_TRUE(sheet.contenders[0].flight.success);
  const long during = drawn(sheet, end + 15, "burst").count(yellow, 12);
  const long later = drawn(sheet, end + 3 * sheet.steps_a_second, "later").count(yellow, 12);
  EXPECT_GT(during, later + 300);
}

TEST(SideBySide, DrawsTheCurvesOfThoseThatHaveSome) {
  SideBySide sheet = landers(3);
  const long bare = drawn(sheet, 0, "bare").count(series_color(1), 12);
  sheet.contenders[1].x = {0, 1000, 2000};
  sheet.contenders[1].y = {-200, 50, 240};
  EXPECT_GT(drawn(sheet, 0, "curve").count(series_color(1), 12), bare + 150);
}

TEST(SideBySide, StandsBetweenTwoStepsWhereTimeDoes) {
  const SideBySide sheet = landers(1);
  Picture early(960, 540), between(960, 540), late(960, 540);
  draw_moment(early, sheet, 40), draw_moment(between, sheet, 40.5), draw_moment(late, sheet, 41);
  EXPECT_FALSE(Pixels(early) == Pixels(between));
  EXPECT_FALSE(Pixels(late) == Pixels(between));
}

TEST(SideBySide, IsRecordedEpisodeByEpisode) {
  const Scratch scratch;
  SideBySide sheet = landers(2);
  std::uint32_t flown = 0;
  record_side_by_side(scratch / "flights.gif", sheet, [&](SideBySide& next) {
    next.episode = flown;
    return flown++ < 2;
  });
  EXPECT_EQ(flown, 3U) << "asked until there is none";
  EXPECT_EQ(sheet.contenders[0].episodes, 2);
  EXPECT_GT(std::filesystem::file_size(scratch / "flights.gif"), 20'000U);
}

TEST(Lanes, AreAllWithinTheBox) {
  const Box box{10, 20, 600, 400};
  for (int count = 1; count <= 12; ++count) {
    const Lanes lanes(box, count, 1.5F);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const Box lane = lanes.box(box, i), world = lanes.world_box(lane);
      EXPECT_GE(lane.x, box.x - 0.01F);
      EXPECT_LE(lane.right(), box.right() + 0.01F);
      EXPECT_LE(lane.bottom(), box.bottom() + 0.01F);
      EXPECT_NEAR(world.width / world.height, 1.5, 0.001);
      EXPECT_GE(world.y - lane.y, Lanes::lowest_head - 0.01F);
    }
    EXPECT_NEAR(lanes.height(), box.height, 0.01) << count;
  }
}

}  // namespace
}  // namespace cairn::render
