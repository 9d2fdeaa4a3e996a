// The sections about method: tuning, configuration, statistics, time and memory.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "apps/comparison/report_parts.h"
#include "render/drawing/ticks.h"

namespace cairn::comparison::report_parts {

namespace {

using render::short_number;
using Kind = Block::Kind;

constexpr int coverage_below = 20;  // seeds from which intervals cover what they say

/// The least curve above the values that rises to their peak and falls after it: at each place the best that this place
/// or one farther from the peak has.
std::vector<double> envelope(std::vector<double> values) {
  const auto peak = std::ranges::max_element(values);
  const auto larger = [](double a, double b) { return std::max(a, b); };
  std::partial_sum(values.begin(), peak, values.begin(), larger);
  std::partial_sum(values.rbegin(), std::make_reverse_iterator(peak), values.rbegin(), larger);
  return values;
}

}  // namespace

Section tuning_section(const Findings& findings, Gallery& gallery) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  const std::optional<TuningResult>& tuning = findings.tuning;
  const std::optional<Analysis>& best = findings.best_per_workload;
  Section section{"tuning", "Tuning"};
  section.blocks.push_back(
      {.text =
           fmt::format("Every optimizer had {} on {} ({} onwards; the reported seeds are others){}. "
                       "Trial 0 is the optimizer as written, the others are Halton points in its space. The reported "
                       "configuration is the best by the mean over all settings.",
                       count_of(matrix.tuning.trials, "trial"), count_of(matrix.tuning.seeds, "selection seed"),
                       first_selection_seed, matrix.tuning.halving ? ", halved after each seed" : "") +
           (analysis.arms.empty() ? " " + scale_text(matrix) : "")});
  Block table{.kind = Kind::table, .rows = {{{"optimizer"}, {"chosen for all settings"}, {"selection score"}}}};
  for (const Workload& workload : matrix.workloads) table.rows[0].push_back({"best in " + workload.name()});
  Block spaces{.kind = Kind::list}, warnings{.kind = Kind::list};
  for (std::size_t a = 0; a < tuning->arms.size(); ++a) {
    const TunedArm& arm = tuning->arms[a];
    double sum = 0;
    for (const std::vector<double>& scores : arm.trials[arm.best_overall].scores) sum += mean(scores);
    TableRow row{{matrix.arms[a].name(), "strong"},
                 {arm.trials[arm.best_overall].optimizer},
                 {score(sum / static_cast<double>(matrix.workloads.size()))}};
    for (std::size_t s = 0; s < matrix.workloads.size(); ++s)
      row.push_back(
          {fmt::format("{} ({})", arm.trials[arm.best[s]].optimizer, score(mean(arm.trials[arm.best[s]].scores[s])))});
    table.rows.push_back(row);
    std::vector<std::string> dimensions;
    for (const Dimension& dimension : arm.space)
      dimensions.push_back(
          fmt::format("{} in [{:.3g}, {:.3g}]{}", dimension.key == "beta1" ? "beta1 (its momentum)" : dimension.key,
                      std::min(dimension.at(0), dimension.at(1)), std::max(dimension.at(0), dimension.at(1)),
                      dimension.below_one ? " (logarithm of the distance to 1)" : " (logarithmic)"));
    if (dimensions.empty()) dimensions.emplace_back("nothing of what trials were to vary, so one trial, as written");
    spaces.items.push_back(fmt::format("**{}**: {}", matrix.arms[a].name(), fmt::join(dimensions, ", ")));
    for (const std::string& warning : arm.warnings) warnings.items.push_back("**Border.** " + warning + ".");
  }
  section.blocks.push_back(table);
  if (!warnings.items.empty()) section.blocks.push_back(warnings);

