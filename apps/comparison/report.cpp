#include "apps/comparison/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

#include "apps/comparison/charts.h"
#include "render/ticks.h"

namespace cairn::comparison {

namespace {

using render::short_number;
using Kind = Block::Kind;

constexpr int exploratory_below = 10;  // seeds
constexpr int coverage_below = 20;     // seeds from which intervals cover what they say
constexpr int profile_points = 61;
constexpr Resampling for_charts{.resamples = 500};

std::string score(double value) {
  return fmt::format("{:.2f}", value);
}
std::string score(const Estimate& estimate) {
  if (std::isnan(estimate.interval.low)) return score(estimate.value);
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", estimate.value, estimate.interval.low, estimate.interval.high);
}
std::string units(const Estimate& estimate) {
  if (std::isnan(estimate.interval.low)) return short_number(estimate.value);
  return fmt::format("{} [{}, {}]", short_number(estimate.value), short_number(estimate.interval.low),
                     short_number(estimate.interval.high));
}
/// `1 seed`, `5 seeds`.
template <class Number>
std::string count_of(Number number, const char* one) {
  return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}
std::string percent(double share) {
  return fmt::format("{:.0f} %", 100 * share);
}
std::string share_of(int part, int whole, const Interval& interval) {
  return fmt::format("{}/{} [{:.0f}–{:.0f} %]", part, whole, 100 * interval.low, 100 * interval.high);
}

/// Best first, by the IQM of the area.
std::vector<std::size_t> ranked(const Analysis& analysis) {
  std::vector<std::size_t> order(analysis.arms.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t a) { return analysis.arms[a].area_iqm.value; });
  return order;
}

/// A warning that this is but a first look, and why; empty where it is more.
std::string exploratory(const Matrix& matrix) {
  std::vector<std::string> reasons;
  if (matrix.seeds < exploratory_below) reasons.push_back(count_of(matrix.seeds, "seed"));
  if (!matrix.tuned) reasons.emplace_back("untuned: library defaults, which suit some rules better than others");
  if (reasons.empty()) return "";
  return fmt::format("**Exploratory** ({}). Read it for where to look, not for what is best.",
                     fmt::join(reasons, "; "));
}

/// `2`, or `2 to 4` where runs differ.
std::string extent(std::vector<double> values) {
  if (values.empty()) return "–";
  const auto [low, high] = std::ranges::minmax(values);
  return low == high ? fmt::format("{}", low) : fmt::format("{} to {}", low, high);
}

/// What a setting's finished runs did: whole iterations, so that a small budget is overshot and has fewer evaluations
/// than were asked for.
struct Done {
  std::string steps, evaluations;
  explicit Done(const std::vector<Cell>& cells) {
    std::vector<double> last, count;
    for (const Cell& cell : cells)
      for (const RunResult& run : cell.runs)
        if (!run.failed) last.push_back(run.steps.back()), count.push_back(static_cast<double>(run.steps.size()));
    steps = extent(last);
    evaluations = extent(count);
  }
};

/// Draws figures into files and remembers them as one block.
class Gallery {
 public:
  explicit Gallery(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void add(const std::string& name, const std::string& caption, const render::Chart& chart) {
    add(name, caption, chart_height + room_for_legend(chart),
        [&](render::Picture& picture, render::Box box) { render::draw_chart(picture, box, chart); });
  }
  void add(const std::string& name, const std::string& caption, const IntervalChart& chart) {
    add(name, caption, std::max(chart_height, interval_chart_height(chart)),
        [&](render::Picture& picture, render::Box box) { draw_interval_chart(picture, box, chart); });
  }
  const std::filesystem::path& folder() const { return folder_; }
  Block take() { return std::exchange(block_, {.kind = Kind::figures}); }

 private:
  /// Long names take more than the usual two rows, which must not come out of the plot.
  static float room_for_legend(const render::Chart& chart) {
    const render::Picture ruler(1, 1);
    float length = 0;
    for (const render::Series& series : chart.series)
      length += 4.5F * chart.text_height + ruler.text_width(chart.text_height, series.name);
    const float rows = length / (0.8F * chart_width);  // breaks leave some of each row empty
    return std::max(0.0F, std::ceil(rows) - 2) * 2.2F * chart.text_height;
  }
  template <class Draw>
  void add(const std::string& name, const std::string& caption, float height, Draw&& draw) {
    render::write_picture(folder_ / (name + ".svg"), chart_width, height, [&](render::Picture& picture) {
      draw(picture, render::Box{0, 0, chart_width, height});
    });
    block_.items.push_back(name + ".svg");
    block_.captions.push_back(caption);
  }
  std::filesystem::path folder_;
  Block block_{.kind = Kind::figures};
};

render::Chart empty_chart(const std::string& title, const std::string& x) {
  return {.title = title, .x = {.label = x}, .text_height = 8.5F};
}

/// A line for an arm, in its colour; dashed from the ninth on.
render::Series line_of(const Matrix& matrix, std::size_t arm) {
  return {.name = matrix.arms[arm].name(),
          .color = render::series_color(static_cast<int>(arm)),
          .width = 2.2F,
          .dashed = arm >= 8};
}

std::string slug(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    if (plain)
      out += c;
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  return out;
}

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
      {.text = "Scores: 0 is what random actions get, 1 the return at which the task counts as solved. **Area** is the "
               "mean "
               "score over the whole run, so it rewards learning early; **final** is that of the last tenth of the "
               "evaluations. Brackets are 95 % intervals. Verdicts rest on area alone, chosen beforehand."});
  Block table{.kind = Kind::table,
              .rows = {{{"optimizer"},
                        {"area, IQM"},
                        {"area, mean"},
                        {"final, IQM"},
                        {"final, mean"},
                        {"runs that solved"},
                        {"failed"}}}};
  for (const std::size_t a : ranked(analysis)) {
    const Overall& arm = analysis.arms[a];
    table.rows.push_back({{matrix.arms[a].name(), "strong"},
                          {score(arm.area_iqm)},
                          {score(arm.area_mean)},
                          {score(arm.last_iqm)},
                          {score(arm.last_mean)},
                          {share_of(arm.solved, arm.runs, arm.solved_share)},
                          {std::to_string(arm.failed), arm.failed > 0 ? "worse" : "quiet"}});
  }
  table.text = fmt::format(
      "Over {} and {} each. A run solved when one of its evaluations ({}) reached the threshold; failed runs count as "
      "the worst score of their setting.",
      count_of(matrix.settings.size(), "setting"), count_of(matrix.seeds, "seed"),
      count_of(matrix.episodes, "greedy episode"));
  section.blocks.push_back(table);

