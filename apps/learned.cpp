#include "apps/learned.h"

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "agents/training/intervention.h"
#include "agents/training/table.h"

namespace cairn::apps {

namespace {

using Columns = std::map<std::string, std::vector<double>>;

/// Throws std::runtime_error where the table has no such column.
const std::vector<double>& column(const Columns& table, const std::string& name) {
  const auto found = table.find(name);
  if (found == table.end()) throw std::runtime_error("The run's tables have no column '" + name + "'.");
  return found->second;
}

/// A cell that counts something. Throws std::runtime_error where it holds no such number.
std::int64_t count_in(const Columns& table, const std::string& name, std::size_t row) {
  const double value = column(table, name)[row];
  if (!(value >= 0 && value < 1e18))
    throw std::runtime_error("The run's tables hold a number in column '" + name + "' that is no count.");
  return static_cast<std::int64_t>(value);
}

/// Puts a table's rows into curves. Throws std::runtime_error where it has no column `steps`.
void add_rows(render::MetricCurves& curves, const Columns& table) {
  std::vector<agents::Telemetry::Metric> row;
  for (std::size_t i = 0; i < column(table, "steps").size(); ++i) {
    row.clear();
    for (const auto& [name, values] : table) row.push_back({name, values[i]});
    curves.add(row);
  }
}

}  // namespace

std::optional<Learned> learned(const std::filesystem::path& folder, const envs::Spec& spec) {
  if (!std::filesystem::exists(folder / "progress.csv")) return std::nullopt;
  Learned run;
  run.curves.threshold = spec.return_threshold;
  const Columns progress = agents::read_columns(folder / "progress.csv");
  add_rows(run.curves.training, progress);
  if (const std::size_t rows = column(progress, "steps").size(); rows > 0) {
    run.steps = count_in(progress, "steps", rows - 1);
    run.updates = count_in(progress, "updates", rows - 1);
  }
  for (const agents::InterventionNote& note : agents::read_interventions(folder / "interventions.csv"))
    run.curves.mark(static_cast<double>(note.steps), note.label);
  if (std::filesystem::exists(folder / "evaluations.csv"))
    add_rows(run.curves.evaluations, agents::read_columns(folder / "evaluations.csv"));
  return run;
}

}  // namespace cairn::apps