  for (std::size_t s = 0; s < matrix.workloads.size(); ++s) {
    render::Chart chart = empty_chart("Rate sensitivity, " + matrix.workloads[s].name(), "learning rate");
    chart.x.log = true;
    chart.y.label = "score of area";
    for (std::size_t a = 0; a < tuning->arms.size(); ++a) {
      std::vector<std::pair<double, double>> points;
      for (const Trial& trial : tuning->arms[a].trials)
        if (!trial.scores[s].empty()) points.emplace_back(trial.rate, std::max(-1.0, mean(trial.scores[s])));
      std::ranges::sort(points);
      render::Series series = line_of(matrix, a);
      for (const auto& [rate, value] : points) series.x.push_back(rate), series.y.push_back(value);
      render::Series curve = series;
      curve.y = envelope(series.y);
      series.name.clear();
      series.width = 0;
      series.marker = 4;
      chart.series.push_back(series);
      chart.series.push_back(curve);
    }
    gallery.add("rates-" + slug(matrix.workloads[s].name()),
                "Score of every trial over its learning rate, and the best at a rate or one farther out", chart);
  }
  section.blocks.push_back(gallery.take());
  section.blocks.push_back(
      {.text = "Dots: trials, which differ in the other options too. Lines: the best that trials of such a rate, or of "
               "one farther from the best, came to. Scores below −1 are drawn at −1. The spaces:"});
  section.blocks.push_back(spaces);
  if (best) {
    section.blocks.push_back(
        {.kind = Kind::heading, .text = "One configuration for all beside the best of each setting"});
    Block both{
        .kind = Kind::table,
        .text =
            "On the reported seeds. IQM of the area over all settings; a large gap means that the optimizer needs "
            "tuning for each task.",
        .rows = {{{"optimizer"}, {"one for all"}, {"best of each setting"}}}};
    for (const std::size_t a : ranked(analysis))
      both.rows.push_back(
          {{matrix.arms[a].name(), "strong"}, {score(analysis.arms[a].area_iqm)}, {score(best->arms[a].area_iqm)}});
    section.blocks.push_back(both);
  }
  return section;
}

Section configuration(const Findings& findings) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  Section section{"configuration", "Configuration"};
  const std::vector<std::string> lines = commands(matrix);
  section.blocks.push_back(
      {.text = fmt::format("{} it all again, to the same report but for the times:",
                           lines.size() == 1 ? "This command makes" : "These commands, one after the other, make")});
  section.blocks.push_back({.kind = Kind::code, .text = fmt::format("{}", fmt::join(lines, "\n"))});
  Block made{.kind = Kind::list};
  for (const std::string& one : analysis.made_by) made.items.push_back(one);
  if (matrix.seeds > 0)
    made.items.push_back(fmt::format("{}: under every optimizer the same worlds and the same first weights",
                                     matrix.seeds == 1 ? "seed 1" : fmt::format("seeds 1 to {}", matrix.seeds)));
  made.items.push_back(settings_text(matrix));
  made.items.push_back(fmt::format("{}; {} in each evaluation, on worlds of their own",
                                   matrix.preset == "auto" ? "as many parallel worlds as the presets say"
                                                           : count_of(matrix.environments, "parallel world"),
                                   count_of(matrix.episodes, "greedy episode")));
  section.blocks.push_back(made);
  Block rules{.kind = Kind::table,
              .rows = {{{"optimizer"}, {"everything spelled out"}, {"schedule"}, {"clip"}, {"state per parameter"}}}};
  for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
    const Arm& arm = matrix.arms[a];
    const apps::RunPlan plan = plan_run(matrix, matrix.workloads.front(), arm, 1);
    rules.rows.push_back({{arm.name(), "strong"},
                          {plan.optimizer},
                          {plan.schedule},
                          {arm.clip.empty() ? "the agent's own" : plan.clip},
                          {analysis.arms.empty() ? "" : fmt::format("{:.3g}", analysis.arms[a].state_per_parameter)}});
  }
  section.blocks.push_back(rules);
  Block agents{
      .kind = Kind::table,
      .rows = {
          {{"setting"}, {"task"}, {"agent"}, {"its own clip"}, {"steps (asked for)"}, {"evaluations (asked for)"}}}};
  for (std::size_t s = 0; s < matrix.workloads.size(); ++s) {
    const Workload& workload = matrix.workloads[s];
    const apps::RunPlan plan = plan_run(matrix, workload, {matrix.arms.front().optimizer}, 1);
    const RunLengths lengths(analysis.cells.empty() ? std::vector<Cell>{} : analysis.cells[s]);
    agents.rows.push_back({{workload.name(), "strong"},
                           {plan.environment},
                           {plan.agent + (plan.bonus.empty() ? "" : " with --bonus " + plan.bonus)},
                           {plan.clip},
                           {fmt::format("{} ({})", lengths.steps, workload.steps)},
                           {fmt::format("{} ({})", lengths.evaluations, matrix.evaluations)}});
  }
  section.blocks.push_back(agents);
  return section;
}

