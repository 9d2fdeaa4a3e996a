#pragma once

#include <vector>

#include "render/drawing/chart.h"

namespace cairn::render {

/// A chart and where it was drawn, for a mouse to ask.
struct PlacedChart {
  Chart chart;  ///< as it was drawn
  Plot plot;    ///< and where
};

/// Draws the chart; adds it to `placed` where that is not null.
void place_chart(Picture& picture, Box box, Chart chart, std::vector<PlacedChart>* placed);

/// What the chart under `at` says there: a line, and beside it each series' nearest point by x, with its name and
/// value. Returns false, and draws nothing, where no chart's plot is, or nothing is near.
bool draw_reading(Picture& picture, const std::vector<PlacedChart>& placed, Point at);

}  // namespace cairn::render