  section.blocks.push_back({.kind = Kind::heading, .text = "What can be said"});
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
  const double least =
      static_cast<double>(pairs) * least_p_value(static_cast<int>(matrix.settings.size()), matrix.seeds);
  if (least >= 0.05)
    section.blocks.push_back(
        {.text =
             fmt::format("With {} in {} and {} to correct for, p is never below {:.2g}: even an optimizer that won "
                         "every time could not be told apart. More seeds can.",
                         count_of(matrix.seeds, "seed"), count_of(static_cast<int>(matrix.settings.size()), "setting"),
                         count_of(static_cast<int>(pairs), "pair"), std::min(1.0, least))});
  return section;
}

Section intervals(const Findings& findings, Gallery& gallery) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  Section section{"intervals", "Intervals and profiles"};
  IntervalChart area{.title = "Area, all settings", .label = "IQM of the score, 95 % interval", .rows = {}};
  IntervalChart last{.title = "Final return, all settings", .label = "IQM of the score, 95 % interval", .rows = {}};
  for (const std::size_t a : ranked(analysis)) {
    area.rows.push_back({matrix.arms[a].name(), analysis.arms[a].area_iqm, static_cast<int>(a)});
    last.rows.push_back({matrix.arms[a].name(), analysis.arms[a].last_iqm, static_cast<int>(a)});
  }
  gallery.add("area", "Interquartile means of the area with 95 % intervals", area);
  gallery.add("final", "Interquartile means of the final return with 95 % intervals", last);

  render::Chart profile = empty_chart("Performance profile", "score of area");
  profile.y = {.label = "share of runs above", .low = 0, .high = 1};
  std::vector<double> all;
  for (const Overall& arm : analysis.arms)
    for (const std::vector<double>& stratum : arm.areas) all.insert(all.end(), stratum.begin(), stratum.end());
  std::ranges::sort(all);
  const double low = quantile(all, 0.02), high = all.back();
  std::vector<double> thresholds;
  thresholds.reserve(profile_points);
  for (int i = 0; i < profile_points; ++i) thresholds.push_back(low + (high - low) * i / (profile_points - 1));
  for (std::size_t a = 0; a < analysis.arms.size(); ++a) {
    render::Series series = line_of(matrix, a);
    series.x = thresholds;
    for (const Estimate& point : performance_profile(analysis.arms[a].areas, thresholds, for_charts)) {
      series.y.push_back(point.value);
      series.low.push_back(point.interval.low);
      series.high.push_back(point.interval.high);
    }
    profile.series.push_back(series);
  }
  gallery.add("profile", "Share of runs whose score exceeds each threshold", profile);
  IntervalChart solved{.title = "Runs that solved", .label = "share, Wilson's 95 % interval", .rows = {}};
  for (const std::size_t a : ranked(analysis)) {
    const Overall& arm = analysis.arms[a];
    solved.rows.push_back(
        {matrix.arms[a].name(), {static_cast<double>(arm.solved) / arm.runs, arm.solved_share}, static_cast<int>(a)});
  }
  gallery.add("solved", "Share of runs that solved their task, with Wilson's intervals", solved);
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

