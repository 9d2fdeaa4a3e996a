#include <fmt/format.h>

#include <sstream>

#include "agents/archive/atomic_file.h"
#include "apps/command_line/json.h"
#include "apps/comparison/report.h"

namespace cairn::comparison {

namespace {

using apps::Json;

std::string quoted(const std::string& text) {
  return '"' + text + '"';  // specs hold no quotation marks
}

Json as_json(const Estimate& estimate) {
  return {{"value", estimate.value}, {"low", estimate.interval.low}, {"high", estimate.interval.high}};
}
Json as_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string as_cell(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

std::string summary_table(const Findings& findings) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  std::string out =
      "task,agent,optimizer,area_iqm,area_low,area_high,final_iqm,final_low,final_high,area_gap,area_gap_low,area_gap_"
      "high,final_gap,final_gap_low,final_gap_high,final_success,final_success_low,final_"
      "success_high,solved,runs,solved_low,solved_high,median_steps,failed\n";
  for (std::size_t s = 0; s < analysis.cells.size(); ++s)
    for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
      const Cell& cell = analysis.cells[s][a];
      out += fmt::format("{},{},{}", quoted(matrix.workloads[s].task), quoted(matrix.workloads[s].agent),
                         quoted(matrix.arms[a].name()));
      for (const Estimate& one : {cell.area, cell.last, cell.area_gap, cell.last_gap, cell.last_success})
        out += fmt::format(",{},{},{}", one.value, one.interval.low, one.interval.high);
      out += fmt::format(",{},{},{},{},{},{}\n", cell.solved, cell.runs.size(), cell.solved_share.low,
                         cell.solved_share.high, as_cell(cell.median_steps), cell.failed);
    }
  return out;
}

/// `row(workload, arm, run)`: what stands behind task, agent, optimizer and seed.
template <class Row>
std::string run_table(const Findings& findings, const std::string& head, Row&& row) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  std::string out = "task,agent,optimizer,seed," + head + "\n";
  for (std::size_t s = 0; s < analysis.cells.size(); ++s)
    for (std::size_t a = 0; a < matrix.arms.size(); ++a)
      for (std::size_t r = 0; r < analysis.cells[s][a].runs.size(); ++r)
        out += fmt::format("{},{},{},{},{}\n", quoted(matrix.workloads[s].task), quoted(matrix.workloads[s].agent),
                           quoted(matrix.arms[a].name()), r + 1, row(s, analysis.cells[s][a].runs[r]));
  return out;
}

