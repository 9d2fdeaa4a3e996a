#pragma once

#include <string>
#include <vector>

#include "apps/comparison/statistics.h"
#include "render/drawing/chart.h"

namespace cairn::comparison {

/// A row of a chart of intervals: dot and whisker, one colour an arm. Where the runs are alike, words instead of a
/// whisker.
struct IntervalRow {
  std::string name;
  Estimate estimate;
  int color = 0;  ///< for render::series_color
};

struct IntervalChart {
  std::string title, label;
  std::vector<IntervalRow> rows{};
  std::vector<render::ReferenceLine> reference_lines{};  ///< vertical ones
  bool bars = false;                                     ///< from zero, without whiskers
};

inline constexpr float chart_width = 540, chart_height = 330;  ///< units

/// Height that suits the number of rows.
float interval_chart_height(const IntervalChart& chart);
void draw_interval_chart(render::Picture& picture, render::Box box, const IntervalChart& chart);

}  // namespace cairn::comparison
