#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "agents/archive/archive.h"
#include "envs/vector_environment.h"

namespace cairn::agents {

/// What the training loop itself must remember across an interruption.
struct LoopState {
  static constexpr std::size_t window = 100;  ///< finished training episodes that progress.csv averages

  std::deque<envs::Episode> recent;  ///< the last `window` finished training episodes
  std::int64_t iterations = 0, updates = 0, episodes = 0, evaluations = 0;  ///< done so far
  std::int64_t next_evaluation = 0, next_checkpoint = 0;                    ///< due once so many steps are done
  std::int64_t evaluated_at = -1;                                           ///< steps behind the last evaluation
  std::optional<double> best;                                               ///< return of the best evaluation

  /// Under `loop/…`.
  void save(Archive& archive) const;
  /// Throws std::runtime_error where a number is out of range.
  void load(const Archive& archive);
};

}  // namespace cairn::agents
