#include "apps/comparison/analysis.h"

#include <algorithm>
#include <limits>

#include "agents/training/evaluation.h"
#include "apps/command_line/registry.h"
#include "envs/thread_pool.h"

namespace cairn::comparison {

namespace {

constexpr int random_episodes = 100;

void summarise(Cell& cell) {
  Strata areas(1), lasts(1);
  std::vector<double> successes;
  std::vector<std::optional<double>> steps, seconds;
  std::map<std::string, std::vector<double>> networks;
  for (const RunResult& run : cell.runs) {
    for (const auto& [name, values] : run.networks)
      if (!values.empty()) networks[name].push_back(values.back());
    areas[0].push_back(run.mean_return);
    lasts[0].push_back(run.final_return);
    successes.push_back(run.last_success);
    steps.push_back(run.solved_at);
    seconds.push_back(run.solved_seconds);
    cell.failed += run.failed;
    cell.solved += run.solved_at.has_value();
  }
  cell.mean_return = bootstrap_iqm(areas);
  cell.final_return = bootstrap_iqm(lasts);
  cell.last_success = bootstrap_share(successes);
  cell.solved_share = wilson(cell.solved, static_cast<int>(cell.runs.size()));
  cell.median_steps = censored_median(steps);
  cell.median_seconds = censored_median(seconds);
  for (auto& [name, values] : networks) {
    std::ranges::sort(values);
    cell.networks[name] = quantile(values, 0.5);
  }
}

/// The worst of a workload's finished runs in all sets, and no better than random; so is their curve.
void score_failures(std::vector<Analysis>& sets, std::size_t s, const Scale& scale) {
  double worst_area = scale.random, worst_last = scale.random;
  std::vector<double> steps;
  const auto each_run = [&](auto&& look) {
    for (Analysis& set : sets)
      for (Cell& cell : set.cells[s])
        for (RunResult& run : cell.runs) look(run);
  };
  each_run([&](const RunResult& run) {
    if (run.failed) return;
    worst_area = std::min(worst_area, run.mean_return), worst_last = std::min(worst_last, run.final_return);
    steps = run.steps;
  });
  each_run([&](RunResult& run) {
    if (!run.failed) return;
    run.mean_return = worst_area, run.final_return = worst_last;
    run.steps = steps;
    run.returns.assign(steps.size(), worst_last);
    run.success.assign(steps.size(), 0);
  });
}

void compare_pairs(Analysis& analysis) {
  const std::size_t n = analysis.arms.size();
  analysis.pairs.assign(n, std::vector<Pair>(n));
  std::vector<double> p_values;
  p_values.reserve(n * (n - 1) / 2);
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b) {
      Pair& pair = analysis.pairs[a][b];
      pair.improvement = probability_of_improvement(analysis.arms[a].areas, analysis.arms[b].areas);
      pair.p_value = permutation_p_value(analysis.arms[a].areas, analysis.arms[b].areas);
      p_values.push_back(pair.p_value);
    }
  const std::vector<double> adjusted = holm(p_values);
  std::size_t next = 0;
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = a + 1; b < n; ++b) {
      Pair& pair = analysis.pairs[a][b];
      pair.adjusted = adjusted[next++];
      pair.difference = difference(pair.improvement.value, pair.adjusted);
      Pair& turned = analysis.pairs[b][a] = pair;
      turned.improvement.value = 1 - pair.improvement.value;
      turned.improvement.interval = {1 - pair.improvement.interval.high, 1 - pair.improvement.interval.low};
      turned.difference = difference(turned.improvement.value, pair.adjusted);
    }
}

}  // namespace

