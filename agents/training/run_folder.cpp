#include "agents/training/run_folder.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "agents/archive/archive.h"
#include "agents/archive/atomic_file.h"
#include "agents/training/checkpoint.h"

namespace cairn::agents {

namespace {

constexpr std::int64_t most_bytes = INT64_C(1) << 53;  // more than any file holds

constexpr const char* latest_row = "run_folder/latest_row";

template <class Source>
std::vector<MetricInfo> infos(std::span<const Measured<Source>> metrics) {
  return {metrics.begin(), metrics.end()};
}

}  // namespace

void MetricTable::head(std::vector<MetricInfo> columns) {
  std::vector<std::string_view> names;
  names.reserve(columns.size());
  for (const MetricInfo& column : columns) names.push_back(column.name);
  table_.head(names);
  columns_ = std::move(columns);
}

void MetricTable::cells(std::span<const double> values) {
  if (values.size() != columns_.size())
    throw std::logic_error("A run reports " + std::to_string(values.size()) + " metrics after " +
                           std::to_string(columns_.size()) + " before; they must be the same every time.");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const MetricInfo& column = columns_[i];
    if (column.count)
      table_.cell(static_cast<std::int64_t>(values[i]));
    else
      table_.cell(values[i]);
  }
}

std::string MetricTable::row_text(std::span<const double> values) {
  cells(values);
  return table_.take_row();
}

void MetricTable::curves(std::int64_t steps, std::span<const double> values, TensorBoardWriter& tensorboard) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const MetricInfo& column = columns_[i];
    const bool means_nothing_yet = column.since == Since::first_episode && std::isnan(values[i]);
    if (!column.tag.empty() && !means_nothing_yet) tensorboard.scalar(column.tag, steps, values[i], column.meaning);
  }
}

void MetricTable::row(std::int64_t steps, std::span<const double> values, TensorBoardWriter& tensorboard) {
  cells(values);
  table_.end_row();
  curves(steps, values, tensorboard);
}

template <class V>
void RunFolder::Kept::each(V&& visit) {
  visit("run_folder/progress_bytes", progress, 0);
  visit("run_folder/evaluations_bytes", evaluations, 0);
  visit("run_folder/networks_bytes", networks, 0);
  visit("run_folder/interventions_bytes", interventions, 0);
  visit("run_folder/evaluated_at", evaluated_at, -1);
  visit("run_folder/first_success", first_success, -1);
}

RunFolder::RunFolder(std::filesystem::path folder, const std::string& config, bool resume, std::int64_t log_every)
    : folder_(std::move(folder)), config_(config), resume_(resume), log_every_(log_every) {
  std::error_code error;
  std::filesystem::create_directories(folder_ / "checkpoints", error);
  if (error)
    throw std::runtime_error("Cannot create " + (folder_ / "checkpoints").string() + ": " + error.message() + ".");
  lock_.emplace(folder_);
  if (lock_->caveat().empty())
    remove_leftovers(folder_ / "checkpoints");
  else
    notes_.push_back(lock_->caveat());
  const std::filesystem::path log = folder_ / "log.txt";
  if (!resume) {
    if (std::filesystem::exists(folder_ / "config.json"))
      throw std::runtime_error("'" + folder_.string() + "' already holds a run.");
    write_file(folder_ / "config.json", config);
  }
  log_ = Table(log, resume && std::filesystem::exists(log) ? std::filesystem::file_size(log) : 0);
}

void RunFolder::load(const Archive& archive) {
  kept_.each([&](const char* name, std::int64_t& value, std::int64_t low) {
    value = read_count(archive, name, low, most_bytes);
  });
  const auto row = archive.metadata.find(latest_row);
  if (row == archive.metadata.end()) return;
  if (row->second.find('\n') != std::string::npos)
    throw std::runtime_error("The checkpoint's '" + std::string(latest_row) + "' is no single row.");
  latest_.row = row->second;
  latest_.counted = true;
}

void RunFolder::on_start(const RunInfo& info) {
  if (log_every_ > 0 && info.first_step > 0) next_row_ = (info.first_step / log_every_ + 1) * log_every_;
  const auto open = [&](const char* name, std::int64_t keep) {
    MetricTable table(folder_ / name, static_cast<std::uint64_t>(keep));
    if (table.table().vanished())
      notes_.push_back(std::string(name) + " is gone; it begins anew at step " + std::to_string(info.first_step) + ".");
    return table;
  };
  progress_ = open("progress.csv", kept_.progress);
  evaluations_ = open("evaluations.csv", kept_.evaluations);
  networks_ = open("networks.csv", kept_.networks);
  interventions_ = Table(folder_ / "interventions.csv", static_cast<std::uint64_t>(kept_.interventions));
  if (interventions_.vanished()) notes_.emplace_back("interventions.csv is gone; it begins anew.");
  const std::filesystem::path timing = folder_ / "timing.csv";
  timing_ = MetricTable(timing, resume_ ? bytes_up_to(timing, std::numeric_limits<std::int64_t>::max()) : 0);
  evaluations_.head(infos(evaluation_metrics()));
  interventions_.head(intervention_columns);
  timing_.head(infos(timing_metrics()));
  tensorboard_.emplace(folder_, resume_ ? std::optional(info.first_step > 0 ? info.first_step + 1 : 0) : std::nullopt);
  if (resume_ && !config_.empty()) write_file(folder_ / "config.json", config_);
}

