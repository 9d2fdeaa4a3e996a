// The sections with results: summary, intervals, workload by workload, and what tuning brought.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

#include "apps/comparison/report_parts.h"
#include "render/drawing/ticks.h"

namespace cairn::comparison::report_parts {

namespace {

using render::short_number;
using Kind = Block::Kind;

constexpr int profile_points = 61, band_seeds = 10;
constexpr std::size_t exact_profile = 120;  // runs
constexpr Resampling for_charts{.resamples = 500};

std::string units(const Estimate& estimate) {
  if (std::isnan(estimate.interval.low)) return short_number(estimate.value);
  if (estimate.spreadless()) return fmt::format("{} ({})", short_number(estimate.value), alike_text(estimate));
  return fmt::format("{} [{}, {}]", short_number(estimate.value), short_number(estimate.interval.low),
                     short_number(estimate.interval.high));
}

}  // namespace

Section summary(const Findings& findings) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  Section section{"summary", "Summary"};
  if (const std::string warning = exploratory(matrix); !warning.empty())
    section.blocks.push_back({.kind = Kind::banner, .text = warning});
  if (analysis.made_by.size() > 1)
    section.blocks.push_back(
        {.kind = Kind::banner,
         .text = "**Mixed origin.** Different builds or machines made these runs; see Configuration."});
  section.blocks.push_back(
      {.text = scale_text(matrix) +
               " **Area** is the mean score over the whole run, so it rewards learning early; **final** is that of the "
               "last tenth of the "
               "evaluations. **Gap** (optimality gap): by how much runs fall short of 1 on average, where no run makes "
               "up for another; lower is better. Brackets are 95 % intervals. Verdicts rest on area alone, chosen "
               "beforehand."});
  Block table{.kind = Kind::table,
              .rows = {{{"optimizer"},
                        {"area, IQM"},
                        {"area, mean"},
                        {"final, IQM"},
                        {"final, mean"},
                        {"final, gap"},
                        {"runs that solved"},
                        {"failed"}}}};
  for (const std::size_t a : ranked(analysis)) {
    const Overall& arm = analysis.arms[a];
    table.rows.push_back({{matrix.arms[a].name(), "strong"},
                          {score(arm.area_iqm)},
                          {score(arm.area_mean)},
                          {score(arm.last_iqm)},
                          {score(arm.last_mean)},
                          {score(arm.last_gap)},
                          {solved_of(arm.solved, arm.judged, arm.solved_share)},
                          {std::to_string(arm.failed), arm.failed > 0 ? "worse" : "quiet"}});
  }
  const bool judged = analysis.arms.front().judged > 0;
  table.text =
      fmt::format("Over {} and {} each. {}Failed runs count as the worst score of their setting.",
                  count_of(matrix.workloads.size(), "setting"), count_of(matrix.seeds, "seed"),
                  judged ? fmt::format("A run solved when one of its evaluations ({}) reached its task's threshold. ",
                                       count_of(matrix.episodes, "greedy episode"))
                         : "");
  section.blocks.push_back(table);
  return section;
}

Section verdicts(const Findings& findings) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  Section section{"verdicts", "What can be said"};
  Block list{.kind = Kind::list};
  for (const std::size_t a : ranked(analysis)) {
    std::vector<std::string> better, worse, open;
    for (const std::size_t b : ranked(analysis))
      if (a != b)
        (analysis.pairs[a][b].difference == Difference::better  ? better
         : analysis.pairs[a][b].difference == Difference::worse ? worse
                                                                : open)
            .push_back(matrix.arms[b].name());
    std::vector<std::string> parts;
    const auto add = [&](const char* what, const std::vector<std::string>& names, const char* everyone) {
      if (names.empty()) return;
      const bool all = names.size() > 1 && names.size() + 1 == matrix.arms.size();
      parts.push_back(fmt::format("{} {}", what, all ? everyone : fmt::format("{}", fmt::join(names, "; "))));
    };
    add("better than", better, "all others");
    add(better.empty() ? "worse than" : "Worse than", worse, "all others");
    add(better.empty() && worse.empty() ? "not distinguishable from" : "Not distinguishable from", open, "any other");
    if (!parts.empty()) list.items.push_back(fmt::format("**{}**: {}.", matrix.arms[a].name(), fmt::join(parts, ". ")));
  }
  if (!list.items.empty()) section.blocks.push_back(list);
  const std::size_t pairs = matrix.arms.size() * (matrix.arms.size() - 1) / 2;
  if (const std::string sentence = too_few(matrix, pairs, "pair"); !sentence.empty())
    section.blocks.push_back({.text = sentence});
  return section;
}

