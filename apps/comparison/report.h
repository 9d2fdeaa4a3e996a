#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/comparison/analysis.h"
#include "apps/comparison/document.h"
#include "apps/comparison/matrix.h"
#include "apps/comparison/tuning.h"

namespace cairn::comparison {

/// What a report is made from. `analysis` with no arms: nothing but tuning was run.
struct Findings {
  Matrix matrix;
  Analysis analysis;
  std::optional<TuningResult> tuning{};
  std::optional<Analysis> best_per_setting{};  ///< each arm by its best trial of every setting
  std::optional<Analysis> untuned{};           ///< each arm as it was written, beside the tuned ones
  std::vector<Gain> gains{};                   ///< of tuned arms over those
};

/// Writes report.html, report.md, report.json, summary.csv, runs.csv, curves.csv, times.csv and charts/*.svg into
/// `folder`. What depends on the clock stands in the last section alone, and in times.csv and report.json's `times`.
void write_report(const Findings& findings, const std::filesystem::path& folder);

/// The charts' part: writes them and returns nothing but their names within `document`.
Document make_document(const Findings& findings, const std::filesystem::path& charts);

/// The short table for a terminal.
std::string to_text(const Findings& findings);

}  // namespace cairn::comparison
