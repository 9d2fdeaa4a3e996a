#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "agents/learner/telemetry.h"
#include "agents/training/evaluation.h"
#include "agents/training/representation.h"

namespace cairn::agents {

// Everything that a run reports, listed once in metrics.cpp: columns of CSV files, curves in TensorBoard, charts of the
// window and of `watch` come from there. To add a metric of the loop, of the clock, of an evaluation or of its
// networks, add a line there, which also says how to compute it. An agent's metric takes a line there and
// Telemetry::report.

/// From when on a metric means something; before that it is no point of a curve.
enum class Since {
  start,
  first_episode,  ///< NaN before
  first_update,
};

/// What is known of a metric besides its value.
struct MetricInfo {
  std::string_view name;       ///< column of the CSV file
  std::string_view tag{};      ///< in TensorBoard; empty: not there
  std::string_view meaning;    ///< in a few words, with range or unit
  bool count = false;          ///< a whole number, written as one
  bool log_axis = false;       ///< small values matter: a chart's axis is logarithmic
  Since since = Since::start;  ///< from when on it is a point of a curve
};

/// A metric and how it follows from what was measured.
template <class Source>
struct Measured : MetricInfo {
  double (*value)(const Source&);  ///< NaN where there is none
};

std::span<const Measured<Telemetry>> loop_metrics();               ///< progress.csv, its first columns
std::span<const MetricInfo> agent_metrics();                       ///< progress.csv, as an agent reports them
std::span<const Measured<Telemetry>> timing_metrics();             ///< timing.csv
std::span<const Measured<EvaluationResult>> evaluation_metrics();  ///< evaluations.csv
std::span<const Measured<Representation>> network_metrics();       ///< networks.csv, of each network: `policy/name`

/// A column of progress.csv. One that is not listed, of an agent from elsewhere, is its own tag, linear and an
/// update's.
MetricInfo progress_metric(std::string_view name);
/// A column of evaluations.csv. One that is not listed, of another version's table, is linear.
MetricInfo evaluation_metric(std::string_view name);

/// Puts the loop's own metrics before those that the agent has reported.
void report_loop(Telemetry& telemetry);
/// An evaluation's metrics, by the columns of evaluations.csv.
std::vector<Telemetry::Metric> report(const EvaluationResult& evaluation);

}  // namespace cairn::agents