Section settings(const Findings& findings, Gallery& gallery) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  Section section{"settings", "Setting by setting"};
  for (std::size_t s = 0; s < matrix.settings.size(); ++s) {
    const Setting& setting = matrix.settings[s];
    const Scale& scale = analysis.scales[s];
    const Done done(analysis.cells[s]);
    section.blocks.push_back({.kind = Kind::heading, .text = setting.name()});
    render::Chart curves = empty_chart("Return while learning", "environment steps");
    curves.x.low = 0;
    if (scale.has_threshold) curves.rules.push_back({.at = scale.reference, .label = "solved"});
    IntervalChart bars{.title = "Mean return over the run", .label = "IQM, 95 % interval", .rows = {}};
    Block table{
        .kind = Kind::table,
        .text = fmt::format("{} steps with {} evaluations; random actions get {}, {} {}. Steps to solve: the median, "
                            "runs that never do counted as later than any.",
                            done.steps, done.evaluations, short_number(scale.random),
                            scale.has_threshold ? "solved is" : "no threshold is known, so 1 is the best run's",
                            short_number(scale.reference)),
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
                             [&](std::size_t a) { return analysis.cells[s][a].area.value; });
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
    }
    // A rule that diverges must not flatten the others: far below random is cut off.
    const double span = scale.reference - scale.random;
    if (lowest < scale.random - span) curves.y.low = scale.random - span;
    for (const std::size_t a : order) {
      const Cell& cell = analysis.cells[s][a];
      bars.rows.push_back({matrix.arms[a].name(), cell.area, static_cast<int>(a)});
      std::vector<double> successes;
      for (const RunResult& run : cell.runs) successes.push_back(run.last_success);
      table.rows.push_back({{matrix.arms[a].name(), "strong"},
                            {units(cell.area)},
                            {units(cell.last)},
                            {percent(mean(successes))},
                            {share_of(cell.solved, static_cast<int>(cell.runs.size()), cell.solved_share)},
                            cell.median_steps
                                ? TableCell{short_number(*cell.median_steps)}
                                : TableCell{"> " + short_number(static_cast<double>(setting.steps)), "quiet"},
                            {std::to_string(cell.failed), cell.failed > 0 ? "worse" : "quiet"}});
    }
    const std::string name = slug(setting.name());
    gallery.add(name + "-curves", "Learning curves in " + setting.name() + ": IQM over seeds with 95 % band", curves);
    gallery.add(name + "-returns", "Mean return over the run in " + setting.name(), bars);
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

