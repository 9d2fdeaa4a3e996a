#pragma once

#include <cstdint>

#include "agents/networks/normaliser.h"
#include "envs/environment.h"

namespace cairn::agents {

/// Moments of what an agent sees that plays `steps` random actions in a world of its own (Burda et al. 2019): what a
/// bonus whitens its first observations by. The same for the same seed.
RunningMoments moments_of_random_play(const envs::EnvironmentFactory& factory, std::uint64_t seed, int steps);

}  // namespace cairn::agents