std::string report_json(const Findings& findings) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  const std::optional<TuningResult>& tuning = findings.tuning;
  std::istringstream comparison(to_json(matrix));
  Json out = {{"commands", commands(matrix)}, {"comparison", apps::read_json(comparison)}};
  out["made_by"] = analysis.made_by;
  for (std::size_t a = 0; a < analysis.arms.size(); ++a) {
    const Overall& arm = analysis.arms[a];
    out["optimizers"].push_back({{"name", matrix.arms[a].name()},
                                 {"area_iqm", as_json(arm.area_iqm)},
                                 {"area_mean", as_json(arm.area_mean)},
                                 {"area_gap", as_json(arm.area_gap)},
                                 {"final_iqm", as_json(arm.last_iqm)},
                                 {"final_mean", as_json(arm.last_mean)},
                                 {"final_gap", as_json(arm.last_gap)},
                                 {"runs", arm.runs},
                                 {"solved", arm.solved},
                                 {"solved_low", arm.solved_share.low},
                                 {"solved_high", arm.solved_share.high},
                                 {"failed", arm.failed},
                                 {"state_per_parameter", arm.state_per_parameter}});
  }
  for (std::size_t s = 0; s < analysis.cells.size(); ++s) {
    Json workload = {{"task", matrix.workloads[s].task},
                     {"agent", matrix.workloads[s].agent},
                     {"random", analysis.scales[s].random},
                     {"reference", analysis.scales[s].reference}};
    for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
      const Cell& cell = analysis.cells[s][a];
      workload["optimizers"].push_back({{"name", matrix.arms[a].name()},
                                        {"spec", cell.optimizer},
                                        {"area_iqm", as_json(cell.area)},
                                        {"final_iqm", as_json(cell.last)},
                                        {"area_gap", as_json(cell.area_gap)},
                                        {"final_gap", as_json(cell.last_gap)},
                                        {"final_success", as_json(cell.last_success)},
                                        {"solved", cell.solved},
                                        {"median_steps", as_json(cell.median_steps)},
                                        {"networks", cell.networks},
                                        {"failed", cell.failed}});
    }
    out["settings"].push_back(workload);
  }
  for (std::size_t a = 0; a < analysis.arms.size(); ++a)
    for (std::size_t b = a + 1; b < analysis.arms.size(); ++b) {
      const Pair& pair = analysis.pairs[a][b];
      out["pairs"].push_back({{"first", matrix.arms[a].name()},
                              {"second", matrix.arms[b].name()},
                              {"probability_of_improvement", as_json(pair.improvement)},
                              {"p", pair.p_value},
                              {"p_holm", pair.adjusted},
                              {"verdict", to_string(pair.difference)}});
    }
  for (std::size_t a = 0; findings.untuned && a < analysis.arms.size(); ++a) {
    const Overall& untuned = findings.untuned->arms[a];
    const Gain& gain = findings.gains[a];
    out["untuned"].push_back({{"name", matrix.arms[a].name()},
                              {"area_iqm", as_json(untuned.area_iqm)},
                              {"final_iqm", as_json(untuned.last_iqm)},
                              {"tuned_less_untuned",
                               {{"area_iqm", as_json(gain.area)},
                                {"final_iqm", as_json(gain.last)},
                                {"probability_of_improvement", as_json(gain.pair.improvement)},
                                {"p", gain.pair.p_value},
                                {"p_holm", gain.pair.adjusted},
                                {"verdict", to_string(gain.pair.difference)}}}});
  }
  if (tuning)
    for (std::size_t a = 0; a < tuning->arms.size(); ++a) {
      const TunedArm& arm = tuning->arms[a];
      Json one = {{"name", matrix.arms[a].name()},
                  {"chosen", arm.trials[arm.best_overall].optimizer},
                  {"warnings", arm.warnings}};
      for (const std::size_t trial : arm.best) one["best"].push_back(arm.trials[trial].optimizer);
      for (const Trial& trial : arm.trials)
        one["trials"].push_back({{"optimizer", trial.optimizer}, {"scores", trial.scores}});
      out["tuning"].push_back(one);
    }
  Json times = Json::array();
  for (std::size_t s = 0; s < analysis.cells.size(); ++s)
    for (std::size_t a = 0; a < matrix.arms.size(); ++a)
      times.push_back({{"task", matrix.workloads[s].task},
                       {"agent", matrix.workloads[s].agent},
                       {"optimizer", matrix.arms[a].name()},
                       {"median_seconds_to_threshold", as_json(analysis.cells[s][a].median_seconds)}});
  out["times"] = times;
  return apps::indented(out);
}

}  // namespace

void write_report(const Findings& findings, const std::filesystem::path& folder) {
  const std::filesystem::path charts = folder / "charts";
  std::filesystem::create_directories(charts);
  const Document document = make_document(findings, charts);
  agents::write_file(folder / "report.html", to_html(document, charts));
  agents::write_file(folder / "report.md", to_markdown(document, "charts"));
  agents::write_file(folder / "report.json", report_json(findings));
  if (findings.analysis.arms.empty()) return;
  agents::write_file(folder / "summary.csv", summary_table(findings));
  agents::write_file(
      folder / "runs.csv",
      run_table(findings, "area,final,final_success,solved_at_steps,failed", [](std::size_t, const RunResult& run) {
        return fmt::format("{},{},{},{},{}", run.area, run.last, run.last_success, as_cell(run.solved_at),
                           run.failed ? 1 : 0);
      }));
  agents::write_file(
      folder / "times.csv",
      run_table(findings, "seconds,seconds_to_threshold,memory_mib", [](std::size_t, const RunResult& run) {
        return fmt::format("{},{},{}", run.seconds, as_cell(run.solved_seconds), run.memory);
      }));
}

}  // namespace cairn::comparison
