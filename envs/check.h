#pragma once

#include <string>
#include <vector>

#include "envs/environment.h"

namespace cairn::envs {

/// One thing that every world must keep.
struct Check {
  std::string name;   ///< `spaces`, `determinism`, …
  std::string fault;  ///< how the world does not, as the rest of a sentence that names it; empty where it does
};

/// Everything that can be seen from outside, by a few episodes with random actions: spaces, observations, seeds,
/// determinism, truncation, reward, drawing, snapshots, and where the world has them masks, goals and states. Where
/// spaces or observations are at fault the rest is left out.
std::vector<Check> check_environment(const EnvironmentFactory& factory);

/// The first fault that the spaces and two steps show, which takes no time to speak of; empty where there is none.
std::string first_fault(const EnvironmentFactory& factory);

/// The first number that is not finite, or exception, in three episodes: what may have ended a run that failed. Empty
/// where there is none.
std::string fault_in_play(const EnvironmentFactory& factory);

}  // namespace cairn::envs