void RunFolder::on_iteration(const Telemetry& telemetry, const Agent&) {
  if (!progress_.has_head()) {
    std::vector<MetricInfo> columns;
    for (const Telemetry::Metric& metric : telemetry.metrics) columns.push_back(progress_metric(metric.name));
    progress_.head(std::move(columns));
  }
  latest_.steps = telemetry.steps;
  latest_.progress.clear();
  for (const Telemetry::Metric& metric : telemetry.metrics) latest_.progress.push_back(metric.value);
  latest_.timing.clear();
  for (const Measured<Telemetry>& metric : timing_metrics()) latest_.timing.push_back(metric.value(telemetry));
  const bool first_success = kept_.first_success < 0 && telemetry.recent.success > 0;
  if (first_success) kept_.first_success = telemetry.steps;
  if (telemetry.steps < next_row_ && !first_success) {
    latest_.row = progress_.row_text(latest_.progress);
    latest_.counted = false;
    return;
  }
  if (log_every_ > 0) next_row_ = (telemetry.steps / log_every_ + 1) * log_every_;
  latest_.row.clear();
  progress_.row(latest_.steps, latest_.progress, *tensorboard_);
  timing_.row(latest_.steps, latest_.timing, *tensorboard_);
}

void RunFolder::on_evaluation(const EvaluationResult& result) {
  if (result.steps == kept_.evaluated_at) return;  // the look of a run that had reached its goal, taken again
  kept_.evaluated_at = result.steps;
  values_.clear();
  for (const Telemetry::Metric& metric : report(result)) values_.push_back(metric.value);
  evaluations_.row(result.steps, values_, *tensorboard_);
  if (!result.networks.empty()) record_networks(result);
}

void RunFolder::record_networks(const EvaluationResult& result) {
  if (!networks_.has_head()) {
    for (const NamedRepresentation& network : result.networks)
      for (const MetricInfo& metric : network_metrics())
        network_names_.push_back(std::string(network.network) + "/" + std::string(metric.name));
    std::vector<MetricInfo> columns{{.name = "steps", .meaning = "", .count = true}};
    for (const std::string& name : network_names_) {
      columns.push_back(network_metrics()[(columns.size() - 1) % network_metrics().size()]);
      columns.back().name = columns.back().tag = name;
    }
    networks_.head(std::move(columns));
  }
  values_ = {static_cast<double>(result.steps)};
  for (const NamedRepresentation& network : result.networks)
    for (const Measured<Representation>& metric : network_metrics())
      values_.push_back(metric.value(network.representation));
  networks_.row(result.steps, values_, *tensorboard_);
}

void RunFolder::on_message(std::string_view message) {
  log_.line(message);
}

void RunFolder::on_intervention(const InterventionNote& note) {
  if (note.changed()) write_intervention(interventions_, note);
}

void RunFolder::save(Archive& archive) {
  if (tensorboard_->is_gone()) {
    tensorboard_.emplace(folder_);
    notes_.emplace_back("TensorBoard's events had vanished; those from here on are in a new file.");
  }
  if (!latest_.row.empty() && !latest_.counted) {
    timing_.row(latest_.steps, latest_.timing, *tensorboard_);
    progress_.curves(latest_.steps, latest_.progress, *tensorboard_);
    latest_.counted = true;
  }
  const auto sync = [&](Table& table, const char* name) {
    table.sync();
    if (table.vanished()) notes_.push_back(std::string(name) + " had vanished; it was made again with all its rows.");
    return static_cast<std::int64_t>(table.size());
  };
  kept_.progress = sync(progress_.table(), "progress.csv");
  kept_.evaluations = sync(evaluations_.table(), "evaluations.csv");
  kept_.networks = sync(networks_.table(), "networks.csv");
  kept_.interventions = sync(interventions_, "interventions.csv");
  sync(timing_.table(), "timing.csv");
  sync(log_, "log.txt");
  tensorboard_->flush();
  if (!latest_.row.empty()) {
    progress_.table().show_row(latest_.row);
    archive.metadata[latest_row] = latest_.row;
  }
  kept_.each([&](const char* name, std::int64_t value, std::int64_t) { archive.put_value(name, value); });
}

std::vector<std::string> RunFolder::take_notes() {
  return std::exchange(notes_, {});
}

}  // namespace cairn::agents
