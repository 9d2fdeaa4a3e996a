#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agents/learner/telemetry.h"
#include "agents/networks/policy.h"
#include "envs/environment.h"
#include "envs/thread_pool.h"
#include "envs/vector_environment.h"

namespace cairn::agents {

class Archive;
class Bonus;
class CellArchive;
class Updater;

/// What a run gives an agent to work with. All of it outlives the agent's use.
struct Run {
  envs::EnvironmentFactory factory;      ///< makes training worlds
  int environments = 16;                 ///< parallel copies
  std::uint64_t seed = 0;                ///< of all random numbers
  std::int64_t total_steps = 1'000'000;  ///< environment steps of the whole run; the horizon of schedules
  envs::ThreadPool* pool = nullptr;      ///< never null
  envs::StartSource starts{};            ///< of the training worlds' episodes; empty: as the worlds say
};

/// A learner, as the training loop sees it. One file an algorithm; what they share (networks, memories, heads, GAE) are
/// values they use, not parents.
class Agent {
 public:
  virtual ~Agent() = default;
  /// As `--agent` takes it.
  virtual std::string_view name() const = 0;

  /// Makes worlds, networks and optimizer state for a run. Throws std::invalid_argument when the world does not suit.
  virtual void begin(const Run& run) = 0;
  /// Collects experience and learns from it; fills `telemetry`. A checkpoint can be taken after any iteration.
  virtual void iterate(Telemetry& telemetry) = 0;
  /// Environment steps done, of all worlds together.
  virtual std::int64_t steps() const = 0;

  /// The policy as it stands, with frozen normaliser.
  virtual Policy policy() const = 0;
  /// Estimates what an observation is worth: its only output (Head::value), or the largest (Head::q_values). A critic
  /// of continuous actions is one with an actor. Nothing where the agent has no such network.
  virtual std::optional<Policy> critic() const { return std::nullopt; }
  /// By what the world's rewards are multiplied before the critic counts them, as of now; above 0.
  virtual double reward_scale() const { return 1; }
  /// What moves the agent's network, for a person to look into and to turn; null where nothing does.
  virtual Updater* updater() { return nullptr; }
  /// The intrinsic reward that it learns from besides, for a person to look into; null where there is none.
  virtual const Bonus* bonus() const { return nullptr; }
  /// The cells that it has reached, where it explores by them; else null.
  virtual const CellArchive* cells() const { return nullptr; }
  /// The training worlds, for a window to look at between iterations.
  virtual const envs::VectorEnvironment& worlds() const = 0;

  /// All there is: weights, moments, counters, random streams, normalisers, worlds, memory. After `begin` with the same
  /// run and `load`, training goes on as if it had never stopped, to the bit.
  virtual void save(Archive& archive) const = 0;
  /// After `begin` with the same run: everything as `save` found it. Throws std::runtime_error for what does not fit.
  virtual void load(const Archive& archive) = 0;
};

}  // namespace cairn::agents
