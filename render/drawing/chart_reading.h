#pragma once

#include "render/drawing/chart_page.h"

namespace cairn::render {

/// What the chart under `at` says there. Of series: a line, and beside it each one's nearest point by x, with its name
/// and value; of bars the one that lies there, of a landscape the nearest point's value. Returns false, and draws
/// nothing, where no chart's plot is, or nothing is near.
bool draw_reading(Picture& picture, const ChartPage& page, Point at);

}  // namespace cairn::render
