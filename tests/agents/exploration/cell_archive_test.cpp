#include "agents/exploration/cell_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "../memory/damaged.h"
#include "agents/archive/archive.h"

namespace cairn::agents {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

envs::Spec plane() {
  return {.id = "plane",
          .observation = {{"x", "m", -2, 2}, {"y", "m", 0, 3}, {"goal x", "m", -2, 2}, {"free", "", -INFINITY, 1}},
          .action_names = {"a", "b"},
          .horizon = 10,
          .goal = {.achieved = 0, .desired = 2, .size = 1}};
}

CellArchive archive_of(int state_size = 1) {
  return {CellGrid(plane(), "x/y", {4, 3}), 1, state_size, 10};
}

/// A trip whose step k enters the k-th of these cells.
CellArchive::Trip trip_to(const CellArchive& archive, int from, Root root, const std::vector<std::int64_t>& numbers,
                          double reward = 0) {
  CellArchive::Trip trip = archive.set_out(from, root);
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    trip.actions.push_back(static_cast<float>(10 * root.episode + k));
    trip.visits.push_back({.number = numbers[k],
                           .steps = static_cast<int>(k) + 1,
                           .score = trip.score + reward * static_cast<double>(k + 1),
                           .state = {static_cast<float>(numbers[k])}});
  }
  return trip;
}

TEST(CellGrid, CutsWhatItIsToldBetweenTheBounds) {
  const CellGrid grid(plane(), "x/y", {4, 3});
  EXPECT_EQ(grid.cells(), 12);
  const auto cell = [&](float x, float y) { return grid.bins_of(grid.cell_of(std::vector<float>{x, y, 0, 0})); };
  EXPECT_THAT(cell(-2, 0), ElementsAre(0, 0));
  EXPECT_THAT(cell(-1.01F, 0.99F), ElementsAre(0, 0));
  EXPECT_THAT(cell(-0.99F, 1.01F), ElementsAre(1, 1));
  EXPECT_THAT(cell(2, 3), ElementsAre(3, 2)) << "the upper bound is in the last cell";
  EXPECT_THAT(cell(9, -9), ElementsAre(3, 0)) << "beyond it the nearest counts";
  std::map<std::int64_t, int> numbers;
  for (float x = -1.5F; x < 2; x += 1)
    for (float y = 0.5F; y < 3; y += 1) ++numbers[grid.cell_of(std::vector<float>{x, y, 0, 0})];
  EXPECT_EQ(numbers.size(), 12U);
}

TEST(CellGrid, TakesGoalsByDefaultAndElseEverything) {
  const CellGrid goal(plane(), "auto", {8});
  ASSERT_EQ(goal.axes().size(), 1U);
  EXPECT_EQ(goal.axes()[0].component, 0);
  envs::Spec spec = plane();
  spec.goal = {};
  spec.observation.pop_back();
  EXPECT_EQ(CellGrid(spec, "auto", {8}).cells(), 8 * 8 * 8);
  EXPECT_EQ(CellGrid(spec, "goal_x", {8}).axes()[0].component, 2);
}

TEST(CellGrid, RefusesWhatTheWorldHasNot) {
  const auto making = [](const std::string& components, const std::vector<int>& bins) {
    return [=] { CellGrid(plane(), components, bins); };
  };
  EXPECT_THAT(making("z", {4}), ThrowsMessage<std::invalid_argument>(HasSubstr("It shows: x, y, goal_x, free.")));
  EXPECT_THAT(making("free", {4}), ThrowsMessage<std::invalid_argument>(HasSubstr("has no bounds")));
  EXPECT_THAT(making("x/y", {4, 4, 4}),
              ThrowsMessage<std::invalid_argument>(HasSubstr("one for each, or one for all")));
  EXPECT_THAT(making("x/y/x/y", {1'000'000}), ThrowsMessage<std::invalid_argument>(HasSubstr("more than 2^62 cells")));
}

TEST(CellArchive, KeepsNewCellsAndBetterAndShorterWays) {
  CellArchive archive = archive_of();
  archive.add(trip_to(archive, -1, {0, 1}, {5, 6, 7}));
  ASSERT_EQ(archive.cells().size(), 3U);
  EXPECT_EQ(archive.cells()[2].length, 3);
  EXPECT_FALSE(archive.accepts(7, 0, 3)) << "as good and as long";
  EXPECT_TRUE(archive.accepts(7, 0, 2));
  EXPECT_TRUE(archive.accepts(7, 0.5, 9));
  EXPECT_FALSE(archive.accepts(7, -0.5, 1));
  EXPECT_TRUE(archive.accepts(8, -100, 9));
  EXPECT_FALSE(archive.accepts(8, 0, 10)) << "the episode is over";

  archive.add(trip_to(archive, -1, {0, 2}, {5, 7}));
  EXPECT_EQ(archive.cells().size(), 3U);
  EXPECT_EQ(archive.cells()[2].length, 2);
  EXPECT_EQ(archive.cells()[2].seen, 1) << "counts begin anew with a new way";
  EXPECT_EQ(archive.cells()[0].seen, 2);
  EXPECT_EQ(archive.set_out(2, {}).root, (Root{0, 2}));
  EXPECT_EQ(archive.set_out(0, {}).root, (Root{0, 1}));
}

