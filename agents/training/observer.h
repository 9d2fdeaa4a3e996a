#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "agents/exploration/curriculum.h"
#include "agents/learner/agent.h"
#include "agents/learner/telemetry.h"
#include "agents/training/evaluation.h"
#include "agents/training/intervention.h"

namespace cairn::agents {

/// What stands fixed for a whole run.
struct RunInfo {
  std::string agent, environment;          ///< names, as logs show them
  std::filesystem::path folder;            ///< empty: nothing is written
  std::int64_t total_steps = 0;            ///< of the whole run
  std::int64_t first_step = 0;             ///< steps done before, when resumed
  const envs::Spec* spec = nullptr;        ///< of its worlds; never null
  envs::EnvironmentFactory factory;        ///< makes worlds like those of training
  const Agent* learner = nullptr;          ///< which learns; never null
  const Curriculum* curriculum = nullptr;  ///< null where there is none
};

/// Hangs on a run's telemetry: run folder, progress, a window. Called on the training thread between iterations, so it
/// must return at once; a slow reader takes a copy and does its work elsewhere.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Once, before the first iteration.
  virtual void on_start(const RunInfo&) {}
  /// After each iteration.
  virtual void on_iteration(const Telemetry&, const Agent&) {}
  /// After each evaluation.
  virtual void on_evaluation(const EvaluationResult&) {}
  /// Something that a person should read, a sentence.
  virtual void on_message(std::string_view) {}
  /// Once, when the run has ended; not where it failed.
  virtual void on_end() {}

  /// A checkpoint is being made: puts into it what this observer needs to go on from there, and what that refers to on
  /// the disk. May come often.
  virtual void save(Archive&) {}
  /// Before on_start: the run goes on from this checkpoint. Throws std::runtime_error where it cannot.
  virtual void load(const Archive&) {}

  /// Whether the next iteration's telemetry should look at each block of the network.
  virtual bool wants_blocks() { return false; }
  /// What a person at this observer wants done before the next iteration; asked until there is nothing more. The one
  /// call that may wait, where a person has paused training.
  virtual std::optional<Intervention> intervene() { return std::nullopt; }
  /// After something that a person wanted was done, or refused.
  virtual void on_intervention(const InterventionNote&) {}
};

}  // namespace cairn::agents
