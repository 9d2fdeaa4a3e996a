#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "apps/command_line/run_plan.h"

namespace cairn::comparison {

/// What a comparison's numbers may be, whether a command line or comparison.json says them.
namespace allowed {
inline constexpr const char *steps = "[1,1000000000000]", *seeds = "[1,1000000]", *environments = "[1,65536]";
inline constexpr const char *evaluations = "[1,100000]", *episodes = "[1,1000000]";
inline constexpr const char *trials = "[1,10000]", *selection_seeds = "[1,1000]";
inline constexpr std::int64_t most_runs = 200'000;  ///< that a comparison plans, trials included
}  // namespace allowed

/// A task learned by an agent: what benchmarks of optimizers call a workload (Dahl et al. 2023), and our reports and
/// comparison.json a setting.
struct Workload {
  std::string task, agent;  ///< specs as a person wrote them
  std::int64_t steps = 0;   ///< environment steps of each run
  std::string name() const { return task + ", " + agent; }
  bool operator==(const Workload&) const = default;
};

/// The word for an arm's schedule where the preset's is meant.
inline constexpr const char* preset_schedule = "preset";

/// What is compared: an update rule with schedule and clip, as a person wrote them.
struct Arm {
  std::string optimizer;
  std::string schedule = "constant";  ///< or `preset`: that of the task's and agent's preset
  std::string clip{};                 ///< empty: the agent's own
  std::string name() const;
  bool operator==(const Arm&) const = default;
};

/// How each arm's options are tuned, where they are.
struct Tuning {
  int trials = 12;
  int seeds = 3;  ///< of selection; other ones than those reported
  bool halving = false;
  std::vector<std::string> keys = {"lr", "eps", "momentum"};
  bool operator==(const Tuning&) const = default;
};

/// All that a comparison is: comparison.json in its folder. Arms and seeds may be added later; the rest stays.
struct Matrix {
  std::vector<Workload> workloads;
  std::vector<Arm> arms;
  int seeds = 5;          ///< runs 1 … seeds of each arm in each workload, the same seeds for all
  int environments = 16;  ///< of each run, where there is no preset
  std::string preset =
      "none";                ///< `auto`: agents, schedules, clips and worlds as `cairn train` takes them from presets
  std::string bonus{};       ///< intrinsic reward of every agent; empty: none, or the preset's
  std::string curriculum{};  ///< of every run; empty: none, or the preset's
  int evaluations = 20;      ///< in a run, evenly spaced
  int episodes = 20;         ///< of each evaluation
  bool tuned = false;
  bool untuned_beside = false;  ///< tuned, and the arms as written on the reported seeds as well
  Tuning tuning{};
};

/// The different values of one text of all parts, in the order in which they first appear.
template <class Part>
std::vector<std::string> distinct(std::span<const Part> parts, std::string Part::*text) {
  std::vector<std::string> list;
  for (const Part& part : parts)
    if (std::ranges::find(list, part.*text) == list.end()) list.push_back(part.*text);
  return list;
}

/// Steps of a run where nobody says otherwise: what PPO and DQN need to get somewhere in that world.
std::int64_t usual_budget(const std::string& task);

/// The plan of one run, everything spelled out. `optimizer` replaces the arm's own where it is not empty (a trial).
/// Throws UsageError.
apps::RunPlan plan_run(const Matrix& matrix, const Workload& workload, const Arm& arm, std::uint64_t seed,
                       const std::string& optimizer = "");

/// In a sentence, whose settings agents have: library defaults, or which presets.
std::string settings_text(const Matrix& matrix);

/// Numbers that the plan's rule keeps for each parameter of its agent. Throws std::invalid_argument where the rule does
/// not suit that agent's parameters.
double state_per_parameter(const apps::RunPlan& plan);

/// Throws UsageError where the comparison as such is none: nothing to compare, something named twice, a component or an
/// option to tune that does not exist, more runs than `allowed::most_runs`.
void refuse_malformed(const Matrix& matrix);

/// Throws UsageError for what refuse_malformed refuses, naming every pair of agent and task that cannot be, and any arm
/// that is none or suits no agent's parameters.
void refuse_impossible(const Matrix& matrix);

/// Text of comparison.json; reads back the same.
std::string to_json(const Matrix& matrix);
/// Throws std::runtime_error naming the file and what is wrong with it: all numbers are within their ranges, and
/// nothing that refuse_malformed refuses comes back.
Matrix read_matrix(const std::filesystem::path& file);

/// What differs beyond arms and seeds, a line each: `budget of cartpole, ppo: 100000 there, 50000 here`. Empty: the two
/// are one comparison. Tuned and untuned runs beside each other go with either alone.
std::vector<std::string> differences(const Matrix& there, const Matrix& here);

/// The command that makes all workloads by all arms, where those are each optimizer with each schedule and clip.
std::string command(const Matrix& matrix);
/// The commands that make it all again, one after the other into one folder: the options of one command multiply, so
/// arms that were added with a schedule or clip of their own need another.
std::vector<std::string> commands(const Matrix& matrix);

/// A name for folders: readable, and different for different plans, whatever their seed.
std::string folder_name(const apps::RunPlan& plan);

}  // namespace cairn::comparison