std::optional<double> censored_median(const std::vector<std::optional<double>>& values) {
  std::vector<double> sorted;
  sorted.reserve(values.size());
  for (const auto& value : values) sorted.push_back(value.value_or(std::numeric_limits<double>::infinity()));
  std::ranges::sort(sorted);
  const std::size_t n = sorted.size();
  if (n == 0 || sorted[n / 2] == std::numeric_limits<double>::infinity()) return std::nullopt;
  return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

std::optional<double> threshold_of(const Workload& workload) {
  return apps::make_environment(apps::parse_component(workload.task, "--tasks")).spec.return_threshold;
}

Scale scale_of(const Workload& workload, double best) {
  const auto world = apps::make_environment(apps::parse_component(workload.task, "--tasks"));
  envs::ThreadPool pool(1);
  Scale scale;
  scale.random =
      agents::evaluate(agents::Pilot::random, world.factory, {.episodes = random_episodes}, pool).mean_return;
  scale.has_threshold = world.spec.return_threshold.has_value();
  scale.reference = world.spec.return_threshold.value_or(best);
  if (!(scale.reference > scale.random)) scale.reference = scale.random + 1;  // nothing beat random
  return scale;
}

std::vector<Analysis> analyse(const Matrix& matrix, std::span<const JobOf> sets) {
  std::vector<Analysis> all(sets.size());
  for (Analysis& analysis : all) analysis.arms.resize(matrix.arms.size());
  for (std::size_t s = 0; s < matrix.workloads.size(); ++s) {
    const std::optional<double> threshold = threshold_of(matrix.workloads[s]);
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t set = 0; set < sets.size(); ++set) {
      Analysis& analysis = all[set];
      std::vector<Cell>& cells = analysis.cells.emplace_back(matrix.arms.size());
      for (std::size_t a = 0; a < matrix.arms.size(); ++a)
        for (int seed = 1; seed <= matrix.seeds; ++seed) {
          const Job one = sets[set](s, a, seed);
          const RunResult& run = cells[a].runs.emplace_back(read_result(one, threshold));
          cells[a].optimizer = one.plan.optimizer;
          if (!run.failed) best = std::max(best, run.final_return);
          if (!run.made_by.empty() && std::ranges::find(analysis.made_by, run.made_by) == analysis.made_by.end())
            analysis.made_by.push_back(run.made_by);
        }
    }
    const Scale scale = scale_of(matrix.workloads[s], best);
    score_failures(all, s, scale);
    for (Analysis& analysis : all) {
      analysis.scales.push_back(scale);
      for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
        Cell& cell = analysis.cells[s][a];
        summarise(cell);
        Overall& arm = analysis.arms[a];
        std::vector<double>& areas = arm.areas.emplace_back();
        std::vector<double>& lasts = arm.lasts.emplace_back();
        for (const RunResult& run : cell.runs)
          areas.push_back(scale.score(run.mean_return)), lasts.push_back(scale.score(run.final_return));
        cell.area_gap = bootstrap_gap({areas});
        cell.last_gap = bootstrap_gap({lasts});
        arm.runs += static_cast<int>(cell.runs.size());
        arm.failed += cell.failed;
        if (scale.has_threshold) arm.judged += static_cast<int>(cell.runs.size()), arm.solved += cell.solved;
      }
    }
  }
  for (std::size_t set = 0; set < sets.size(); ++set) {
    for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
      Overall& arm = all[set].arms[a];
      arm.area_iqm = bootstrap_iqm(arm.areas);
      arm.area_mean = bootstrap_mean(arm.areas);
      arm.area_gap = bootstrap_gap(arm.areas);
      arm.last_iqm = bootstrap_iqm(arm.lasts);
      arm.last_mean = bootstrap_mean(arm.lasts);
      arm.last_gap = bootstrap_gap(arm.lasts);
      if (arm.judged > 0) arm.solved_share = wilson(arm.solved, arm.judged);
      arm.state_per_parameter = state_per_parameter(sets[set](0, a, 1).plan);
    }
    compare_pairs(all[set]);
  }
  return all;
}

std::vector<Gain> gains(const Analysis& analysis, const Analysis& over) {
  std::vector<Gain> all;
  std::vector<double> p_values;
  for (std::size_t a = 0; a < analysis.arms.size(); ++a) {
    const Overall &arm = analysis.arms[a], &other = over.arms[a];
    Gain& gain = all.emplace_back();
    gain.area = paired_iqm_difference(arm.areas, other.areas);
    gain.last = paired_iqm_difference(arm.lasts, other.lasts);
    gain.pair.improvement = probability_of_improvement(arm.areas, other.areas);
    gain.pair.p_value = permutation_p_value(arm.areas, other.areas);
    p_values.push_back(gain.pair.p_value);
  }
  const std::vector<double> adjusted = holm(p_values);
  for (std::size_t a = 0; a < all.size(); ++a) {
    all[a].pair.adjusted = adjusted[a];
    all[a].pair.difference = difference(all[a].pair.improvement.value, adjusted[a]);
  }
  return all;
}

}  // namespace cairn::comparison
