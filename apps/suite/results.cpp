#include "apps/suite/results.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "agents/training/table.h"
#include "apps/comparison/results.h"

namespace cairn::suite {

namespace {

std::vector<double> column(const comparison::Job& job, const char* table, const char* name) {
  const std::filesystem::path file = job.folder / table;
  auto columns =
      std::filesystem::exists(file) ? agents::read_columns(file) : std::map<std::string, std::vector<double>>{};
  const auto found = columns.find(name);
  if (found == columns.end() || found->second.empty())
    throw std::runtime_error("The run in " + job.folder.string() + " is marked as finished, but its " + table +
                             " has no '" + name + "'. Delete that folder, and the same command makes the run again.");
  return found->second;
}

std::vector<double> successes(const std::vector<Run>& runs) {
  std::vector<double> shares;
  shares.reserve(runs.size());
  for (const Run& run : runs) shares.push_back(run.success);
  return shares;
}

/// The median of what may not have happened yet: later than any.
std::optional<double> median_first(const std::vector<Run>& runs) {
  std::vector<double> steps;
  for (const Run& run : runs)
    if (run.first_success) steps.push_back(*run.first_success);
  if (2 * steps.size() <= runs.size()) return std::nullopt;
  std::ranges::sort(steps);
  const std::size_t middle = runs.size() / 2;
  if (runs.size() % 2 == 1) return steps[middle];
  return middle < steps.size() ? (steps[middle - 1] + steps[middle]) / 2 : steps[middle - 1];
}

}  // namespace

Run read_run(const comparison::Job& job, int seed) {
  Run run{.seed = seed};
  run.failed = comparison::state_of(job) == comparison::JobState::failed;
  if (run.failed) return run;
  run.success = column(job, "evaluations.csv", "success_rate").back();
  run.mean_return = column(job, "evaluations.csv", "return_mean").back();
  const std::vector<double> steps = column(job, "progress.csv", "steps"),
                            rates = column(job, "progress.csv", "success_rate");
  for (std::size_t i = 0; i < rates.size() && !run.first_success; ++i)
    if (rates[i] > 0) run.first_success = steps[i];
  const auto seconds =
      comparison::seconds_by_step(column(job, "timing.csv", "steps"), column(job, "timing.csv", "training_seconds"));
  run.seconds = seconds.back().second;
  return run;
}

std::vector<Cell> analyse(const std::vector<Entry>& entries, std::vector<std::vector<Run>> runs) {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Cell cell{.entry = entries[i], .runs = std::move(runs[i]), .success = {}};
    cell.success = comparison::bootstrap_iqm({successes(cell.runs)});
    cell.first_success = median_first(cell.runs);
    if (cell.entry.expected == Expectation::solves) cell.as_expected = cell.success.value >= solved;
    cells.push_back(std::move(cell));
  }
  for (Cell& cell : cells) {
    const auto rival = std::ranges::find_if(cells, [&](const Cell& other) {
      return other.entry.world == cell.entry.world && other.entry.method == cell.entry.rival;
    });
    if (cell.entry.expected != Expectation::fails || rival == cells.end()) continue;
    cell.difference = comparison::paired_iqm_difference({successes(rival->runs)}, {successes(cell.runs)});
    // All pairs alike have no interval; what they agree on is then all there is to judge by.
    const double low =
        std::isnan(cell.difference->interval.low) ? cell.difference->value : cell.difference->interval.low;
    cell.as_expected = low > 0;
  }
  return cells;
}

}  // namespace cairn::suite
