#pragma once

#include <cstdint>
#include <string>

#include "agents/archive/archive.h"
#include "agents/learner/agent.h"
#include "envs/vector_environment.h"
#include "optim/inspect.h"

namespace cairn::agents {

// What every agent does with its worlds and optimizers: keeps them in checkpoints, exactly.

/// The longest run that a checkpoint can be of, in environment steps, and so the most of anything that it counts.
inline constexpr std::int64_t longest_run = 1'000'000'000'000;
/// Throws std::runtime_error naming the tensor `name` unless `count` is in [0, most].
void require_count(const std::string& name, std::int64_t count, std::int64_t most);

/// Starts and actions, episode counters and running returns of all columns, under `name/…`.
void save_worlds(Archive& archive, const std::string& name, const envs::VectorEnvironment& worlds);
/// Replays them. Throws std::runtime_error when the archive's worlds are not as many, or their episodes cannot be had
/// in this world.
void load_worlds(const Archive& archive, const std::string& name, envs::VectorEnvironment& worlds);

/// The rule's description, counters and state arrays, under `name/…`. (Not const: the state is reached through spans.)
void save_optimizer(Archive& archive, const std::string& name, optim::Optimizer<float>& optimizer);
/// Throws std::runtime_error when the archive's rule, options or blocks are not this optimizer's.
void load_optimizer(const Archive& archive, const std::string& name, optim::Optimizer<float>& optimizer);

}  // namespace cairn::agents