/// How long gradients and steps are while learning: why a rule does what it does.
Section diagnostics(const Findings& findings, Gallery& gallery) {
  const Matrix& matrix = findings.matrix;
  Section section{"diagnostics", "Diagnostics"};
  section.blocks.push_back(
      {.text = "Gradient norm: before clipping, mean of an iteration's updates. Effective step: the length of an "
               "iteration's first update over that of the parameters. Medians over seeds."});
  struct Column {
    const char *name, *title;
    std::vector<double> RunResult::*values;
  };
  for (const Column& column : {Column{"gradients", "Gradient norm", &RunResult::gradient_norm},
                               Column{"steps", "Effective step", &RunResult::update_to_weight}})
    for (std::size_t s = 0; s < matrix.settings.size(); ++s) {
      const std::string setting = matrix.settings[s].name();
      render::Chart chart = empty_chart(fmt::format("{}, {}", column.title, setting), "environment steps");
      chart.x.low = 0;
      chart.y.log = true;
      for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
        render::Series series = line_of(matrix, a);
        for (std::size_t i = 0;; ++i) {
          std::vector<double> at;
          for (const RunResult& run : findings.analysis.cells[s][a].runs)
            if (i < (run.*column.values).size())
              at.push_back((run.*column.values)[i]), series.x.resize(i + 1, run.progress_steps[i]);
          if (at.empty()) break;
          std::ranges::sort(at);
          series.y.push_back(quantile(at, 0.5));
        }
        chart.series.push_back(series);
      }
      gallery.add(slug(setting) + "-" + column.name, fmt::format("{} in {}", column.title, setting), chart);
    }
  section.blocks.push_back(gallery.take());
  return section;
}

/// Rising to the largest value and falling from there: the best that a place or one farther out has.
std::vector<double> envelope(std::vector<double> values) {
  const auto peak = std::ranges::max_element(values);
  const auto larger = [](double a, double b) { return std::max(a, b); };
  std::partial_sum(values.begin(), peak, values.begin(), larger);
  std::partial_sum(values.rbegin(), std::make_reverse_iterator(peak), values.rbegin(), larger);
  return values;
}

