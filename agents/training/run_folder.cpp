#include "agents/training/run_folder.h"

#include <cerrno>
#include <cmath>
#include <cstring>
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

void MetricTable::row(std::int64_t steps, std::span<const double> values, TensorBoardWriter& tensorboard) {
  if (values.size() != columns_.size())
    throw std::logic_error("A run reports " + std::to_string(values.size()) + " metrics after " +
                           std::to_string(columns_.size()) + " before; they must be the same every time.");
  for (std::size_t i = 0; i < values.size(); ++i) {
    const MetricInfo& column = columns_[i];
    if (column.count)
      table_.cell(static_cast<std::int64_t>(values[i]));
    else
      table_.cell(values[i]);
    const bool means_nothing_yet = column.since == Since::first_episode && std::isnan(values[i]);
    if (!column.tag.empty() && !means_nothing_yet) tensorboard.scalar(column.tag, steps, values[i], column.meaning);
  }
  table_.end_row();
}

template <class V>
void RunFolder::Kept::each(V&& visit) {
  visit("run_folder/progress_bytes", progress, 0);
  visit("run_folder/evaluations_bytes", evaluations, 0);
  visit("run_folder/networks_bytes", networks, 0);
  visit("run_folder/interventions_bytes", interventions, 0);
  visit("run_folder/evaluated_at", evaluated_at, -1);
}

RunFolder::RunFolder(std::filesystem::path folder, const std::string& config, bool resume)
    : folder_(std::move(folder)), resume_(resume) {
  std::error_code error;
  std::filesystem::create_directories(folder_ / "checkpoints", error);
  if (error)
    throw std::runtime_error("Cannot create " + (folder_ / "checkpoints").string() + ": " + error.message() + ".");
  if (!resume) {
    AtomicFile file(folder_ / "config.json");
    file.write(config);
    file.commit();
  }
  const std::filesystem::path log = folder_ / "log.txt";
  log_.open(log, resume ? std::ios::app : std::ios::trunc);
  if (!log_) throw std::runtime_error("Cannot write " + log.string() + ": " + std::strerror(errno) + ".");
}

void RunFolder::load(const Archive& archive) {
  kept_.each([&](const char* name, std::int64_t& value, std::int64_t low) {
    value = read_count(archive, name, low, most_bytes);
  });
}

void RunFolder::on_start(const RunInfo&) {
  const auto open = [&](const char* name, std::int64_t keep) {
    return MetricTable(folder_ / name, static_cast<std::uint64_t>(keep));
  };
  progress_ = open("progress.csv", kept_.progress);
  evaluations_ = open("evaluations.csv", kept_.evaluations);
  networks_ = open("networks.csv", kept_.networks);
  interventions_ = Table(folder_ / "interventions.csv", static_cast<std::uint64_t>(kept_.interventions));
  const std::filesystem::path timing = folder_ / "timing.csv";
  timing_ = MetricTable(timing, resume_ ? bytes_up_to(timing, std::numeric_limits<std::int64_t>::max()) : 0);
  evaluations_.head(infos(evaluation_metrics()));
  interventions_.head(intervention_columns);
  timing_.head(infos(timing_metrics()));
  tensorboard_.emplace(folder_);
}

void RunFolder::on_iteration(const Telemetry& telemetry, const Agent&) {
  if (!progress_.has_head()) {
    std::vector<MetricInfo> columns;
    for (const Telemetry::Metric& metric : telemetry.metrics) columns.push_back(progress_metric(metric.name));
    progress_.head(std::move(columns));
  }
  values_.clear();
  for (const Telemetry::Metric& metric : telemetry.metrics) values_.push_back(metric.value);
  progress_.row(telemetry.steps, values_, *tensorboard_);
  values_.clear();
  for (const Measured<Telemetry>& metric : timing_metrics()) values_.push_back(metric.value(telemetry));
  timing_.row(telemetry.steps, values_, *tensorboard_);
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
  log_ << message << '\n' << std::flush;
}

void RunFolder::on_intervention(const InterventionNote& note) {
  if (note.changed()) write_intervention(interventions_, note);
}

void RunFolder::save(Archive& archive) {
  for (MetricTable* table : {&progress_, &evaluations_, &networks_, &timing_}) table->sync();
  interventions_.sync();
  tensorboard_->flush();
  kept_.progress = static_cast<std::int64_t>(progress_.size());
  kept_.evaluations = static_cast<std::int64_t>(evaluations_.size());
  kept_.networks = static_cast<std::int64_t>(networks_.size());
  kept_.interventions = static_cast<std::int64_t>(interventions_.size());
  kept_.each([&](const char* name, std::int64_t value, std::int64_t) { archive.put_value(name, value); });
}

}  // namespace cairn::agents
