#include "render/sheets/exploration.h"

#include <gtest/gtest.h>

#include <cmath>

#include "envs/classic/mountain_car.h"
#include "pixels.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

const envs::Spec spec = envs::MountainCar().spec();

/// Cells 0 and 2 of a row of position bins, the second by a way of 30 steps.
agents::CellArchive archive(const std::string& components, const std::vector<int>& bins, std::int64_t second) {
  agents::CellArchive made(agents::CellGrid(spec, components, bins), 1, 0, 200);
  agents::CellArchive::Trip trip = made.set_out(-1, {});
  trip.actions.assign(30, 0);
  trip.visits = {{.number = 0, .steps = 0, .score = 0, .state = {}},
                 {.number = second, .steps = 30, .score = 0, .state = {}}};
  made.add(trip);
  return made;
}

TEST(Exploration, PutsCellsOnTheMapByTheirBins) {
  const agents::CellArchive cells = archive("position/velocity", {4, 3}, 5);
  const std::vector<int> bins = cells.grid().bins_of(5);
  const CellMap map = cell_map(cells, spec);
  EXPECT_EQ(map.across.bins, 4);
  EXPECT_EQ(map.up.bins, 3);
  EXPECT_EQ(map.reached, 2U);
  EXPECT_EQ(map.cells, 12);
  ASSERT_EQ(map.lengths.size(), 12U);
  const auto at = [&](int across, int up) { return map.lengths[static_cast<std::size_t>(up * 4 + across)]; };
  EXPECT_EQ(at(0, 0), 0);
  EXPECT_EQ(at(bins[0], bins[1]), 30);
  int empty = 0;
  for (const double length : map.lengths) empty += std::isnan(length) ? 1 : 0;
  EXPECT_EQ(empty, 10);
}

TEST(Exploration, DrawsCellsWhereTheyLieAndNoneElsewhere) {
  Picture picture(530, 400);
  draw_cells(picture, {0, 0, 530, 400}, cell_map(archive("position", {4}, 2), spec));
  const Pixels pixels(picture);
  const auto brightness = [&](int x) {
    const Color color = pixels.at(x, 205);
    return color.r + color.g + color.b;
  };
  EXPECT_GT(brightness(90), brightness(210) + 40) << "reached";
  EXPECT_GT(brightness(330), brightness(90) + 100) << "by a longer way";
}

TEST(Exploration, DrawsHowLevelsEnded) {
  const auto orange_pixels = [](const agents::Standings& standings) {
    Picture picture(530, 600);
    draw_standings(picture, {0, 0, 530, 600}, standings);
    return Pixels(picture).count(orange, 30);
  };
  EXPECT_EQ(orange_pixels({"difficulty", {}}), 0);
  EXPECT_EQ(orange_pixels({"difficulty", {{0.5, 0, NAN}}}), 0) << "never played: no rate";
  EXPECT_GT(orange_pixels({"difficulty", {{0.1, 8, 1}, {0.9, 8, 0.25}}}), 30);
  EXPECT_GT(orange_pixels({"steps before the end", {{30, 8, 1}, {120, 8, 0.25}}}), 30);
}

}  // namespace
}  // namespace cairn::render