Section intervals(const Findings& findings, Gallery& gallery) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  Section section{"intervals", "Intervals and profiles"};
  IntervalChart area{.title = "Area, all settings", .label = "IQM of the score, 95 % interval", .rows = {}};
  IntervalChart last{.title = "Final return, all settings", .label = "IQM of the score, 95 % interval", .rows = {}};
  for (const std::size_t a : ranked(analysis)) {
    area.rows.push_back({matrix.arms[a].name(), analysis.arms[a].area_iqm, color_of(matrix, a)});
    last.rows.push_back({matrix.arms[a].name(), analysis.arms[a].last_iqm, color_of(matrix, a)});
  }
  gallery.add("area", "Interquartile means of the area with 95 % intervals", area);
  gallery.add("final", "Interquartile means of the final return with 95 % intervals", last);

  render::Chart profile = empty_chart("Performance profile", "score of area");
  profile.y = {.label = "share of runs above", .low = 0, .high = 1};
  std::vector<double> all;
  for (const Overall& arm : analysis.arms)
    for (const std::vector<double>& stratum : arm.areas) all.insert(all.end(), stratum.begin(), stratum.end());
  std::ranges::sort(all);
  const double low = all.size() <= exact_profile ? all.front() : quantile(all, 0.02), high = all.back();
  std::vector<double> thresholds;
  if (all.size() <= exact_profile) {  // where there are few runs, exactly where each of them drops out
    thresholds.assign(1, low);
    std::ranges::unique_copy(all, std::back_inserter(thresholds));
  } else {
    for (int i = 0; i < profile_points; ++i) thresholds.push_back(low + (high - low) * i / (profile_points - 1));
  }
  for (std::size_t a = 0; a < analysis.arms.size(); ++a) {
    render::Series series = line_of(matrix, a);
    const auto shares = performance_profile(analysis.arms[a].areas, thresholds, for_charts);
    for (std::size_t i = 0; i < shares.size(); ++i)
      for (const std::size_t end :
           {i, std::min(i + 1, shares.size() - 1)}) {  // a step: it falls where a run's score is
        series.x.push_back(thresholds[end]);
        series.y.push_back(shares[i].value);
        if (matrix.seeds < band_seeds) continue;  // a band about a few steps is a few rectangles
        series.low.push_back(shares[i].interval.low);
        series.high.push_back(shares[i].interval.high);
      }
    profile.series.push_back(series);
  }
  gallery.add("profile", "Share of runs whose score exceeds each threshold", profile);
  if (analysis.arms.front().judged > 0) {
    IntervalChart solved{.title = "Runs that solved", .label = "share, Wilson's 95 % interval", .rows = {}};
    for (const std::size_t a : ranked(analysis)) {
      const Overall& arm = analysis.arms[a];
      solved.rows.push_back({matrix.arms[a].name(),
                             {static_cast<double>(arm.solved) / arm.judged, arm.solved_share},
                             color_of(matrix, a)});
    }
    gallery.add("solved", "Share of runs that solved their task, with Wilson's intervals", solved);
  }
  section.blocks.push_back(gallery.take());

  section.blocks.push_back({.kind = Kind::heading, .text = "Probability of improvement"});
  Block table{.kind = Kind::table, .rows = {{{"row against column"}}}};
  const std::vector<std::size_t> order = ranked(analysis);
  for (const std::size_t b : order) table.rows[0].push_back({matrix.arms[b].name()});
  for (const std::size_t a : order) {
    TableRow row{{matrix.arms[a].name(), "strong"}};
    for (const std::size_t b : order) {
      const Pair& pair = analysis.pairs[a][b];
      if (a == b)
        row.push_back({"·", "quiet"});
      else
        row.push_back({fmt::format("{} p {:.2g}", score(pair.improvement), pair.adjusted),
                       pair.difference == Difference::better  ? "better"
                       : pair.difference == Difference::worse ? "worse"
                                                              : "quiet"});
    }
    table.rows.push_back(row);
  }
  table.text = fmt::format(
      "The chance that a run of the row's optimizer scores higher than one of the column's in the same setting, with a "
      "95 % "
      "interval; p by shuffling runs, Holm-corrected for {}. Coloured where p < {}: better or worse; all "
      "others are "
      "not distinguishable.",
      count_of(order.size() * (order.size() - 1) / 2, "pair"), significance);
  section.blocks.push_back(table);
  return section;
}

