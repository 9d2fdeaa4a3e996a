// The section that says why rules do what they do: gradients, steps and what becomes of the networks.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "agents/training/representation.h"
#include "apps/comparison/report_parts.h"

namespace cairn::comparison::report_parts {

namespace {

using Kind = Block::Kind;

constexpr double least_reach = 0.1;  // of an axis that begins at 0: where all values are 0 there is still an axis

/// What a run's tables say over its steps.
struct Curve {
  const std::vector<double>*steps = nullptr, *values = nullptr;  ///< null: this run does not say
};

/// A line an arm: medians over seeds, where any says something.
template <class CurveOf>
std::vector<render::Series> median_lines(const Matrix& matrix, const std::vector<Cell>& cells, CurveOf&& curve_of) {
  std::vector<render::Series> lines;
  for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
    render::Series series = line_of(matrix, a);
    for (std::size_t i = 0;; ++i) {
      std::vector<double> at;
      for (const RunResult& run : cells[a].runs)
        if (const Curve curve = curve_of(run); curve.values != nullptr && i < curve.values->size())
          at.push_back((*curve.values)[i]), series.x.resize(i + 1, (*curve.steps)[i]);
      if (at.empty()) break;
      std::ranges::sort(at);
      series.y.push_back(quantile(at, 0.5));
    }
    lines.push_back(series);
  }
  return lines;
}

}  // namespace

Section diagnostics(const Findings& findings, Gallery& gallery) {
  const Matrix& matrix = findings.matrix;
  Section section{"diagnostics", "Diagnostics"};
  section.blocks.push_back(
      {.text = "Gradient norm: before clipping, mean of an iteration's updates. Effective step: the length of an "
               "iteration's first update over that of the parameters. Medians over seeds."});
  const auto add = [&](const std::string& file, const std::string& title, const std::string& workload, bool log,
                       std::vector<render::Series> lines) {
    render::Chart chart = empty_chart(fmt::format("{}, {}", title, workload), "environment steps");
    chart.x.low = 0;
    chart.y.log = log;
    if (!log) {
      chart.y.low = 0, chart.y.high = least_reach;
      for (const render::Series& line : lines)
        for (const double value : line.y) chart.y.high = std::max(*chart.y.high, 1.05 * value);
    }
    chart.series = std::move(lines);
    gallery.add(slug(workload) + "-" + file, fmt::format("{} in {}", title, workload), chart);
  };
  struct Column {
    const char *name, *title;
    std::vector<double> RunResult::*values;
  };
  for (const Column& column : {Column{"gradients", "Gradient norm", &RunResult::gradient_norm},
                               Column{"steps", "Effective step", &RunResult::update_to_weight}})
    for (std::size_t s = 0; s < matrix.workloads.size(); ++s)
      add(column.name, column.title, matrix.workloads[s].name(), true,
          median_lines(matrix, findings.analysis.cells[s], [&](const RunResult& run) {
            return Curve{&run.progress_steps, &(run.*column.values)};
          }));
  section.blocks.push_back(gallery.take());

  std::vector<Block> tables;
  for (std::size_t s = 0; s < matrix.workloads.size(); ++s) {
    const std::vector<Cell>& cells = findings.analysis.cells[s];
    const std::string workload = matrix.workloads[s].name();
    std::set<std::string> names;
    for (const Cell& cell : cells)
      for (const auto& [name, value] : cell.networks) names.insert(name);
    if (names.empty()) continue;
    Block table{.kind = Kind::table,
                .text = fmt::format("At the last evaluation in {}; medians over seeds.", workload),
                .rows = {{{"optimizer"}}}};
    for (const Arm& arm : matrix.arms) table.rows.push_back({{arm.name(), "strong"}});
    for (const std::string& name : names) {
      const bool share = name.ends_with("dead_units");
      const std::string title =
          fmt::format("{}, {}", share ? "Dead units" : "Effective rank", name.substr(0, name.find('/')));
      table.rows[0].push_back({title});
      for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
        const auto found = cells[a].networks.find(name);
        table.rows[a + 1].push_back(found == cells[a].networks.end() ? TableCell{"–", "quiet"}
                                    : share                          ? TableCell{percent(found->second)}
                                                                     : TableCell{fmt::format("{:g}", found->second)});
      }
      add(slug(name), title, workload, false, median_lines(matrix, cells, [&](const RunResult& run) {
            const auto found = run.networks.find(name);
            return found == run.networks.end() ? Curve{} : Curve{&run.network_steps, &found->second};
          }));
    }
    tables.push_back(table);
  }
  if (tables.empty()) return section;
  section.blocks.push_back({.kind = Kind::heading, .text = "What the networks have left to learn with"});
  section.blocks.push_back(
      {.text = fmt::format(
           "Over {} observations of each evaluation, drawn at random. Dead units: share of all hidden units that let "
           "next to no gradient through for any of them (ReLU: 0 throughout; tanh: beyond ±0.99 throughout). Effective "
           "rank: how many singular values of the last hidden layer's features make up 99 % of their sum (Kumar et al. "
           "2021). Medians over seeds.",
           agents::representation_batch)});
  section.blocks.push_back(gallery.take());
  section.blocks.insert(section.blocks.end(), tables.begin(), tables.end());
  return section;
}

}  // namespace cairn::comparison::report_parts
