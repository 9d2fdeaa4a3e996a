#include "apps/suite/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "agents/archive/atomic_file.h"
#include "apps/command_line/json.h"
#include "apps/comparison/charts.h"
#include "apps/comparison/document.h"
#include "apps/comparison/report_parts.h"
#include "render/drawing/ticks.h"

namespace cairn::suite {

namespace {

using comparison::Block;
using comparison::Document;
using comparison::Estimate;
using comparison::Section;
using comparison::TableRow;
using Kind = Block::Kind;
using apps::Json;

/// `94 % [88–97]`, or `100 % (all 10 runs alike)`.
std::string share(const Estimate& estimate, bool with_sign = false) {
  const double points = 100 * estimate.value;
  std::string value = with_sign ? fmt::format("{:+.0f} %", points) : fmt::format("{:.0f} %", points);
  if (std::isnan(estimate.interval.low)) return value;
  if (estimate.spreadless()) return fmt::format("{} ({})", value, comparison::alike_text(estimate));
  return fmt::format("{} [{:.0f}–{:.0f}]", value, 100 * estimate.interval.low, 100 * estimate.interval.high);
}

std::string steps_text(std::optional<double> steps) {
  return steps ? render::short_number(*steps) : "–";
}

std::string outcome(const Cell& cell) {
  if (!cell.as_expected) return "";
  if (cell.entry.expected == Expectation::solves) return *cell.as_expected ? "solves" : "does not solve";
  return *cell.as_expected ? "fails beside " + cell.entry.rival : "does not fail beside " + cell.entry.rival;
}

std::vector<std::string> distinct(const std::vector<Cell>& cells, std::string Entry::*name) {
  std::vector<std::string> names;
  for (const Cell& cell : cells)
    if (std::ranges::find(names, cell.entry.*name) == names.end()) names.push_back(cell.entry.*name);
  return names;
}

/// Worlds in rows, methods in columns: what a reader looks for first.
Section overview(const std::vector<Cell>& cells, const Facts& facts) {
  Section section{"overview", "Who solves what"};
  if (facts.quick)
    section.blocks.push_back({.kind = Kind::banner,
                              .text = "**Exploratory**: two seeds, a tenth of the budgets. Read it for whether the "
                                      "suite runs here, not for what solves what."});
  Block table{.kind = Kind::table,
              .text =
                  "Success of the last policy in 100 fresh episodes, interquartile mean over seeds. Strong: at "
                  "least 80 %. Empty: not among the suite's pairs.",
              .rows = {{{"world"}}}};
  const std::vector<std::string> worlds = distinct(cells, &Entry::world), methods = distinct(cells, &Entry::method);
  for (const std::string& method : methods) table.rows[0].push_back({method});
  for (const std::string& world : worlds) {
    TableRow row{{world, "strong"}};
    for (const std::string& method : methods) {
      const auto cell = std::ranges::find_if(
          cells, [&](const Cell& one) { return one.entry.world == world && one.entry.method == method; });
      if (cell == cells.end())
        row.push_back({"", "quiet"});
      else
        row.push_back(
            {fmt::format("{:.0f} %", 100 * cell->success.value), cell->success.value >= solved ? "better" : ""});
    }
    table.rows.push_back(row);
  }
  section.blocks.push_back(table);
  return section;
}

Section world_section(const std::string& world, const std::vector<Cell>& cells,
                      comparison::report_parts::Gallery& gallery) {
  Section section{comparison::report_parts::slug(world), world};
  Block table{.kind = Kind::table,
              .text = "First success: environment steps at which training had seen one, median over seeds.",
              .rows = {{{"method"},
                        {"steps"},
                        {"success, IQM"},
                        {"first success"},
                        {"solver less this"},
                        {"as expected"},
                        {"published"},
                        {"failed runs"}}}};
  comparison::IntervalChart chart{.title = "Success in " + world, .label = "IQM, 95 % interval"};
  int color = 0;
  for (const Cell& cell : cells) {
    if (cell.entry.world != world) continue;
    const auto failed = std::ranges::count_if(cell.runs, &Run::failed);
    const char* style = !cell.as_expected ? "quiet" : *cell.as_expected ? "better" : "worse";
    table.rows.push_back({{cell.entry.method, "strong"},
                          {render::short_number(static_cast<double>(cell.entry.steps))},
                          {share(cell.success)},
                          {steps_text(cell.first_success)},
                          {cell.difference ? share(*cell.difference, true) : ""},
                          {outcome(cell), style},
                          {cell.entry.published, "quiet"},
                          {std::to_string(failed), failed > 0 ? "worse" : "quiet"}});
    chart.rows.push_back({cell.entry.method, cell.success, color++});
  }
  gallery.add(comparison::report_parts::slug(world), "Success in " + world + " by method", chart);
  section.blocks.push_back(table);
  section.blocks.push_back(gallery.take());
  return section;
}

Section method_section(const std::vector<Cell>& cells, const Facts& facts) {
  Section section{"method", "How it was made"};
  section.blocks.push_back(
      {.text = fmt::format("Version {}. A method solves a world where the interquartile mean over {} of its success is "
                           "at least 80 %. A method that must fail is compared with the one that solves the world by "
                           "pairs of runs with the same seed: the interval of the difference must lie above 0. "
                           "Intervals are 95 % bootstraps over seeds.",
                           version, comparison::report_parts::count_of(facts.seeds, "seed"))});
  section.blocks.push_back({.kind = Kind::code, .text = facts.command});
  section.blocks.push_back({.kind = Kind::list, .items = facts.made_by});
  Block commands{.kind = Kind::list};
  for (const Cell& cell : cells) {
    std::string line = fmt::format("**{}, {}**: cairn train", cell.entry.world, cell.entry.method);
    for (const auto& [name, value] : cell.entry.options) line += fmt::format(" --{} {}", name, value);
    commands.items.push_back(line + fmt::format(" --steps {}", cell.entry.steps));
  }
  section.blocks.push_back(commands);
  return section;
}

/// All that depends on the clock.
Section times(const std::vector<Cell>& cells) {
  Section section{"times", "Time"};
  double seconds = 0;
  for (const Cell& cell : cells)
    for (const Run& run : cell.runs) seconds += run.seconds;
  section.blocks.push_back({.text = fmt::format("{:.2f} core-hours of collecting and learning.", seconds / 3600)});
  return section;
}

std::string quoted(const std::string& text) {
  return '"' + text + '"';
}

std::string cells_table(const std::vector<Cell>& cells) {
  std::string out =
      "world,method,steps,runs,success,success_low,success_high,first_success,expected,as_expected,difference,"
      "difference_low,difference_high,failed\n";
  for (const Cell& cell : cells) {
    const auto number = [](std::optional<double> value) {
      return value && std::isfinite(*value) ? fmt::format("{}", *value) : std::string();
    };
    const auto of = [&](double Estimate::*value) {
      return cell.difference ? number((*cell.difference).*value) : std::string();
    };
    out += fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", quoted(cell.entry.world), quoted(cell.entry.method),
        cell.entry.steps, cell.runs.size(), cell.success.value, number(cell.success.interval.low),
        number(cell.success.interval.high), number(cell.first_success), to_string(cell.entry.expected),
        cell.as_expected ? (*cell.as_expected ? "1" : "0") : "", of(&Estimate::value),
        cell.difference ? number(cell.difference->interval.low) : "",
        cell.difference ? number(cell.difference->interval.high) : "", std::ranges::count_if(cell.runs, &Run::failed));
  }
  return out;
}

std::string runs_table(const std::vector<Cell>& cells) {
  std::string out = "world,method,seed,steps,success,return,first_success,failed\n";
  for (const Cell& cell : cells)
    for (const Run& run : cell.runs)
      out += fmt::format("{},{},{},{},{},{},{},{}\n", quoted(cell.entry.world), quoted(cell.entry.method), run.seed,
                         cell.entry.steps, run.success, run.mean_return,
                         run.first_success ? fmt::format("{}", *run.first_success) : "", run.failed ? 1 : 0);
  return out;
}

Json interval_json(const Estimate& estimate) {
  const auto end = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  return {{"value", estimate.value}, {"low", end(estimate.interval.low)}, {"high", end(estimate.interval.high)}};
}

std::string report_json(const std::vector<Cell>& cells, const Facts& facts) {
  Json out = {{"suite", version},         {"seeds", facts.seeds},     {"quick", facts.quick},
              {"command", facts.command}, {"made_by", facts.made_by}, {"cells", Json::array()}};
  for (const Cell& cell : cells)
    out["cells"].push_back({{"world", cell.entry.world},
                            {"method", cell.entry.method},
                            {"steps", cell.entry.steps},
                            {"success", interval_json(cell.success)},
                            {"first_success", cell.first_success ? Json(*cell.first_success) : Json(nullptr)},
                            {"expected", to_string(cell.entry.expected)},
                            {"as_expected", cell.as_expected ? Json(*cell.as_expected) : Json(nullptr)},
                            {"difference", cell.difference ? interval_json(*cell.difference) : Json(nullptr)},
                            {"published", cell.entry.published}});
  return apps::indented(out);
}

}  // namespace

