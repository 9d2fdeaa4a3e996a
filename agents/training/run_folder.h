#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/archive/folder_lock.h"
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
  /// Whether the columns are named.
  bool has_head() const { return !columns_.empty(); }
  /// A value for each column, measured after `steps` environment steps.
  void row(std::int64_t steps, std::span<const double> values, TensorBoardWriter& tensorboard);
  /// What `row` does: the curves alone, and the row's text alone, which is not written.
  void curves(std::int64_t steps, std::span<const double> values, TensorBoardWriter& tensorboard) const;
  /// The row's text, without its line break.
  std::string row_text(std::span<const double> values);
  /// The file.
  Table& table() { return table_; }

 private:
  void cells(std::span<const double> values);

  Table table_;
  std::vector<MetricInfo> columns_;
};

/// Writes down all that a run tells its observers: progress.csv, evaluations.csv, networks.csv, interventions.csv,
/// timing.csv, TensorBoard's events and log.txt. A checkpoint holds how long its tables are; a run that goes on from it
/// drops the rows behind it, except those of timing.csv. Failing to write throws std::runtime_error.
///
/// An iteration has a row where it is the first one in its stretch of `log_every` steps, and where an episode has
/// succeeded for the first time. The latest one, whichever it is, has a row at every checkpoint, too, but that row is
/// the checkpoint's: it goes as soon as the run goes on, so that the tables do not show where a run was stopped.
class RunFolder : public Observer {
 public:
  /// Makes the folder and locks it, with config.json and an empty log; where a run is resumed both are there, the log
  /// stays, and so does config.json unless `config` has a text. Throws std::runtime_error where another process writes
  /// it, or where a run is there that is not to be resumed. `log_every`: steps; 0: each iteration has a row.
  RunFolder(std::filesystem::path folder, const std::string& config, bool resume, std::int64_t log_every = 0);

  /// Opens the tables. Throws std::runtime_error where one that is gone on with has other columns.
  void on_start(const RunInfo& info) override;
  void on_iteration(const Telemetry& telemetry, const Agent& agent) override;
  void on_evaluation(const EvaluationResult& result) override;
  void on_message(std::string_view message) override;
  void on_intervention(const InterventionNote& note) override;
  /// Bytes of the tables, after these are on the disk.
  void save(Archive& archive) override;
  void load(const Archive& archive) override;
  /// What went on here that a person should know, since this was last asked; a sentence each.
  std::vector<std::string> take_notes();

 private:
  void record_networks(const EvaluationResult& result);

  /// What a checkpoint holds.
  struct Kept {
    std::int64_t progress = 0, evaluations = 0, networks = 0, interventions = 0;  // bytes
    std::int64_t evaluated_at = -1;   // steps of the latest row of evaluations.csv
    std::int64_t first_success = -1;  // steps of the iteration in which an episode first succeeded; -1: none has
    /// Calls visit(name, value, low) for each.
    template <class V>
    void each(V&& visit);
  };

  /// The latest iteration, where it has no row.
  struct Latest {
    std::int64_t steps = 0;
    std::vector<double> progress, timing;
    std::string row;       // of progress.csv; empty: there is a row
    bool counted = false;  // it is in timing.csv and among the curves
  };

  std::filesystem::path folder_;
  std::string config_;  // to be written when the run goes on
  bool resume_;
  std::int64_t log_every_, next_row_ = 0;  // steps
  std::optional<FolderLock> lock_;
  std::vector<std::string> notes_;
  Kept kept_;
  Latest latest_;
  MetricTable progress_, evaluations_, networks_, timing_;
  Table interventions_, log_;
  std::optional<TensorBoardWriter> tensorboard_;
  std::vector<std::string> network_names_;
  std::vector<double> values_;  // reused
};

}  // namespace cairn::agents
