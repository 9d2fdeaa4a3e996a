#include "apps/comparison/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <map>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "agents/training/table.h"
#include "apps/command_line/json.h"

namespace cairn::comparison {

namespace {

/// Mean of the last tenth, of one value at least.
double mean_of_last_tenth(const std::vector<double>& values) {
  const std::size_t count = std::max<std::size_t>(1, values.size() / 10);
  return std::accumulate(values.end() - static_cast<std::ptrdiff_t>(count), values.end(), 0.0) /
         static_cast<double>(count);
}

[[noreturn]] void refuse(const Job& job, const std::string& why) {
  throw std::runtime_error(
      fmt::format("The run in {} is marked as finished but {}. Delete that folder, and "
                  "the same command makes the run again.",
                  job.folder.string(), why));
}

using Columns = std::map<std::string, std::vector<double>>;

/// A table of a finished run: it has rows, and all columns that are named. `whole`: those hold numbers throughout.
Columns read_table(const Job& job, const char* name, std::initializer_list<const char*> whole,
                   std::initializer_list<const char*> others = {}) {
  Columns table;
  if (std::filesystem::exists(job.folder / name)) table = agents::read_columns(job.folder / name);
  if (table.empty() || table.begin()->second.empty()) refuse(job, fmt::format("has no {}", name));
  const auto column = [&](const char* wanted) -> const std::vector<double>& {
    const auto found = table.find(wanted);
    if (found == table.end()) refuse(job, fmt::format("its {} has no column '{}'", name, wanted));
    return found->second;
  };
  for (const char* wanted : whole) {
    const std::vector<double>& values = column(wanted);
    const auto bad = std::ranges::find_if(values, [](double value) { return !std::isfinite(value); });
    if (bad != values.end())
      refuse(job, fmt::format("its {} has no number in row {} of '{}'", name, bad - values.begin() + 1, wanted));
  }
  for (const char* wanted : others) column(wanted);
  return table;
}

}  // namespace

std::string made_by_text(const std::filesystem::path& config) {
  std::ifstream file(config);
  const apps::Json json = apps::read_json(file, false);
  std::string text;
  if (!json.is_object() || !json.contains("made_by") || !json["made_by"].is_object()) return text;
  for (const auto& [key, value] : json["made_by"].items())
    text +=
        (text.empty() ? "" : ", ") + key + " " + (value.is_string() ? value.get<std::string>() : apps::compact(value));
  return text;
}

double mean_over_curve(const std::vector<double>& x, const std::vector<double>& y) {
  double area = 0;
  for (std::size_t i = 1; i < x.size(); ++i) area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  return x.back() > x.front() ? area / (x.back() - x.front()) : y.back();
}

std::vector<std::pair<double, double>> seconds_by_step(const std::vector<double>& steps,
                                                       const std::vector<double>& seconds) {
  std::map<double, double> at;
  double before = 0, process = 0;  // seconds of earlier processes; of this one so far
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (seconds[i] < process || at.contains(steps[i])) {
      at.erase(at.lower_bound(steps[i]), at.end());
      before = at.empty() ? 0 : at.rbegin()->second;
    }
    process = seconds[i];
    at[steps[i]] = before + seconds[i];
  }
  return {at.begin(), at.end()};
}

RunResult read_result(const Job& job, std::optional<double> threshold) {
  RunResult result;
  result.failed = state_of(job) == JobState::failed;
  result.failure = failure_of(job);
  result.log = job.folder.string() + ".log";
  result.made_by = made_by_text(job.folder / "config.json");
  if (result.failed) return result;
  auto evaluations = read_table(job, "evaluations.csv", {"steps", "return_mean", "success_rate"});
  result.steps = evaluations["steps"];
  result.returns = evaluations["return_mean"];
  result.success = evaluations["success_rate"];
  result.mean_return = mean_over_curve(result.steps, result.returns);
  result.final_return = mean_of_last_tenth(result.returns);
  result.last_success = mean_of_last_tenth(result.success);
  auto progress = read_table(job, "progress.csv", {"steps"}, {"train/gradient_norm", "train/update_to_weight"});
  result.progress_steps = progress["steps"];
  result.gradient_norm = progress["train/gradient_norm"];
  result.update_to_weight = progress["train/update_to_weight"];
  if (std::filesystem::exists(job.folder / "networks.csv")) {
    result.networks = read_table(job, "networks.csv", {"steps"});
    result.network_steps = std::move(result.networks["steps"]);
    result.networks.erase("steps");
  }

  auto timing = read_table(job, "timing.csv", {"steps", "training_seconds"});
  const auto seconds = seconds_by_step(timing["steps"], timing["training_seconds"]);
  if (!seconds.empty()) result.seconds = seconds.back().second;
  for (std::size_t i = 0; threshold && i < result.returns.size(); ++i)
    if (result.returns[i] >= *threshold) {
      result.solved_at = result.steps[i];
      const auto found = std::ranges::lower_bound(seconds, result.steps[i], {}, &std::pair<double, double>::first);
      if (found != seconds.end()) result.solved_seconds = found->second;
      break;
    }
  result.memory = peak_memory(job);
  return result;
}

}  // namespace cairn::comparison