Section tuning_section(const Findings& findings, Gallery& gallery) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  const std::optional<TuningResult>& tuning = findings.tuning;
  const std::optional<Analysis>& best = findings.best_per_setting;
  Section section{"tuning", "Tuning"};
  section.blocks.push_back(
      {.text =
           fmt::format("Every optimizer had {} on {} ({} onwards; the reported seeds are others){}. "
                       "Trial 0 is the optimizer as written, the others are Halton points in its space. The reported "
                       "configuration is the best by the mean over all settings.",
                       count_of(matrix.tuning.trials, "trial"), count_of(matrix.tuning.seeds, "selection seed"),
                       first_selection_seed, matrix.tuning.halving ? ", halved after each seed" : "")});
  Block table{.kind = Kind::table, .rows = {{{"optimizer"}, {"chosen for all settings"}, {"selection score"}}}};
  for (const Setting& setting : matrix.settings) table.rows[0].push_back({"best in " + setting.name()});
  Block spaces{.kind = Kind::list}, warnings{.kind = Kind::list};
  for (std::size_t a = 0; a < tuning->arms.size(); ++a) {
    const TunedArm& arm = tuning->arms[a];
    double sum = 0;
    for (const std::vector<double>& scores : arm.trials[arm.one].scores) sum += mean(scores);
    TableRow row{{matrix.arms[a].name(), "strong"},
                 {arm.trials[arm.one].optimizer},
                 {score(sum / static_cast<double>(matrix.settings.size()))}};
    for (std::size_t s = 0; s < matrix.settings.size(); ++s)
      row.push_back(
          {fmt::format("{} ({})", arm.trials[arm.best[s]].optimizer, score(mean(arm.trials[arm.best[s]].scores[s])))});
    table.rows.push_back(row);
    std::vector<std::string> dimensions;
    for (const Dimension& dimension : arm.space)
      dimensions.push_back(fmt::format("{} in [{:.3g}, {:.3g}]{}", dimension.key,
                                       std::min(dimension.at(0), dimension.at(1)),
                                       std::max(dimension.at(0), dimension.at(1)),
                                       dimension.below_one ? " (logarithm of the distance to 1)" : " (logarithmic)"));
    spaces.items.push_back(fmt::format("**{}**: {}", matrix.arms[a].name(), fmt::join(dimensions, ", ")));
    for (const std::string& warning : arm.warnings) warnings.items.push_back("**Border.** " + warning + ".");
  }
  section.blocks.push_back(table);
  if (!warnings.items.empty()) section.blocks.push_back(warnings);

  for (std::size_t s = 0; s < matrix.settings.size(); ++s) {
    render::Chart chart = empty_chart("Rate sensitivity, " + matrix.settings[s].name(), "learning rate");
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
    gallery.add("rates-" + slug(matrix.settings[s].name()),
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
  made.items.push_back(fmt::format("{}; {} in each evaluation, on worlds of their own",
                                   count_of(matrix.environments, "parallel world"),
                                   count_of(matrix.episodes, "greedy episode")));
  section.blocks.push_back(made);
  Block rules{.kind = Kind::table,
              .rows = {{{"optimizer"}, {"everything spelled out"}, {"schedule"}, {"clip"}, {"state per parameter"}}}};
  for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
    const Arm& arm = matrix.arms[a];
    const apps::RunPlan plan = plan_run(matrix, matrix.settings.front(), arm, 1);
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
  for (std::size_t s = 0; s < matrix.settings.size(); ++s) {
    const Setting& setting = matrix.settings[s];
    const apps::RunPlan plan = plan_run(matrix, setting, {matrix.arms.front().optimizer}, 1);
    const Done done(analysis.cells.empty() ? std::vector<Cell>{} : analysis.cells[s]);
    agents.rows.push_back({{setting.name(), "strong"},
                           {plan.environment},
                           {plan.agent},
                           {plan.clip},
                           {fmt::format("{} ({})", done.steps, setting.steps)},
                           {fmt::format("{} ({})", done.evaluations, matrix.evaluations)}});
  }
  section.blocks.push_back(agents);
  return section;
}

Section method(const Findings& findings) {
  const int seeds = findings.matrix.seeds;
  Section section{"method", "How intervals and verdicts are made"};
  section.blocks.push_back(
      {.text =
           "Intervals: stratified bootstrap over runs (2,000 resamples), percentiles widened for small samples "
           "(Hesterberg "
           "2015). IQM: the mean of the middle half of all runs. Verdicts: two-sided permutation test of the "
           "probability "
           "of improvement within settings (10,000 shuffles), Holm's correction over all pairs, level 5 %. Where one "
           "optimizer won every time, the interval is Newcombe's. Success: Wilson's interval over runs, because "
           "episodes "
           "of one run are not independent."});
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
  IntervalChart chart{
      .title = "Time of a run", .label = "seconds, median of all runs", .rows = {}, .rules = {}, .bars = true};
  Block table{
      .kind = Kind::table,
      .text =
          "Seconds of collecting and learning on one thread, medians over seeds; workers shared the machine, so "
          "they are no benchmark. After the arrow: seconds until solved, runs that never do counted as later than "
          "any. Memory: of the whole process, at most.",
      .rows = {{{"optimizer"}}}};
  for (const Setting& setting : matrix.settings) table.rows[0].push_back({setting.name() + ", s"});
  table.rows[0].push_back({"memory, MiB"});
  for (std::size_t a = 0; a < matrix.arms.size(); ++a) {
    TableRow row{{matrix.arms[a].name(), "strong"}};
    std::vector<double> everything;
    double memory = 0;
    for (const std::vector<Cell>& setting : analysis.cells) {
      std::vector<double> seconds;
      for (const RunResult& run : setting[a].runs) {
        if (!run.failed) seconds.push_back(run.seconds);
        memory = std::max(memory, run.memory);
      }
      everything.insert(everything.end(), seconds.begin(), seconds.end());
      std::ranges::sort(seconds);
      row.push_back({(seconds.empty() ? "–" : short_number(quantile(seconds, 0.5))) + " → " +
                     (setting[a].median_seconds ? short_number(*setting[a].median_seconds) : "never")});
    }
    row.push_back({short_number(memory)});
    table.rows.push_back(row);
    std::ranges::sort(everything);
    const double median = everything.empty() ? 0 : quantile(everything, 0.5);
    chart.rows.push_back({matrix.arms[a].name(), {median, {median, median}}, static_cast<int>(a)});
  }
  gallery.add("times", "Median time of a run of each optimizer", chart);
  section.blocks.push_back(gallery.take());
  section.blocks.push_back(table);
  return section;
}

}  // namespace

