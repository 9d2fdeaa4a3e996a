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

/// `alike`: of so many runs, where resampling found no spread and the interval has no width.
Json as_json(const Estimate& estimate) {
  Json out = {{"value", estimate.value}, {"low", estimate.interval.low}, {"high", estimate.interval.high}};
  if (estimate.spreadless()) out["alike"] = estimate.alike;
  return out;
}
Json as_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// Of a setting's scores: what 1 is.
const char* reference_name(const Scale& scale) {
  return scale.has_threshold ? "threshold" : "best";
}

std::string as_cell(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

std::string summary_table(const Findings& findings) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  std::string out =
      "task,agent,optimizer,mean_return,mean_return_low,mean_return_high,final_return,final_return_low,"
      "final_return_high,area_gap,area_gap_low,area_gap_high,final_gap,final_gap_low,final_gap_high,final_success,"
      "final_success_low,final_success_high,solved,runs,solved_low,solved_high,median_steps,failed,normalised_by\n";
  for (std::size_t s = 0; s < analysis.cells.size(); ++s)
    for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
      const Cell& cell = analysis.cells[s][a];
      const Scale& scale = analysis.scales[s];
      out += fmt::format("{},{},{}", quoted(matrix.workloads[s].task), quoted(matrix.workloads[s].agent),
                         quoted(matrix.arms[a].name()));
      for (const Estimate& one : {cell.mean_return, cell.final_return, cell.area_gap, cell.last_gap, cell.last_success})
        out += fmt::format(",{},{},{}", one.value, one.interval.low, one.interval.high);
      const auto judged = [&](auto value) { return scale.has_threshold ? fmt::format("{}", value) : ""; };
      out +=
          fmt::format(",{},{},{},{},{},{},{}\n", judged(cell.solved), cell.runs.size(), judged(cell.solved_share.low),
                      judged(cell.solved_share.high), as_cell(cell.median_steps), cell.failed, reference_name(scale));
    }
  return out;
}

/// `task,agent,optimizer,schedule,clip`, each as written; `own`: the agent's own clip.
std::string arm_cells(const Matrix& matrix, std::size_t s, std::size_t a) {
  const Workload& workload = matrix.workloads[s];
  const Arm& arm = matrix.arms[a];
  return fmt::format("{},{},{},{},{}", quoted(workload.task), quoted(workload.agent), quoted(arm.optimizer),
                     quoted(arm.schedule), quoted(arm.clip.empty() ? "own" : arm.clip));
}

using Rows = std::vector<std::string>;

/// `rows(run)`: what stands behind task, agent, optimizer, schedule, clip and seed in each row of that run.
std::string run_table(const Findings& findings, const std::string& head, Rows (*rows)(const RunResult&)) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  std::string out = "task,agent,optimizer,schedule,clip,seed," + head + "\n";
  for (std::size_t s = 0; s < analysis.cells.size(); ++s)
    for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
      const std::string arm = arm_cells(matrix, s, a);
      const std::vector<RunResult>& runs = analysis.cells[s][a].runs;
      for (std::size_t r = 0; r < runs.size(); ++r)
        for (const std::string& row : rows(runs[r])) out += fmt::format("{},{},{}\n", arm, r + 1, row);
    }
  return out;
}

Rows run_row(const RunResult& run) {
  return {fmt::format("{},{},{},{},{}", run.mean_return, run.final_return, run.last_success, as_cell(run.solved_at),
                      run.failed ? 1 : 0)};
}

Rows time_row(const RunResult& run) {
  return {fmt::format("{},{},{}", run.seconds, as_cell(run.solved_seconds), run.memory)};
}

/// One row an evaluation; none of failed runs, whose curves here are the worst of their setting.
Rows curve_rows(const RunResult& run) {
  Rows rows;
  for (std::size_t i = 0; !run.failed && i < run.steps.size(); ++i)
    rows.push_back(fmt::format("{},{},{}", run.steps[i], run.returns[i], run.success[i]));
  return rows;
}

std::string report_json(const Findings& findings) {
  const auto judged = [](bool has_threshold, auto value) { return has_threshold ? Json(value) : Json(nullptr); };
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
                                 {"judged", arm.judged},
                                 {"solved", judged(arm.judged > 0, arm.solved)},
                                 {"solved_low", judged(arm.judged > 0, arm.solved_share.low)},
                                 {"solved_high", judged(arm.judged > 0, arm.solved_share.high)},
                                 {"failed", arm.failed},
                                 {"state_per_parameter", arm.state_per_parameter}});
  }
  for (std::size_t s = 0; s < analysis.cells.size(); ++s) {
    Json workload = {{"task", matrix.workloads[s].task},
                     {"agent", matrix.workloads[s].agent},
                     {"random", analysis.scales[s].random},
                     {"reference", analysis.scales[s].reference},
                     {"normalised_by", reference_name(analysis.scales[s])}};
    for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
      const Cell& cell = analysis.cells[s][a];
      workload["optimizers"].push_back({{"name", matrix.arms[a].name()},
                                        {"spec", cell.optimizer},
                                        {"mean_return", as_json(cell.mean_return)},
                                        {"final_return", as_json(cell.final_return)},
                                        {"area_gap", as_json(cell.area_gap)},
                                        {"final_gap", as_json(cell.last_gap)},
                                        {"final_success", as_json(cell.last_success)},
                                        {"solved", judged(analysis.scales[s].has_threshold, cell.solved)},
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
  agents::write_file(folder / "runs.csv",
                     run_table(findings, "mean_return,final_return,final_success,solved_at_steps,failed", run_row));
  agents::write_file(folder / "curves.csv", run_table(findings, "steps,return,success", curve_rows));
  agents::write_file(folder / "times.csv", run_table(findings, "seconds,seconds_to_threshold,memory_mib", time_row));
}

}  // namespace cairn::comparison