void write_report(const std::vector<Cell>& cells, const Facts& facts, const std::filesystem::path& folder) {
  const std::filesystem::path charts = folder / "charts";
  std::filesystem::create_directories(charts);
  comparison::report_parts::Gallery gallery(charts);
  const std::vector<std::string> worlds = distinct(cells, &Entry::world);
  Document document{.title = "Which method solves which world",
                    .subtitle = fmt::format("{}{}: {}, {}.", version, facts.quick ? ", quick" : "",
                                            comparison::report_parts::count_of(worlds.size(), "world"),
                                            comparison::report_parts::count_of(facts.seeds, "seed"))};
  document.sections.push_back(overview(cells, facts));
  for (const std::string& world : worlds) document.sections.push_back(world_section(world, cells, gallery));
  document.sections.push_back(method_section(cells, facts));
  document.sections.push_back(times(cells));
  agents::write_file(folder / "report.html", comparison::to_html(document, charts));
  agents::write_file(folder / "report.md", comparison::to_markdown(document, "charts"));
  agents::write_file(folder / "report.json", report_json(cells, facts));
  agents::write_file(folder / "cells.csv", cells_table(cells));
  agents::write_file(folder / "runs.csv", runs_table(cells));
}

std::string to_text(const std::vector<Cell>& cells) {
  std::size_t world = 5, method = 6;
  for (const Cell& cell : cells) {
    world = std::max(world, cell.entry.world.size());
    method = std::max(method, cell.entry.method.size());
  }
  std::string text = fmt::format("{:{}}  {:{}}  {:>6}  {:24}  {}\n", "world", world, "method", method, "steps",
                                 "success, IQM [95 %]", "as expected");
  for (const Cell& cell : cells)
    text +=
        fmt::format("{:{}}  {:{}}  {:>6}  {:24}  {}\n", cell.entry.world, world, cell.entry.method, method,
                    render::short_number(static_cast<double>(cell.entry.steps)), share(cell.success), outcome(cell));
  return text;
}

}  // namespace cairn::suite
