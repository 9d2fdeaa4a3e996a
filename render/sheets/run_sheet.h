#pragma once

#include <string>
#include <vector>

#include "render/drawing/chart.h"
#include "render/sheets/dashboard.h"
#include "render/worlds/flight.h"

namespace cairn::render {

/// A trained policy on one sheet: episodes that it flew and how it learned.
struct RunSheet {
  std::string title, subtitle;          ///< at the top
  std::vector<Flight> flights{};        ///< episodes, one a strip
  std::vector<std::string> captions{};  ///< one a flight
  std::vector<Chart> charts{};          ///< one above the other, at the right; may be none
};

inline constexpr float sheet_width = 1200, sheet_height = 500;  ///< units

/// How a run learned: its return and its success over steps, with marks where a person changed the learning.
std::vector<Chart> learning_charts(const RunCurves& curves);

/// Fills the whole picture.
void draw_run_sheet(Picture& picture, const RunSheet& sheet);

}  // namespace cairn::render
