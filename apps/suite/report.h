#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/suite/results.h"

namespace cairn::suite {

/// What the report says besides the cells.
struct Facts {
  int seeds = 0;
  bool quick = false;
  std::string command;               ///< makes it all again
  std::vector<std::string> made_by;  ///< programs and machines that ran it
};

/// Writes report.html, report.md, report.json, cells.csv and runs.csv into `folder`.
void write_report(const std::vector<Cell>& cells, const Facts& facts, const std::filesystem::path& folder);

/// The table for a terminal.
std::string to_text(const std::vector<Cell>& cells);

}  // namespace cairn::suite
