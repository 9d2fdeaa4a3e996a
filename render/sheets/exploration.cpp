#include "render/sheets/exploration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "render/drawing/chart.h"
#include "render/drawing/contour.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float text_height = 7, small_height = 6, gap = 10;  // units
constexpr double dimmest = 0.25;  // of the ramp, for the shortest way: a cell that was reached is never as the ground
constexpr int bands = 20;         // of a histogram

/// The ways' lengths at the cells' middles.
ScalarField middles(const CellMap& map) {
  const auto half = [](const CellMap::Axis& axis) { return (axis.high - axis.low) / (2 * axis.bins); };
  const double x = half(map.across), y = half(map.up);
  return {map.across.bins, map.up.bins,     map.across.low + x, map.across.high - x,
          map.up.low + y,  map.up.high - y, map.lengths};
}

}  // namespace

CellMap cell_map(const agents::CellArchive& archive, const envs::Spec& spec) {
  const std::vector<agents::CellGrid::Axis>& axes = archive.grid().axes();
  const auto axis = [&](const agents::CellGrid::Axis& of) {
    const envs::Component& component = spec.observation[static_cast<std::size_t>(of.component)];
    return CellMap::Axis{component.unit.empty() ? component.name : component.name + " (" + component.unit + ")",
                         static_cast<double>(of.low), static_cast<double>(of.high), of.bins};
  };
  CellMap map{.across = axis(axes.at(0)),
              .up = axes.size() > 1 ? axis(axes[1]) : CellMap::Axis{},
              .lengths = {},
              .reached = archive.cells().size(),
              .cells = archive.grid().cells()};
  map.lengths.assign(static_cast<std::size_t>(map.across.bins) * static_cast<std::size_t>(map.up.bins),
                     std::numeric_limits<double>::quiet_NaN());
  for (const agents::Cell& cell : archive.cells()) {
    const std::vector<int> bins = archive.grid().bins_of(cell.number);
    const int row = axes.size() > 1 ? bins[1] : 0;
    double& length = map.lengths[map.place(bins[0], row)];
    length = std::fmin(length, cell.length);  // of NaN and a number, the number
  }
  return map;
}

void draw_cells(Picture& picture, Box box, const CellMap& map, ChartPage* page) {
  double longest = 1;
  for (const double length : map.lengths) longest = std::fmax(longest, length);
  Chart chart{.title = fmt::format("Cells reached: {} of at most {}", map.reached, map.cells),
              .x = {.label = map.across.label, .low = map.across.low, .high = map.across.high},
              .y = {.label = map.up.label, .low = map.up.low, .high = map.up.high},
              .text_height = text_height};
  const float foot = 2.5F * small_height;
  box = picture.on_pixels(box);
  picture.fill(box, sky, text_height);
  const Box place{box.x, box.y, box.width, box.height - foot};
  const Plot axes = draw_chart(picture, place, chart);
  const float width = axes.width / static_cast<float>(map.across.bins);
  const float height = axes.height / static_cast<float>(map.up.bins);
  for (int row = 0; row < map.up.bins; ++row)
    for (int column = 0; column < map.across.bins; ++column) {
      const double length = map.lengths[map.place(column, row)];
      if (std::isnan(length)) continue;
      picture.fill(Box{axes.x + width * static_cast<float>(column),
                       axes.bottom() - height * static_cast<float>(row + 1), width - 1, height - 1},
                   ramp(dimmest + (1 - dimmest) * length / longest));
    }
  if (page != nullptr) {
    chart.landscape = Landscape{.field = middles(map), .meaning = "steps there"};
    page->placed.push_back({chart.title, std::move(chart), axes, place, true});
  }
  picture.text({box.x + text_height, box.bottom() - 1.2F * small_height}, small_height,
               fmt::format("the brighter, the longer the way there: {:.0f} steps at most", longest), faint);
}

void draw_standings(Picture& picture, Box box, const agents::Standings& standings, ChartPage* page) {
  double least = 0, most = standings.place == "difficulty" ? 1 : 0;
  for (const agents::Standing& each : standings.levels) most = std::max(most, each.place);
  if (!(most > least)) most = 1;

  Series rates{.name = "", .color = orange, .width = 0, .marker = 3};
  Bars counts{.name = "", .color = blue};
  for (int i = 0; i <= bands; ++i) counts.edges.push_back(least + (most - least) * i / bands);
  counts.heights.assign(bands, 0);
  for (const agents::Standing& each : standings.levels) {
    const int band = static_cast<int>(bands * (each.place - least) / (most - least));
    counts.heights[static_cast<std::size_t>(std::clamp(band, 0, bands - 1))] += each.plays;
    if (each.plays == 0) continue;
    rates.x.push_back(each.place);
    rates.y.push_back(each.success);
  }
  const float lower = 0.35F * box.height;
  place_chart(picture, {box.x, box.y, box.width, box.height - lower - gap},
              {.title = "Success by " + standings.place,
               .x = {.label = standings.place, .low = least, .high = most},
               .y = {.low = 0, .high = 1},
               .series = {std::move(rates)},
               .text_height = text_height},
              page);
  place_chart(picture, {box.x, box.bottom() - lower, box.width, lower},
              {.title = "Latest episodes that this counts",
               .x = {.label = standings.place, .low = least, .high = most},
               .y = {.low = 0},
               .bars = {std::move(counts)},
               .text_height = text_height},
              page);
}

}  // namespace cairn::render
