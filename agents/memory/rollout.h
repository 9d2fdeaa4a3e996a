#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <vector>

#include "envs/environment.h"

namespace cairn::agents {

/// Samples of a rollout are numbered by int.
inline constexpr std::int64_t most_samples = std::numeric_limits<int>::max();
/// steps * environments. Throws std::invalid_argument beyond most_samples.
int samples_of(int steps, int environments);

/// Experience of `steps` steps of all worlds. Sample t * environments + e is step t of world e; samples are columns.
struct Rollout {
  Rollout() = default;
  /// Allocates all of it; `keep_next` and `keep_raw`: whether those observations are wanted.
  Rollout(const envs::Spec& spec, int environments, int steps, int value_heads, bool keep_next, bool keep_raw = false);

  int environments = 0, steps = 0;                  ///< worlds, and steps of each
  Eigen::MatrixXf observations;                     ///< features x n, as the networks saw them
  Eigen::MatrixXf raw_observations;                 ///< features x n, as the worlds gave them; empty unless kept
  Eigen::MatrixXf next_observations;                ///< features x n, raw, final where done; empty unless kept
  Eigen::MatrixXf actions;                          ///< as drawn, before any clamping
  Eigen::MatrixXf masks;                            ///< actions x n; empty where all actions are always legal
  Eigen::ArrayXf log_probability, rewards;          ///< rewards are the world's own
  Eigen::MatrixXf values;                           ///< heads x n
  Eigen::MatrixXf final_values;                     ///< heads x n, V(final observation) where truncated
  Eigen::MatrixXf last_values;                      ///< heads x environments, of the observations after the last step
  std::vector<std::uint8_t> terminated, truncated;  ///< n, 1 where the step ended the episode

  Eigen::MatrixXf returns;           ///< heads x n, targets of the value heads
  Eigen::ArrayXf advantage, weight;  ///< weight: of each sample in the losses, 1 unless somebody knows better

  /// Samples.
  int size() const { return environments * steps; }
};

}  // namespace cairn::agents
