#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/comparison/jobs.h"

namespace cairn::comparison {

/// What one run left in its folder.
struct RunResult {
  bool failed = false;
  std::string failure{};                              ///< a sentence
  std::filesystem::path log{};                        ///< what its process said
  std::vector<double> steps{}, returns{}, success{};  ///< of the evaluations
  double mean_return = 0;                             ///< over the run: area under the evaluations' curve, by its width
  double final_return = 0;                            ///< mean of the last tenth of the evaluations
  double last_success = 0;                            ///< likewise
  std::optional<double> solved_at{};                  ///< steps at the first evaluation that reached the threshold
  std::vector<double> progress_steps{}, gradient_norm{}, update_to_weight{};  ///< of each iteration
  /// Of the evaluations, by names as in networks.csv: `q/dead_units`, `critic/effective_rank`; none of runs that an
  /// earlier version made.
  std::map<std::string, std::vector<double>> networks{};
  std::vector<double> network_steps{};
  std::string made_by{};  ///< the program and the machine, as config.json has it

  double seconds = 0;                      ///< of collecting and learning, over all processes that worked at it
  std::optional<double> solved_seconds{};  ///< until solved_at
  double memory = 0;                       ///< MiB at most
};

/// The program and the machine that made a run, as its config.json says; empty where it does not.
std::string made_by_text(const std::filesystem::path& config);

/// Area under the curve by trapezoids, divided by its width; of a curve of one point, its value.
double mean_over_curve(const std::vector<double>& x, const std::vector<double>& y);

/// Seconds at which each step was done, from timing.csv's rows (steps, seconds of the process), where a process that
/// went on from a checkpoint counts from zero and does some steps anew.
std::vector<std::pair<double, double>> seconds_by_step(const std::vector<double>& steps,
                                                       const std::vector<double>& seconds);

/// Reads the folder of a job that is finished or failed. `threshold`: return at which its task counts as solved. Throws
/// std::runtime_error naming the folder where a table is missing, empty, without one of its columns or with a cell that
/// is no number, and what to do about it.
RunResult read_result(const Job& job, std::optional<double> threshold);

}  // namespace cairn::comparison
