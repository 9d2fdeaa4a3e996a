#include "render/drawing/chart_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "render/drawing/axis_range.h"

namespace cairn::render {

namespace {

constexpr double turn = 0.8;       // of an axis' range that a turn of the wheel leaves
constexpr double finest = 1e-9;    // of an axis' values, between its ends: nearer numbers are not told apart
constexpr double widest = 1e15;    // likewise, between its ends
constexpr double most_log = 1e30;  // between the ends of a logarithmic axis, as a factor

// As the person has it by now, which may not have been drawn yet.
AxisRange across(const Plot& plot, const ChartLook& look) {
  return {look.x ? look.x->low : plot.x_low, look.x ? look.x->high : plot.x_high, plot.x_log};
}
AxisRange up(const Plot& plot, const ChartLook& look) {
  return {look.y ? look.y->low : plot.y_low, look.y ? look.y->high : plot.y_high, plot.y_log};
}

/// Ends at these shares of the axis; as they were where that cannot be.
ChartLook::Ends ends_at(const AxisRange& axis, double low, double high) {
  const ChartLook::Ends ends{axis.value(low), axis.value(high)};
  const double apart = ends.high - ends.low, size = std::max(std::abs(ends.low), std::abs(ends.high));
  const bool possible = std::isfinite(apart) && apart > finest * size && size < widest &&
                        (!axis.log || (ends.low > 0 && ends.high / ends.low < most_log));
  return possible ? ends : ChartLook::Ends{axis.low, axis.high};
}

ChartLook::Ends zoomed(const AxisRange& axis, double anchor, double left) {
  return ends_at(axis, anchor - anchor * left, anchor + (1 - anchor) * left);
}

/// Each line's exponential mean in front of it, and what was done in the title.
void smooth(Chart& chart, double kept) {
  std::vector<Series> behind;
  for (Series& series : chart.series) {
    if (series.width <= 0 || series.marker > 0 || series.hidden || series.x.size() < 2) continue;
    Series& raw = behind.emplace_back(series);
    raw.name.clear();
    raw.color = faded(raw.color, 0.3F);
    raw.quiet = true;
    series.y = exponential_mean(series.y, kept);
  }
  if (behind.empty()) return;
  chart.title += ", " + smoothing_said(kept);
  chart.series.insert(chart.series.begin(), behind.begin(), behind.end());
}

}  // namespace

std::vector<double> exponential_mean(const std::vector<double>& values, double kept) {
  std::vector<double> means;
  double sum = 0, weight = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) {
      means.push_back(value);
      continue;
    }
    sum = kept * sum + (1 - kept) * value;
    weight = kept * weight + (1 - kept);
    means.push_back(sum / weight);
  }
  return means;
}

double next_smoothing(double kept) {
  constexpr std::array<double, 3> strengths{0.6, 0.9, 0.97};
  const auto* next = std::ranges::upper_bound(strengths, kept);
  return next == strengths.end() ? 0 : *next;
}

std::string smoothing_said(double kept) {
  return fmt::format("exp. mean {:.2g}", kept);
}

const PlacedChart* ChartPage::under(Point at) const {
  const auto found = std::ranges::find_if(placed, [&](const PlacedChart& one) { return one.box.holds(at); });
  return found == placed.end() ? nullptr : &*found;
}

bool ChartPage::zoom(Point at, float turns) {
  const PlacedChart* chart = under(at);
  if (chart == nullptr || chart->still) return false;
  const Plot& plot = chart->plot;
  const bool beside = at.x<plot.x, below = at.y> plot.bottom();
  const double left = std::pow(turn, static_cast<double>(turns));
  ChartLook& look = looks[chart->name];
  if (!beside)
    look.x = zoomed(across(plot, look), std::clamp(static_cast<double>((at.x - plot.x) / plot.width), 0.0, 1.0), left);
  if (!below)
    look.y =
        zoomed(up(plot, look), std::clamp(static_cast<double>((plot.bottom() - at.y) / plot.height), 0.0, 1.0), left);
  return true;
}

bool ChartPage::drag(const std::string& name, Point from, Point to) {
  const auto chart = std::ranges::find(placed, name, &PlacedChart::name);
  if (chart == placed.end() || chart->still) return false;
  const auto x = static_cast<double>((from.x - to.x) / chart->plot.width);
  const auto y = static_cast<double>((to.y - from.y) / chart->plot.height);
  ChartLook& look = looks[chart->name];
  look.x = ends_at(across(chart->plot, look), x, 1 + x);
  look.y = ends_at(up(chart->plot, look), y, 1 + y);
  return true;
}

bool ChartPage::reset(Point at) {
  const PlacedChart* chart = under(at);
  if (chart == nullptr) return false;
  ChartLook& look = looks[chart->name];
  const bool changed = look.x || look.y;
  look.x.reset();
  look.y.reset();
  return changed;
}

bool ChartPage::toggle(Point at) {
  for (const PlacedChart& chart : placed)
    for (const LegendEntry& entry : chart.plot.legend) {
      if (!entry.box.holds(at)) continue;
      std::set<std::string>& hidden = looks[chart.name].hidden;
      for (const std::string& name : entry.names)
        if (hidden.erase(name) == 0) hidden.insert(name);
      return true;
    }
  return false;
}

void ChartPage::shift(Point corner) {
  const auto move = [&](Box& box) { box.x += corner.x, box.y += corner.y; };
  for (PlacedChart& one : placed) {
    move(one.plot);
    move(one.box);
    for (LegendEntry& entry : one.plot.legend) move(entry.box);
  }
}

void place_chart(Picture& picture, Box box, Chart chart, ChartPage* page) {
  if (page == nullptr) {
    draw_chart(picture, box, chart);
    return;
  }
  std::string name = chart.title;
  if (const auto known = page->looks.find(name); known != page->looks.end()) {
    const ChartLook& look = known->second;
    if (look.x) chart.x.low = look.x->low, chart.x.high = look.x->high;
    if (look.y) chart.y.low = look.y->low, chart.y.high = look.y->high;
    for (Series& series : chart.series) series.hidden = look.hidden.contains(series.name);
  }
  if (page->smoothing > 0) smooth(chart, page->smoothing);
  Plot plot = draw_chart(picture, box, chart);
  page->placed.push_back({std::move(name), std::move(chart), std::move(plot), box});
}

}  // namespace cairn::render
