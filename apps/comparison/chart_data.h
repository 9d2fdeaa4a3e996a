#pragma once

#include <string>
#include <vector>

#include "apps/comparison/charts.h"
#include "render/drawing/chart.h"

namespace cairn::comparison {

// A chart as JSON, for a report's script to draw it anew. What is not finite becomes null.

/// What a chart for the script has besides: `seeds[i]` are the single runs that series i sums up, each a series of its
/// own; may be empty. `smooth`: whether its lines may be smoothed.
struct Exploring {
  std::vector<std::vector<render::Series>> seeds{};
  bool smooth = false;
};

std::string chart_data(const render::Chart& chart, const std::string& caption, const Exploring& exploring = {});
std::string chart_data(const IntervalChart& chart, const std::string& caption);

}  // namespace cairn::comparison
