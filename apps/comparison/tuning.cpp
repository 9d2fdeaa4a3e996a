#include "apps/comparison/tuning.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <ranges>

#include "agents/training/standard_error.h"
#include "apps/command_line/errors.h"
#include "apps/command_line/fields.h"
#include "apps/command_line/registry.h"

namespace cairn::comparison {

namespace {

constexpr double least_rate = 0.03, most_rate = 30;  // times the arm's own
constexpr double least_eps = 1e-10, most_eps = 0.1;
constexpr double most_momentum = 0.995;
// Shares of a trial at either end of a dimension: that near the border, no trial may lie farther out than the best one.
constexpr double border = 1.6;
constexpr std::array primes{2, 3, 5};

/// The value of an option, spelled out or default.
double value_of(const std::string& optimizer, const std::string& key) {
  const apps::ComponentText text = apps::parse_component(
      apps::make_rule(apps::parse_component(optimizer, "--optimizers")).description(), "optimizer");
  const std::string* found = text.find(key);
  double value = std::numeric_limits<double>::quiet_NaN();
  if (found != nullptr) apps::read_value(apps::Place{"Option '" + key + "'", "(-inf,inf)"}, *found, value);
  return value;
}

double mean_score(const Trial& trial, std::size_t workload) {
  return mean(trial.scores[workload]);
}

double mean_score(const Trial& trial) {
  double sum = 0;
  for (std::size_t s = 0; s < trial.scores.size(); ++s) sum += mean_score(trial, s);
  return sum / static_cast<double>(trial.scores.size());
}

/// Of the trials in `kept`, the earliest of the best by `score`.
template <class Score>
std::size_t best_of(const std::vector<std::size_t>& kept, Score&& score) {
  return *std::ranges::max_element(kept, {}, [&](std::size_t t) { return score(t); });
}

std::vector<std::size_t> better_half(const TunedArm& arm, std::vector<std::size_t> kept) {
  std::ranges::stable_sort(kept, std::ranges::greater{}, [&](std::size_t t) { return mean_score(arm.trials[t]); });
  kept.resize((kept.size() + 1) / 2);
  std::ranges::sort(kept);
  return kept;
}

}  // namespace

double Dimension::at(double share) const {
  const double value = low * std::pow(high / low, share);
  return below_one ? 1 - value : value;
}

double Dimension::share(double value) const {
  return std::log((below_one ? 1 - value : value) / low) / std::log(high / low);
}

std::vector<Dimension> space_of(const std::string& optimizer, const std::vector<std::string>& keys) {
  std::vector<Dimension> space;
  for (const std::string& key : keys) {
    if (key == "lr") {
      const double own = value_of(optimizer, "lr");
      if (own > 0) space.push_back({"lr", least_rate * own, most_rate * own});
    } else if (key == "eps") {
      if (std::isfinite(value_of(optimizer, "eps"))) space.push_back({"eps", least_eps, most_eps});
    } else if (key == "momentum") {
      for (const char* name : {"momentum", "beta1"})
        if (value_of(optimizer, name) > 0) {  // plain descent stays that
          space.push_back({name, 1 - most_momentum, 1, true});
          break;
        }
    } else {
      throw apps::unknown("option to tune:", key, {"lr", "eps", "momentum"});
    }
  }
  return space;
}

double halton(int index, int base) {
  double value = 0, digit = 1;
  for (; index > 0; index /= base) {
    digit /= base;
    value += digit * (index % base);
  }
  return value;
}

std::string trial_spec(const std::string& optimizer, const std::vector<Dimension>& space, int trial) {
  if (trial == 0) return optimizer;
  apps::ComponentText text = apps::parse_component(optimizer, "--optimizers");
  apps::ComponentText changed;
  for (std::size_t d = 0; d < space.size(); ++d)
    changed.settings.push_back({space[d].key, fmt::format("{:.4g}", space[d].at(halton(trial, primes[d])))});
  text.override_with(changed);
  return text.text();
}

std::string varied_text(const std::string& optimizer, const std::vector<Dimension>& space) {
  if (space.empty()) return optimizer + ": has nothing of what trials are to vary and stays as written.";
  std::vector<std::string> names;
  names.reserve(space.size());
  for (const Dimension& dimension : space)
    names.push_back(dimension.key == "beta1" ? "beta1 (its momentum)" : dimension.key);
  return fmt::format("{}: trials vary {}.", optimizer, fmt::join(names, ", "));
}

void choose(TunedArm& arm, const Matrix& matrix, const std::vector<std::size_t>& kept) {
  arm.best_overall = best_of(kept, [&](std::size_t t) { return mean_score(arm.trials[t]); });
  arm.best.clear();
  for (std::size_t s = 0; s < matrix.workloads.size(); ++s)
    arm.best.push_back(best_of(kept, [&](std::size_t t) { return mean_score(arm.trials[t], s); }));
  arm.warnings.clear();
  const double edge = std::min(0.2, border / matrix.tuning.trials);
  const auto warn = [&](std::size_t trial, const std::string& where) {
    for (const Dimension& dimension : arm.space) {
      const auto share_of = [&](const Trial& one) { return dimension.share(value_of(one.optimizer, dimension.key)); };
      const double share = share_of(arm.trials[trial]);
      double least = share, most = share;
      for (const Trial& one : arm.trials) {
        least = std::min(least, share_of(one));
        most = std::max(most, share_of(one));
      }
      // No momentum at all and no epsilon to speak of are no borders: there is nothing beyond them.
      const bool low = share <= edge && share == least && dimension.key != "eps";
      const bool high = share >= 1 - edge && share == most && !dimension.below_one;
      if (!low && !high) continue;
      const bool highest = dimension.below_one ? low : high;  // of the value itself
      arm.warnings.push_back(
          fmt::format("{}: the best trial {} has {} = {:.3g}, the {} of all trials, near the border "
                      "of [{:.3g}, {:.3g}]; the optimum may lie farther out",
                      arm.trials.front().optimizer, where, dimension.key,
                      value_of(arm.trials[trial].optimizer, dimension.key), highest ? "highest" : "lowest",
                      std::min(dimension.at(0), dimension.at(1)), std::max(dimension.at(0), dimension.at(1))));
    }
  };
  warn(arm.best_overall, "for all settings");
  for (std::size_t s = 0; s < matrix.workloads.size(); ++s)
    if (arm.best[s] != arm.best_overall) warn(arm.best[s], "in " + matrix.workloads[s].name());
}

TuningResult tune(const Matrix& matrix, const PlaceRun& place, const WorkOptions& options) {
  TuningResult result;
  std::vector<std::vector<std::size_t>> kept;  // trials still in the race, of each arm
  for (const Arm& arm : matrix.arms) {
    TunedArm& tuned = result.arms.emplace_back();
    tuned.space = space_of(arm.optimizer, matrix.tuning.keys);
    if (!options.quiet) agents::print_message(varied_text(arm.optimizer, tuned.space));
    const int trials = tuned.space.empty() ? 1 : matrix.tuning.trials;
    for (int t = 0; t < trials; ++t) {
      const std::string spec = trial_spec(arm.optimizer, tuned.space, t);
      tuned.trials.push_back({spec, std::vector<std::vector<double>>(matrix.workloads.size()), value_of(spec, "lr")});
    }
    kept.emplace_back(tuned.trials.size());
    std::iota(kept.back().begin(), kept.back().end(), 0U);
  }

  struct Made {
    std::size_t workload, arm, trial;
    Job job;
  };
  std::vector<Made> all;
  const int rounds = matrix.tuning.halving ? matrix.tuning.seeds : 1;
  for (int round = 0; round < rounds; ++round) {
    if (round > 0)
      for (std::size_t a = 0; a < kept.size(); ++a) kept[a] = better_half(result.arms[a], kept[a]);
    std::vector<Job> jobs;
    for (int seed = 0; seed < matrix.tuning.seeds; ++seed) {
      if (matrix.tuning.halving && seed != round) continue;
      for (std::size_t s = 0; s < matrix.workloads.size(); ++s)
        for (std::size_t a = 0; a < kept.size(); ++a)
          for (const std::size_t t : kept[a]) {
            const apps::RunPlan plan =
                plan_run(matrix, matrix.workloads[s], matrix.arms[a],
                         first_selection_seed + static_cast<std::uint64_t>(seed), result.arms[a].trials[t].optimizer);
            all.push_back({s, a, t, {plan, place(plan), matrix.workloads[s].name()}});
            jobs.push_back(all.back().job);
            result.jobs.push_back(all.back().job);
          }
    }
    if (options.makes_runs) {
      WorkOptions work = options;
      work.title = rounds > 1 ? fmt::format("trials, round {} of {}", round + 1, rounds) : "trials";
      work.together = true;
      result.signal = run_jobs(jobs, work);
      if (result.signal != 0) return result;
    }
    if (!(options.makes_runs && options.share.whole()) && !std::ranges::all_of(jobs, &concluded)) return result;

    // All scores anew, because the worst of a workload stands for runs that failed.
    for (TunedArm& arm : result.arms)
      for (Trial& trial : arm.trials)
        for (std::vector<double>& scores : trial.scores) scores.clear();
    for (std::size_t s = 0; s < matrix.workloads.size(); ++s) {
      const std::optional<double> threshold = threshold_of(matrix.workloads[s]);
      std::vector<RunResult> runs;
      double best = -std::numeric_limits<double>::infinity();
      for (const Made& made : all) {
        if (made.workload != s) continue;
        runs.push_back(read_result(made.job, threshold));
        if (!runs.back().failed) best = std::max(best, runs.back().final_return);
      }
      const Scale scale = scale_of(matrix.workloads[s], best);
      double worst = scale.random;
      for (const RunResult& run : runs)
        if (!run.failed) worst = std::min(worst, run.mean_return);
      std::size_t next = 0;
      for (const Made& made : all) {
        if (made.workload != s) continue;
        const RunResult& run = runs[next++];
        result.arms[made.arm].trials[made.trial].scores[s].push_back(scale.score(run.failed ? worst : run.mean_return));
      }
    }
  }
  for (std::size_t a = 0; a < kept.size(); ++a) choose(result.arms[a], matrix, kept[a]);
  result.complete = true;
  return result;
}

}  // namespace cairn::comparison
