#include "agents/memory/rollout.h"

#include <stdexcept>
#include <string>

namespace cairn::agents {

int samples_of(int steps, int environments) {
  const std::int64_t samples = std::int64_t{steps} * environments;
  if (samples > most_samples)
    throw std::invalid_argument("A rollout of " + std::to_string(steps) + " steps of " + std::to_string(environments) +
                                " worlds has " + std::to_string(samples) + " samples; it can have at most " +
                                std::to_string(most_samples) + ".");
  return static_cast<int>(samples);
}

Rollout::Rollout(const envs::Spec& spec, int environments_, int steps_, int value_heads, bool keep_next, bool keep_raw)
    : environments(environments_), steps(steps_) {
  const Eigen::Index n = samples_of(steps, environments);
  observations.setZero(spec.observation_size(), n);
  if (keep_raw) raw_observations.setZero(spec.observation_size(), n);
  if (keep_next) next_observations.setZero(spec.observation_size(), n);
  actions.setZero(spec.action_size(), n);
  if (spec.masks) masks.setOnes(spec.actions(), n);
  log_probability.setZero(n);
  rewards.setZero(n);
  values.setZero(value_heads, n);
  final_values.setZero(value_heads, n);
  last_values.setZero(value_heads, environments);
  terminated.assign(static_cast<std::size_t>(n), 0);
  truncated.assign(static_cast<std::size_t>(n), 0);
  returns.setZero(value_heads, n);
  advantage.setZero(n);
  weight.setOnes(n);
}

}  // namespace cairn::agents
