#pragma once

#include <optional>
#include <vector>

#include "apps/comparison/analysis.h"
#include "apps/comparison/matrix.h"
#include "apps/comparison/tuning.h"

namespace cairn::comparison {

/// What a report is made from. Where `analysis` has no arms, trials were run and nothing else (`cairn tune`).
struct Findings {
  Matrix matrix;
  Analysis analysis;
  std::optional<TuningResult> tuning{};
  std::optional<Analysis> best_per_workload{};  ///< each arm by its best trial of every workload
  std::optional<Analysis> untuned{};            ///< each arm as it was written, beside the tuned ones
  std::vector<Gain> gains{};                    ///< of tuned arms over those
};

}  // namespace cairn::comparison