// The way to a cell is all actions from its episode's beginning, also where a part of it was replaced since.
TEST(CellArchive, KnowsTheWholeWayOverManyTrips) {
  CellArchive archive = archive_of();
  archive.add(trip_to(archive, -1, {0, 1}, {1, 2, 3}));
  archive.add(trip_to(archive, 1, {0, 2}, {4, 5}));
  const int fifth = 4;
  ASSERT_EQ(archive.cells()[fifth].number, 5);
  archive.add(trip_to(archive, fifth, {0, 3}, {6}));
  const CellArchive::Trip last = archive.set_out(5, {});
  EXPECT_THAT(archive.actions_before(last), ElementsAre(10, 11, 20, 21, 30))
      << "two steps of the first trip, two of the second, one of the third; the root is the first one's";
  EXPECT_EQ(last.root, (Root{0, 1}));
  EXPECT_EQ(last.length, 5);
  archive.add(trip_to(archive, -1, {0, 7}, {2}));  // a shorter way to the second cell
  EXPECT_THAT(archive.actions_before(archive.set_out(1, {})), ElementsAre(70));
  EXPECT_THAT(archive.actions_before(archive.set_out(5, {})), ElementsAre(10, 11, 20, 21, 30));
}

TEST(CellArchive, ChoosesCellsThatWereSeldomSeen) {
  CellArchive archive = archive_of();
  archive.add(trip_to(archive, -1, {0, 1}, {0, 1, 2}));
  for (int i = 0; i < 14; ++i) archive.add(trip_to(archive, 0, {}, {1}));  // longer ways: cell 1 is seen, no more
  ASSERT_EQ(archive.cells()[1].seen, 15);
  std::map<int, int> chosen;
  constexpr int draws = 20'000;
  for (std::uint32_t i = 0; i < draws; ++i) {
    envs::Random random(1, envs::Stream::exploration, 0, i);
    ++chosen[archive.choose(random)];
  }
  // 1/√2 for one fresh episode and for two cells seen once, 1/4 for the one seen 15 times.
  const double once = 1 / std::sqrt(2.0), total = 3 * once + 0.25;
  for (const auto& [index, weight] : {std::pair{-1, once}, {0, once}, {1, 0.25}, {2, once}})
    EXPECT_NEAR(chosen[index], draws * weight / total, 4.5 * std::sqrt(draws * weight / total)) << index;
}

TEST(CellArchive, NeverChoosesAWayThatDidNotRepeatItself) {
  CellArchive archive = archive_of();
  archive.add(trip_to(archive, -1, {0, 1}, {0, 1}));
  archive.discard(archive.set_out(1, {}));
  EXPECT_TRUE(archive.accepts(1, -5, 9)) << "any other way will do";
  for (std::uint32_t i = 0; i < 1000; ++i) {
    envs::Random random(2, envs::Stream::exploration, 0, i);
    EXPECT_NE(archive.choose(random), 1);
  }
  const CellArchive::Trip before = archive.set_out(0, {});
  archive.add(trip_to(archive, -1, {0, 2}, {1, 0}));
  EXPECT_FALSE(archive.cells()[1].discarded);
  archive.add(trip_to(archive, -1, {0, 3}, {0}, 1));  // a better way to the first cell since that trip set out
  archive.discard(before);
  EXPECT_FALSE(archive.cells()[0].discarded);
}

TEST(CellArchive, LoadsWhatItSavedAndNothingElse) {
  CellArchive archive = archive_of();
  archive.add(trip_to(archive, -1, {3, 1}, {0, 1, 2}));
  archive.add(trip_to(archive, 2, {0, 2}, {3, 4}));
  archive.discard(archive.set_out(1, {}));
  Archive saved, again;
  archive.save(saved, "cells");
  CellArchive loaded = archive_of();
  loaded.load(saved, "cells");
  loaded.save(again, "cells");
  ASSERT_EQ(saved.tensors().size(), again.tensors().size());
  for (std::size_t i = 0; i < saved.tensors().size(); ++i)
    EXPECT_EQ(saved.tensors()[i].bytes, again.tensors()[i].bytes);
  EXPECT_EQ(loaded.actions_before(loaded.set_out(4, {})), archive.actions_before(archive.set_out(4, {})));
  for (std::uint32_t i = 0; i < 100; ++i) {
    envs::Random one(2, envs::Stream::exploration, 0, i), other = one;
    EXPECT_EQ(loaded.choose(one), archive.choose(other));
  }

  const auto refuses = [&](const char* name, auto values) {
    EXPECT_THROW(archive_of().load(damaged(saved, name, values), "cells"), std::runtime_error) << name;
  };
  using Longs = std::vector<std::int64_t>;
  using Ints = std::vector<std::int32_t>;
  refuses("cells/numbers", Longs{0, 1, 2, 3, 3});
  refuses("cells/numbers", Longs{0, 1, 2, 3, 12});
  refuses("cells/numbers", Longs{0, 1, 2, 3});
  refuses("cells/seen", Longs{0, 1, 2, 3, -1});
  refuses("cells/scores", std::vector<double>{0, 0, 0, 0, std::numeric_limits<double>::infinity()});
  refuses("cells/states", std::vector<float>{0});
  refuses("cells/fresh", Longs{-1});
  refuses("cells/actions", std::vector<float>{0, 1, 2, 3});
  refuses("cells/actions", std::vector<float>{0, 1, 2, 3, NAN});
  refuses("cells/paths", Ints{-1, 0, 3, 1, 3, 2});  // its own parent
  refuses("cells/paths", Ints{-1, 0, 3, 0, 4, 2});  // more than the parent has
  refuses("cells/paths", Ints{-1, 0, 3, 0, 3, -2});
  refuses("cells/paths", Ints{-1, 0, 3, 0});
  refuses("cells/paths", Ints{-1, 1, 3, 0, 3, 2});
  const auto cells = saved.get<std::int32_t>("cells/cells");
  for (const auto& [at, value] : {std::pair{0, 2}, {1, 2}, {1, -1}, {2, 4}, {2, -1}, {3, 2}}) {
    Ints bad = cells;
    bad[static_cast<std::size_t>(at)] = value;
    refuses("cells/cells", bad);
  }
}

}  // namespace
}  // namespace cairn::agents
