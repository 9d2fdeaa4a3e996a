#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/comparison/statistics.h"
#include "apps/comparison/workers.h"
#include "apps/suite/entries.h"

namespace cairn::suite {

/// What one run left in its folder.
struct Run {
  int seed = 0;
  bool failed = false;
  double success = 0;                     ///< share of the last policy's episodes, in [0,1]; 0 of a failed run
  double mean_return = 0;                 ///< of those episodes
  std::optional<double> first_success{};  ///< environment steps at which training had seen a success
  double seconds = 0;                     ///< of collecting and learning
};

/// One entry over its seeds.
struct Cell {
  Entry entry;
  std::vector<Run> runs;
  comparison::Estimate success;           ///< IQM over seeds
  std::optional<double> first_success{};  ///< median; none where fewer than half of the runs saw one
  /// Of a method that must fail: IQM of its rival's success less its own, by pairs of runs with the same seed; none
  /// where the rival was not run.
  std::optional<comparison::Estimate> difference{};
  /// Whether what was expected came; none where nothing was, or the rival is missing.
  std::optional<bool> as_expected{};
};

/// Reads a finished or failed job's folder. Throws std::runtime_error naming what is missing.
Run read_run(const comparison::Job& job, int seed);

/// What the runs say of each entry; `runs`: one list an entry, in the order of its seeds.
std::vector<Cell> analyse(const std::vector<Entry>& entries, std::vector<std::vector<Run>> runs);

}  // namespace cairn::suite
