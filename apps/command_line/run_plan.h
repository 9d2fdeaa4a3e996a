#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/learner/agent.h"
#include "agents/training/train.h"
#include "apps/command_line/options.h"
#include "apps/command_line/registry.h"

namespace cairn::apps {

/// A run with every choice made: what config.json says, in texts that read back.
struct RunPlan {
  std::string environment, agent, optimizer, schedule, clip;  ///< SPECs
  std::string preset;                                         ///< its name, or `none`
  std::string demonstrations;                                 ///< what `--demos` says; empty: none
  std::string bonus;                                          ///< empty: none
  std::string curriculum;                                     ///< empty: none
  std::string start;  ///< the checkpoint of another run that this one begins from, an absolute path; empty: none
  std::int64_t steps = 0, checkpoint_every = 0, evaluate_every = 0, log_every = 0;  ///< environment steps
  std::int64_t horizon = 0;  ///< steps that schedules and whatever else runs over the whole run are planned for
  int environments = 0, threads = 1, evaluation_episodes = 0;  ///< counts
  std::uint64_t seed = 0;                                      ///< of all random numbers
  std::optional<double> until_return;                          ///< mean return that ends the run
  std::string made_by;                                         ///< what config.json says under that key (made_by.h)

  /// What a checkpoint must have been made with, as `key=value` words.
  std::string identity() const;
  /// Text of config.json.
  std::string json() const;
};

/// The options of `cairn train` that a plan is made from.
const std::vector<Option>& plan_options();

/// `--log-every` of runs of which thousands are kept: their progress.csv has 150 rows or so.
std::int64_t sparse_log_every(std::int64_t steps);

/// Defaults < preset < file (`--config`) < `CAIRN_*` < command line. Throws UsageError.
RunPlan resolve_plan(Arguments arguments);
/// Throws UsageError with one sentence where a run needs more than `available` bytes, or its rollout more samples than
/// can be numbered.
void refuse_beyond_memory(const agents::MemoryNeed& need, double available);
/// Reads config.json of a run. Throws std::runtime_error naming the file and what is wrong with it.
RunPlan read_plan(const std::filesystem::path& file);

/// The plan's world and agent.
struct PlannedRun {
  MadeEnvironment world;                 ///< of the plan
  std::unique_ptr<agents::Agent> agent;  ///< not yet begun
  std::string demonstrations_digest;     ///< empty where it learns from none
};
/// `begins`: a run that goes on from a checkpoint of its own needs no weights to start from.
PlannedRun make_run(const RunPlan& plan, bool begins = true);
/// Another rule for the same run: with the plan's schedule and clip, unless it brings its own.
optim::Rule swapped_in(const RunPlan& plan, const std::string& spec);
/// Whether the plan's rate has come to 0 at the horizon, and would not have with a longer one.
bool rate_ends_with_horizon(const RunPlan& plan);
/// What the training loop needs of it. `folder`: where the run writes; empty: nowhere.
agents::TrainOptions train_options(const RunPlan& plan, const std::filesystem::path& folder);
/// Trains. Where that fails and the environment is at fault, the sentence says so: what follows from it, such as
/// weights that are not finite, would only mislead.
agents::TrainResult train_planned(const PlannedRun& run, const agents::TrainOptions& options,
                                  std::span<agents::Observer* const> observers);

/// The value of `word` in an identity, or empty.
std::string identity_word(const std::string& identity, const std::string& word);

}  // namespace cairn::apps
