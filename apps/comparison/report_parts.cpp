#include "apps/comparison/report_parts.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "render/drawing/rule_colors.h"

namespace cairn::comparison::report_parts {

namespace {

constexpr int exploratory_below = 10;  // seeds

/// `2`, or `2 to 4` where runs differ.
std::string extent(std::vector<double> values) {
  if (values.empty()) return "–";
  const auto [low, high] = std::ranges::minmax(values);
  return low == high ? fmt::format("{}", low) : fmt::format("{} to {}", low, high);
}

/// Long names take more than the usual two rows, which must not come out of the plot.
float room_for_legend(const render::Chart& chart) {
  const render::Picture ruler(1, 1);
  float length = 0;
  for (const render::Series& series : chart.series)
    length += 4.5F * chart.text_height + ruler.text_width(chart.text_height, series.name);
  const float rows = length / (0.8F * chart_width);  // breaks leave some of each row empty
  return std::max(0.0F, std::ceil(rows) - 2) * 2.2F * chart.text_height;
}

}  // namespace

std::string score(double value) {
  return fmt::format("{:.2f}", value);
}
std::string score(const Estimate& estimate) {
  if (std::isnan(estimate.interval.low)) return score(estimate.value);
  if (estimate.spreadless()) return fmt::format("{:.2f} ({})", estimate.value, alike_text(estimate));
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", estimate.value, estimate.interval.low, estimate.interval.high);
}
std::string signed_score(const Estimate& difference) {
  if (std::isnan(difference.interval.low)) return fmt::format("{:+.2f}", difference.value);
  if (difference.spreadless()) return fmt::format("{:+.2f} ({})", difference.value, alike_text(difference, "pair"));
  return fmt::format("{:+.2f} [{:+.2f}, {:+.2f}]", difference.value, difference.interval.low, difference.interval.high);
}
std::string percent(double share) {
  return fmt::format("{:.0f} %", 100 * share);
}
std::string percent(const Estimate& share) {
  if (std::isnan(share.interval.low)) return percent(share.value);
  return fmt::format("{:.0f} % [{:.0f}–{:.0f}]", 100 * share.value, 100 * share.interval.low,
                     100 * share.interval.high);
}

std::string solved_of(int solved, int judged, const Interval& interval) {
  if (judged == 0) return "no threshold";
  return fmt::format("{}/{} [{:.0f}–{:.0f} %]", solved, judged, 100 * interval.low, 100 * interval.high);
}

std::string scale_text(const Matrix& matrix) {
  std::vector<std::string> open;  // settings without a threshold
  for (const Workload& workload : matrix.workloads)
    if (!threshold_of(workload)) open.push_back(workload.name());
  constexpr const char* best = "the final return of the best run here";
  if (open.empty()) return "Scores: 0 is what random actions get, 1 the return at which the task counts as solved.";
  if (open.size() == matrix.workloads.size())
    return fmt::format(
        "Scores are normalised by random and best: 0 is what random actions get, 1 {}, because {} at "
        "which {} solved.",
        best, open.size() == 1 ? "the task has no threshold" : "the tasks have no thresholds",
        open.size() == 1 ? "it counts as" : "they count as");
  return fmt::format(
      "Scores: 0 is what random actions get, 1 the return at which the task counts as solved. Where "
      "tasks have no threshold ({}), scores are normalised by random and best: 1 is {}.",
      fmt::join(open, "; "), best);
}

std::vector<std::size_t> ranked(const Analysis& analysis) {
  std::vector<std::size_t> order(analysis.arms.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t a) { return analysis.arms[a].area_iqm.value; });
  return order;
}

std::string exploratory(const Matrix& matrix) {
  std::vector<std::string> reasons;
  if (matrix.seeds < exploratory_below) reasons.push_back(count_of(matrix.seeds, "seed"));
  if (!matrix.tuned) reasons.emplace_back("untuned: library defaults, which suit some rules better than others");
  if (reasons.empty()) return "";
  return fmt::format("**Exploratory** ({}). Read it for where to look, not for what is best.",
                     fmt::join(reasons, "; "));
}

std::string too_few(const Matrix& matrix, std::size_t comparisons, const char* one) {
  const double least =
      static_cast<double>(comparisons) * least_p_value(static_cast<int>(matrix.workloads.size()), matrix.seeds);
  if (least < significance) return "";
  return fmt::format(
      "With {} in {} and {} to correct for, p is never below {:.2g}: even an optimizer that won every time could not "
      "be "
      "told apart. More seeds can.",
      count_of(matrix.seeds, "seed"), count_of(matrix.workloads.size(), "setting"), count_of(comparisons, one),
      std::min(1.0, least));
}

RunLengths::RunLengths(const std::vector<Cell>& cells) {
  std::vector<double> last, count;
  for (const Cell& cell : cells)
    for (const RunResult& run : cell.runs)
      if (!run.failed) last.push_back(run.steps.back()), count.push_back(static_cast<double>(run.steps.size()));
  steps = extent(last);
  evaluations = extent(count);
}

void Gallery::add(const std::string& name, const std::string& caption, const render::Chart& chart,
                  const Exploring& exploring) {
  add(name, caption, chart_height + room_for_legend(chart), chart_data(chart, caption, exploring),
      [&](render::Picture& picture, render::Box box) { render::draw_chart(picture, box, chart); });
}

void Gallery::add(const std::string& name, const std::string& caption, const IntervalChart& chart) {
  add(name, caption, std::max(chart_height, interval_chart_height(chart)), chart_data(chart, caption),
      [&](render::Picture& picture, render::Box box) { draw_interval_chart(picture, box, chart); });
}

void Gallery::add(const std::string& name, const std::string& caption, float height, std::string data,
                  const std::function<void(render::Picture&, render::Box)>& draw) {
  render::write_picture(folder_ / (name + ".svg"), chart_width, height, [&](render::Picture& picture) {
    draw(picture, render::Box{0, 0, chart_width, height});
  });
  block_.items.push_back(name + ".svg");
  block_.captions.push_back(caption);
  block_.data.push_back(std::move(data));
}

render::Chart empty_chart(const std::string& title, const std::string& x) {
  return {.title = title, .x = {.label = x}, .text_height = 8.5F};
}

int color_of(const Matrix& matrix, std::size_t arm) {
  std::vector<std::string> names;
  names.reserve(matrix.arms.size());
  for (const Arm& one : matrix.arms) names.push_back(one.name());
  return render::rule_colors(names)[arm];
}

render::Series line_of(const Matrix& matrix, std::size_t arm) {
  const int color = color_of(matrix, arm);
  return {.name = matrix.arms[arm].name(), .color = render::series_color(color), .width = 2.2F, .dashed = color >= 8};
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

}  // namespace cairn::comparison::report_parts
