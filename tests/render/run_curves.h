#pragma once

#include <cstdint>
#include <vector>

#include "render/sheets/dashboard.h"

namespace cairn::render {

/// What a run tells of an iteration, the agent's metrics last.
inline void add_iteration(RunCurves& curves, std::int64_t steps, std::int64_t updates, double mean_return,
                          double success_rate, const std::vector<agents::Telemetry::Metric>& metrics = {}) {
  std::vector<agents::Telemetry::Metric> row{{"steps", static_cast<double>(steps)},
                                             {"updates", static_cast<double>(updates)},
                                             {"return_mean", mean_return},
                                             {"success_rate", success_rate}};
  row.insert(row.end(), metrics.begin(), metrics.end());
  curves.training.add(row);
}

inline void add_evaluation(RunCurves& curves, std::int64_t steps, double mean_return, double success_rate) {
  agents::EvaluationResult evaluation;
  evaluation.steps = steps;
  evaluation.mean_return = mean_return;
  evaluation.success_rate = success_rate;
  curves.evaluations.add(agents::report(evaluation));
}

}  // namespace cairn::render