Document make_document(const Findings& findings, const std::filesystem::path& charts) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  const std::optional<TuningResult>& tuning = findings.tuning;
  Gallery gallery(charts);
  Document document;
  document.title = count_of(matrix.arms.size(), "optimizer") + " compared";
  std::vector<std::string> names;
  for (const Setting& setting : matrix.settings)
    names.push_back(
        fmt::format("{} (budget {} steps)", setting.name(), short_number(static_cast<double>(setting.steps))));
  document.subtitle =
      fmt::format("{}. {}, {}.", fmt::join(names, "; "),
                  matrix.seeds > 0 ? count_of(matrix.seeds, "seed") + " each" : std::string("Trials only"),
                  matrix.tuned ? "tuned with equal budgets" : "untuned");
  if (!analysis.arms.empty()) {
    document.sections.push_back(summary(findings));
    document.sections.push_back(intervals(findings, gallery));
    document.sections.push_back(settings(findings, gallery));
    document.sections.push_back(diagnostics(findings, gallery));
  }
  if (tuning) document.sections.push_back(tuning_section(findings, gallery));
  if (!analysis.arms.empty()) document.sections.push_back(method(findings));
  document.sections.push_back(configuration(findings));
  if (!analysis.arms.empty()) document.sections.push_back(times(findings, gallery));
  return document;
}

std::string to_text(const Findings& findings) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  const std::optional<TuningResult>& tuning = findings.tuning;
  std::size_t widest = 9;
  for (const Arm& arm : matrix.arms) widest = std::max(widest, arm.name().size());
  std::string text;
  if (analysis.arms.empty()) {
    for (std::size_t a = 0; a < tuning->arms.size(); ++a)
      text += fmt::format("{:{}}  {}\n", matrix.arms[a].name(), widest,
                          tuning->arms[a].trials[tuning->arms[a].one].optimizer);
  } else {
    const bool failures = std::ranges::any_of(analysis.arms, [](const Overall& arm) { return arm.failed > 0; });
    const auto row = [&](const std::string& name, const std::string& area, const std::string& last,
                         const std::string& failed, const std::string& verdicts) {
      text += fmt::format("{:{}}  {:22}{:22}", name, widest, area, last);
      if (failures) text += fmt::format("{:13}", failed);
      text += verdicts + "\n";
    };
    row("optimizer", "area, IQM [95 %]", "final, IQM [95 %]", "failed", "better / worse / not distinguishable");
    for (const std::size_t a : ranked(analysis)) {
      const Overall& arm = analysis.arms[a];
      int counts[3] = {};
      for (std::size_t b = 0; b < matrix.arms.size(); ++b)
        if (a != b) ++counts[static_cast<int>(analysis.pairs[a][b].difference)];
      row(matrix.arms[a].name(), score(arm.area_iqm), score(arm.last_iqm),
          fmt::format("{} of {}", arm.failed, arm.runs), fmt::format("{} / {} / {}", counts[0], counts[1], counts[2]));
    }
    if (std::string warning = exploratory(matrix); !warning.empty()) {
      std::erase(warning, '*');
      text += warning + "\n";
    }
  }
  for (std::size_t a = 0; tuning && a < tuning->arms.size(); ++a)
    for (const std::string& warning : tuning->arms[a].warnings) text += "Border. " + warning + ".\n";
  return text;
}

}  // namespace cairn::comparison