Section curves(const Findings& findings, Gallery& gallery) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  Section section{"curves", "Learning curves"};
  for (std::size_t s = 0; s < matrix.workloads.size(); ++s) {
    const std::string name = matrix.workloads[s].name();
    const Scale& scale = analysis.scales[s];
    render::Chart curves = empty_chart(name, "environment steps");
    curves.x.low = 0;
    curves.y.label = "return";
    if (scale.has_threshold) curves.reference_lines.push_back({.at = scale.reference, .label = "solved"});
    Exploring exploring{.seeds = {}, .smooth = true};
    double lowest = std::numeric_limits<double>::infinity();
    for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
      const Cell& cell = analysis.cells[s][a];
      render::Series curve = line_of(matrix, a);
      for (std::size_t i = 0;; ++i) {
        Strata at(1);
        for (const RunResult& run : cell.runs)
          if (i < run.returns.size()) at[0].push_back(run.returns[i]), curve.x.resize(i + 1, run.steps[i]);
        if (at[0].empty()) break;
        const Estimate point = bootstrap_iqm(at, for_charts);
        curve.y.push_back(point.value);
        curve.low.push_back(point.interval.low);
        curve.high.push_back(point.interval.high);
        lowest = std::min(lowest, point.value);
      }
      curves.series.push_back(curve);
      std::vector<render::Series>& seeds = exploring.seeds.emplace_back();
      for (const RunResult& run : cell.runs) seeds.push_back({.x = run.steps, .y = run.returns});
    }
    // A rule that diverges must not flatten the others: far below random is cut off.
    const double span = scale.reference - scale.random;
    if (lowest < scale.random - span) curves.y.low = scale.random - span;
    gallery.add(slug(name) + "-curves", "Learning curves in " + name + ": IQM over seeds with 95 % band", curves,
                exploring);
  }
  section.blocks.push_back(gallery.take());
  section.blocks.push_back({.text = "Interquartile means over seeds with 95 % bands."});
  return section;
}

Section workloads(const Findings& findings, Gallery& gallery) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  Section section{"settings", "Setting by setting"};
  for (std::size_t s = 0; s < matrix.workloads.size(); ++s) {
    const Workload& workload = matrix.workloads[s];
    const Scale& scale = analysis.scales[s];
    const RunLengths lengths(analysis.cells[s]);
    section.blocks.push_back({.kind = Kind::heading, .text = workload.name()});
    IntervalChart bars{.title = "Mean return over the run", .label = "IQM, 95 % interval", .rows = {}};
    Block table{.kind = Kind::table,
                .text = fmt::format(
                    "{} steps with {} evaluations; random actions get {}, {} {}. {}", lengths.steps,
                    lengths.evaluations, short_number(scale.random),
                    scale.has_threshold ? "solved is" : "the best run's final return is", short_number(scale.reference),
                    scale.has_threshold ? "Steps to solve: the median, runs that never do counted as later "
                                          "than any."
                                        : "The task has no threshold: scores are normalised by random and "
                                          "best, and no run counts as solved or not."),
                .rows = {{{"optimizer"},
                          {"mean return, IQM"},
                          {"final return, IQM"},
                          {"final success"},
                          {"runs that solved"},
                          {"steps to solve"},
                          {"failed"}}}};
    std::vector<std::size_t> order(matrix.arms.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, std::ranges::greater{},
                             [&](std::size_t a) { return analysis.cells[s][a].mean_return.value; });
    for (const std::size_t a : order) {
      const Cell& cell = analysis.cells[s][a];
      bars.rows.push_back({matrix.arms[a].name(), cell.mean_return, color_of(matrix, a)});
      table.rows.push_back(
          {{matrix.arms[a].name(), "strong"},
           {units(cell.mean_return)},
           {units(cell.final_return)},
           {percent(cell.last_success)},
           {solved_of(cell.solved, scale.has_threshold ? static_cast<int>(cell.runs.size()) : 0, cell.solved_share)},
           !scale.has_threshold ? TableCell{"no threshold", "quiet"}
           : cell.median_steps  ? TableCell{short_number(*cell.median_steps)}
                                : TableCell{"> " + short_number(static_cast<double>(workload.steps)), "quiet"},
           {std::to_string(cell.failed), cell.failed > 0 ? "worse" : "quiet"}});
    }
    const std::string name = slug(workload.name());
    gallery.add(name + "-returns", "Mean return over the run in " + workload.name(), bars);
    section.blocks.push_back(gallery.take());
    section.blocks.push_back(table);
    for (std::size_t a = 0; a < matrix.arms.size(); ++a)
      for (std::size_t r = 0; r < analysis.cells[s][a].runs.size(); ++r)
        if (const RunResult& run = analysis.cells[s][a].runs[r]; run.failed)
          section.blocks.push_back(
              {.text = fmt::format("**Failed:** {} with seed {}. {} Log: {}", matrix.arms[a].name(), r + 1, run.failure,
                                   run.log.lexically_relative(gallery.folder().parent_path()).string())});
  }
  return section;
}