Section method(const Findings& findings) {
  const int seeds = findings.matrix.seeds;
  Section section{"method", "How intervals and verdicts are made"};
  section.blocks.push_back(
      {.text = "Intervals: stratified bootstrap over runs (2,000 resamples), percentiles widened for small samples "
               "(Hesterberg 2015). Where resampling finds no spread, because runs of a setting came out alike, their "
               "number stands in the interval's place: the next run may be another. IQM: the mean of the middle half "
               "of all runs. Gap: the mean over all runs of 1 less "
               "the score, 0 where the score is above 1 (Agarwal et al. 2021). Verdicts: two-sided permutation test of "
               "the probability of improvement within settings (10,000 shuffles), Holm's correction over all pairs, "
               "level 5 %. Where in each setting one optimizer won every time, the interval is Newcombe's. Runs that "
               "solved: Wilson's "
               "interval over runs. Final success: the mean over runs, each the share of its episodes, with the same "
               "bootstrap over runs, because episodes of one run are not independent; where all runs have the same "
               "share, Wilson's over runs."});
  if (seeds == 1) {
    section.blocks.push_back({.text = "**One seed says nothing of another: there are no intervals here.**"});
  } else if (seeds < coverage_below) {
    Block table{
        .kind = Kind::table,
        .text = fmt::format("How often such intervals from {} runs contain the truth, measured on synthetic scores of "
                            "these shapes. Where it is below 92 %, take the intervals as too short.",
                            seeds),
        .rows = {{{"shape of the scores"}, {"IQM"}, {"mean"}}}};
    for (const Coverage& one : measured_coverage(seeds)) {
      const auto cell = [](double share) { return TableCell{percent(share), share < 0.92 ? "worse" : ""}; };
      table.rows.push_back({{std::string(one.shape)}, cell(one.iqm), cell(one.mean)});
    }
    section.blocks.push_back(table);
  } else {
    section.blocks.push_back(
        {.text = "From 20 seeds on, 95 % intervals of IQMs cover between 92 and 98 % on normal, skewed, "
                 "heavy-tailed, capped and two-heaped scores; a test of this program holds them to it."});
  }
  return section;
}

Section times(const Findings& findings, Gallery& gallery) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  Section section{"times", "Time and memory"};
  IntervalChart chart{.title = "Time of a run",
                      .label = "seconds, median of all runs",
                      .rows = {},
                      .reference_lines = {},
                      .bars = true};
  Block table{
      .kind = Kind::table,
      .text =
          "Seconds of collecting and learning on one thread, medians over seeds; workers shared the machine, so "
          "they are no benchmark. After the arrow, where the task has a threshold: seconds until solved, runs that "
          "never do counted as later than any. Memory: of the whole process, at most.",
      .rows = {{{"optimizer"}}}};
  for (const Workload& workload : matrix.workloads) table.rows[0].push_back({workload.name() + ", s"});
  table.rows[0].push_back({"memory, MiB"});
  for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
    TableRow row{{matrix.arms[a].name(), "strong"}};
    std::vector<double> everything;
    double memory = 0;
    for (std::size_t s = 0; s < analysis.cells.size(); ++s) {
      const std::vector<Cell>& workload = analysis.cells[s];
      std::vector<double> seconds;
      for (const RunResult& run : workload[a].runs) {
        if (!run.failed) seconds.push_back(run.seconds);
        memory = std::max(memory, run.memory);
      }
      everything.insert(everything.end(), seconds.begin(), seconds.end());
      std::ranges::sort(seconds);
      row.push_back({(seconds.empty() ? "–" : short_number(quantile(seconds, 0.5))) +
                     (!analysis.scales[s].has_threshold ? ""
                      : workload[a].median_seconds      ? " → " + short_number(*workload[a].median_seconds)
                                                        : " → never")});
    }
    row.push_back({short_number(memory)});
    table.rows.push_back(row);
    std::ranges::sort(everything);
    const double median = everything.empty() ? 0 : quantile(everything, 0.5);
    chart.rows.push_back({matrix.arms[a].name(), {median, {median, median}}, color_of(matrix, a)});
  }
  gallery.add("times", "Median time of a run of each optimizer", chart);
  section.blocks.push_back(gallery.take());
  section.blocks.push_back(table);
  return section;
}

}  // namespace cairn::comparison::report_parts
