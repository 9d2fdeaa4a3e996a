#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "envs/vector_environment.h"
#include "optim/inspect.h"

namespace cairn::agents {

/// What one iteration of training has to say. Agents fill it; the loop adds its own and hands it to observers. An agent
/// reports the same names in the same order every iteration, so that a table has fixed columns. Reused: nothing is
/// allocated once warm. What each name means is listed in training/metrics.cpp.
struct Telemetry {
  /// One number of an iteration.
  struct Metric {
    std::string_view
        name;      ///< Stable-Baselines3's tags: `train/policy_loss`, `train/entropy`, `train/gradient_norm`, …
    double value;  ///< NaN where there is none
  };

  std::int64_t iteration = 0;  ///< iterations done
  std::int64_t steps = 0;      ///< environment steps since the beginning
  std::int64_t updates = 0;    ///< optimizer updates applied since the beginning
  std::int64_t finished = 0;   ///< episodes finished since the beginning
  /// Of this process: since its start, and of that what collecting and learning took.
  double seconds = 0, training_seconds = 0;
  std::vector<Metric> metrics;          ///< at observers the loop's come first
  std::vector<envs::Episode> episodes;  ///< finished in this iteration
  /// Means over the latest 100 finished episodes, which the loop fills in; NaN before the first.
  struct Recent {
    double episode_return = std::numeric_limits<double>::quiet_NaN();  ///< undiscounted, raw
    double length = std::numeric_limits<double>::quiet_NaN();          ///< steps
    double success = std::numeric_limits<double>::quiet_NaN();         ///< share that succeeded, in [0, 1]
  } recent;                                                            ///< as they stand
  std::vector<optim::BlockInspection> blocks;  ///< of the iteration's first update, where an observer wanted them

  /// Empties it for the next iteration; what was allocated stays.
  void clear() {
    metrics.clear();
    episodes.clear();
    blocks.clear();
  }
  /// `name` must outlive the telemetry: a string literal.
  void report(std::string_view name, double value) { metrics.push_back({name, value}); }
};

}  // namespace cairn::agents