Section gains_section(const Findings& findings, Gallery& gallery) {
  const Matrix& matrix = findings.matrix;
  const Analysis &tuned = findings.analysis, &untuned = *findings.untuned;
  Section section{"gains", "What tuning brought"};
  section.blocks.push_back(
      {.text =
           "Each optimizer as it is written beside itself tuned, on the same reported seeds and scored by one "
           "measure. Differences are tuned less untuned, resampled by seed; where no trial was better than the "
           "optimizer as written, both are the same runs. Verdicts say what the tuned one is, by area and the same "
           "test as all others: it counts in how many settings and pairs of runs the tuned one is ahead, not by how "
           "much, so a loss in one setting can move a difference without a verdict."});
  Block table{.kind = Kind::table,
              .text = fmt::format("IQM of the score over all settings, with 95 % intervals; p Holm-corrected for {}.",
                                  count_of(matrix.arms.size(), "comparison")),
              .rows = {{{"optimizer"}, {"score"}, {"untuned"}, {"tuned"}, {"difference"}, {"tuned is"}, {"p"}}}};
  IntervalChart area{.title = "What tuning brought, area",
                     .label = "difference of IQMs, 95 % interval",
                     .rows = {},
                     .reference_lines = {{.at = 0, .vertical = true}}};
  IntervalChart last = area;
  last.title = "What tuning brought, final return";
  for (const std::size_t a : ranked(tuned)) {
    const Gain& gain = findings.gains[a];
    const std::string verdict(to_string(gain.pair.difference));
    const bool open = gain.pair.difference == Difference::not_distinguishable;
    table.rows.push_back({{matrix.arms[a].name(), "strong"},
                          {"area"},
                          {score(untuned.arms[a].area_iqm)},
                          {score(tuned.arms[a].area_iqm)},
                          {signed_score(gain.area)},
                          {verdict, open ? "quiet" : verdict},
                          {fmt::format("{:.2g}", gain.pair.adjusted), "quiet"}});
    table.rows.push_back({{matrix.arms[a].name(), "strong"},
                          {"final"},
                          {score(untuned.arms[a].last_iqm)},
                          {score(tuned.arms[a].last_iqm)},
                          {signed_score(gain.last)},
                          {"–", "quiet"},
                          {"–", "quiet"}});
    area.rows.push_back({matrix.arms[a].name(), gain.area, color_of(matrix, a)});
    last.rows.push_back({matrix.arms[a].name(), gain.last, color_of(matrix, a)});
  }
  section.blocks.push_back(table);
  if (const std::string sentence = too_few(matrix, matrix.arms.size(), "comparison"); !sentence.empty())
    section.blocks.push_back({.text = sentence});
  gallery.add("gain-area", "Difference of the area's interquartile means, tuned less untuned, with 95 % intervals",
              area);
  gallery.add("gain-final", "Likewise of the final return", last);
  section.blocks.push_back(gallery.take());
  return section;
}

}  // namespace cairn::comparison::report_parts
