#include "agents/exploration/assigned_window.h"

#include <gtest/gtest.h>

#include <cmath>

#include "agents/archive/archive.h"

namespace cairn::agents {
namespace {

TEST(AssignedWindow, JudgesEachColumnsShare) {
  AssignedWindow window(3, 8);  // 3, 3 and 2 episodes
  for (int i = 0; i < 9; ++i) window.count(0, 0, true);
  EXPECT_EQ(window.least(), 3.0 / 8) << "more of one column do not count";
  EXPECT_EQ(window.most(), 1);
  for (int i = 0; i < 9; ++i) window.count(2, 0, false);
  EXPECT_EQ(window.most(), 6.0 / 8);
  window.count(1, 1, true);
  window.count(1, -1, true);
  EXPECT_EQ(window.least(), 3.0 / 8) << "episodes of another window, or of none";
  for (int i = 0; i < 3; ++i) window.count(1, 0, i == 0);
  EXPECT_EQ(window.least(), 0.5);
  EXPECT_EQ(window.most(), 0.5) << "all are judged";
  EXPECT_TRUE(std::isnan(window.last_rate()));
  window.open_next();
  EXPECT_EQ(window.last_rate(), 0.5);
  EXPECT_EQ(window.least(), 0);
  EXPECT_EQ(window.most(), 1);
  window.count(0, 0, true);
  EXPECT_EQ(window.least(), 0) << "an episode that began in the window before";
  window.count(0, window.number(), true);
  EXPECT_EQ(window.least(), 1.0 / 8);
}

TEST(AssignedWindow, HasRoomForFewerEpisodesThanColumns) {
  AssignedWindow window(4, 2);
  for (int column = 0; column < 4; ++column) window.count(column, 0, column < 2);
  EXPECT_EQ(window.least(), 1) << "the last two columns have no share";
}

TEST(AssignedWindow, ComesBackFromAnArchiveThatFits) {
  AssignedWindow window(3, 8);
  window.count(0, 0, true);
  window.open_next();
  window.count(1, 1, true);
  window.count(2, 1, false);
  Archive archive;
  window.save(archive, "window");
  AssignedWindow loaded(3, 8);
  loaded.load(archive, "window");
  EXPECT_EQ(loaded.number(), 1);
  EXPECT_EQ(loaded.least(), window.least());
  EXPECT_EQ(loaded.most(), window.most());
  EXPECT_EQ(loaded.last_rate(), 1);
  AssignedWindow narrower(2, 8), smaller(3, 2);
  EXPECT_THROW(narrower.load(archive, "window"), std::runtime_error);
  EXPECT_THROW(smaller.load(archive, "window"), std::runtime_error) << "the last column has no share of two";
}

}  // namespace
}  // namespace cairn::agents
