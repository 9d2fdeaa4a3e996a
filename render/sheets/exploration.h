#pragma once

#include <string>
#include <vector>

#include "agents/exploration/cell_archive.h"
#include "agents/exploration/curriculum.h"
#include "render/drawing/chart_page.h"

namespace cairn::render {

/// The cells that an agent has reached, over the first two components of their grid. Where the grid has more, a place
/// shows the shortest of the ways to its cells.
struct CellMap {
  /// A component that cells are told apart by.
  struct Axis {
    std::string label;         ///< its name and unit
    double low = 0, high = 1;  ///< bounds
    int bins = 1;              ///< cells along it
  };
  Axis across, up;  ///< `up` has one bin and no label where the grid has one component
  std::vector<double>
      lengths;              ///< steps of the way there, across.bins x up.bins from the lower left; NaN: never reached
  std::size_t reached = 0;  ///< cells of the whole grid
  std::int64_t cells = 0;   ///< that there are at most
  std::size_t place(int column, int row) const {  ///< in `lengths`
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(across.bins) + static_cast<std::size_t>(column);
  }
};

/// The cells that `archive` holds now.
CellMap cell_map(const agents::CellArchive& archive, const envs::Spec& spec);

/// As a map that fills: the brighter, the longer the way. `page`: it is added to it, for a mouse to ask.
void draw_cells(Picture& picture, Box box, const CellMap& map, ChartPage* page = nullptr);

/// How episodes of each level, or from each start, ended, above how many levels there are. `page`: likewise.
void draw_standings(Picture& picture, Box box, const agents::Standings& standings, ChartPage* page = nullptr);

}  // namespace cairn::render
