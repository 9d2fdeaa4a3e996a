#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/comparison/matrix.h"
#include "apps/comparison/results.h"
#include "apps/comparison/significance.h"
#include "apps/comparison/statistics.h"

namespace cairn::comparison {

/// One arm in one workload. Returns in the task's own units.
struct Cell {
  std::string optimizer;  ///< everything spelled out
  std::vector<RunResult> runs;
  Estimate mean_return, final_return;      ///< IQM over runs
  Estimate area_gap, last_gap;             ///< optimality gap, of scores
  Estimate last_success;                   ///< mean over runs
  int failed = 0, solved = 0;              ///< solved: 0 where the task has no threshold
  Interval solved_share;                   ///< Wilson's
  std::map<std::string, double> networks;  ///< names as in RunResult; at the last evaluation, median over runs
  std::optional<double> median_steps;  ///< until solved, unsolved runs counted as later than any; none: not half solved
  std::optional<double> median_seconds;
};

/// One arm over all workloads. Scores: 0 what random actions get, 1 the scale's reference.
struct Overall {
  Strata areas, lasts;  ///< a stratum a workload, a score a run
  Estimate area_iqm, area_mean, area_gap, last_iqm, last_mean, last_gap;
  int runs = 0, failed = 0;
  int judged = 0, solved = 0;      ///< runs of tasks that have a threshold, and those of them that reached it
  Interval solved_share;           ///< of those; meaningless where none is judged
  double state_per_parameter = 0;  ///< numbers that the rule keeps, in the first workload
};

struct Pair {
  Estimate improvement;  ///< P(row's run scores higher than column's)
  double p_value = 1, adjusted = 1;
  Difference difference = Difference::not_distinguishable;
};

/// How returns of a workload become scores.
struct Scale {
  double random = 0;     ///< mean return of uniformly random actions
  double reference = 1;  ///< the world's threshold; where it has none, the best final return of any run
  bool has_threshold = true;
  double score(double value) const { return (value - random) / (reference - random); }
};

/// All that a report says, computed from the runs.
struct Analysis {
  std::vector<Scale> scales;             ///< of workloads
  std::vector<std::vector<Cell>> cells;  ///< [workload][arm]
  std::vector<Overall> arms;
  std::vector<std::vector<Pair>> pairs;  ///< [row][column], by area; on the diagonal nothing
  std::vector<std::string> made_by;      ///< different ones: more than one program or machine took part
};

/// The world's threshold, where it has one.
std::optional<double> threshold_of(const Workload& workload);
/// 0 and 1 of a workload's scores; `best`: stands in where the world has no threshold.
Scale scale_of(const Workload& workload, double best);

/// Which run belongs to a workload, an arm and a seed.
using JobOf = std::function<Job(std::size_t, std::size_t, int)>;

/// Analyses one or several sets of runs on one scale: a workload's worst run and, where the world has no threshold, its
/// best are sought among all sets. Failed runs score as the workload's worst, and never better than random.
std::vector<Analysis> analyse(const Matrix& matrix, std::span<const JobOf> sets);

/// By how much one set of an arm's runs scores higher than another set with the same seeds.
struct Gain {
  Estimate area, last;  ///< IQM of the score less the other's
  Pair pair;            ///< by area; adjusted for as many comparisons as there are arms
};
std::vector<Gain> gains(const Analysis& analysis, const Analysis& over);

/// The median, where missing values count as greater than all others; none where the median itself is missing.
std::optional<double> censored_median(const std::vector<std::optional<double>>& values);

}  // namespace cairn::comparison
