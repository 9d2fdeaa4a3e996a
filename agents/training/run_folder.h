#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/archive/tensorboard.h"
#include "agents/training/metrics.h"
#include "agents/training/observer.h"
#include "agents/training/table.h"

namespace cairn::agents {

/// A table whose columns are metrics, and their curves in TensorBoard.
class MetricTable {
 public:
  MetricTable() = default;
  /// `keep`: as Table.
  MetricTable(const std::filesystem::path& path, std::uint64_t keep) : table_(path, keep) {}
  /// Names the columns, once; throws as Table::head. The texts that `columns` refer to must outlive this.
  void head(std::vector<MetricInfo> columns);
  bool has_head() const { return !columns_.empty(); }
  /// A value for each column, measured after `steps` environment steps.
  void row(std::int64_t steps, std::span<const double> values, TensorBoardWriter& tensorboard);
  std::uint64_t size() const { return table_.size(); }
  void sync() { table_.sync(); }

 private:
  Table table_;
  std::vector<MetricInfo> columns_;
};

/// Writes down all that a run tells its observers: progress.csv, evaluations.csv, networks.csv, interventions.csv,
/// timing.csv, TensorBoard's events and log.txt. A checkpoint holds how long its tables are; a run that goes on from it
/// drops the rows behind it, except those of timing.csv. Failing to write throws std::runtime_error.
class RunFolder : public Observer {
 public:
  /// Makes the folder, with config.json and an empty log; where a run is resumed both are there and stay.
  RunFolder(std::filesystem::path folder, const std::string& config, bool resume);

  /// Opens the tables. Throws std::runtime_error where one that is gone on with has other columns.
  void on_start(const RunInfo& info) override;
  void on_iteration(const Telemetry& telemetry, const Agent& agent) override;
  void on_evaluation(const EvaluationResult& result) override;
  void on_message(std::string_view message) override;
  void on_intervention(const InterventionNote& note) override;
  /// Bytes of the tables, after these are on the disk.
  void save(Archive& archive) override;
  void load(const Archive& archive) override;

 private:
  void record_networks(const EvaluationResult& result);

  /// What a checkpoint holds.
  struct Kept {
    std::int64_t progress = 0, evaluations = 0, networks = 0, interventions = 0;  // bytes
    std::int64_t evaluated_at = -1;  // steps of the latest row of evaluations.csv
    /// Calls visit(name, value, low) for each.
    template <class V>
    void each(V&& visit);
  };

  std::filesystem::path folder_;
  bool resume_;
  Kept kept_;
  MetricTable progress_, evaluations_, networks_, timing_;
  Table interventions_;
  std::optional<TensorBoardWriter> tensorboard_;
  std::ofstream log_;
  std::vector<std::string> network_names_;
  std::vector<double> values_;  // reused
};

}  // namespace cairn::agents
