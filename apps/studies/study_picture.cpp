#include "apps/studies/study_picture.h"

#include <algorithm>
#include <cmath>

#include "render/drawing/axis_range.h"
#include "render/drawing/rule_colors.h"

namespace cairn::apps {

namespace {

using comparison::IntervalChart;
using comparison::IntervalRow;

constexpr float wider = 3;         // units, for each line that lies on it
constexpr double near = 0.004;     // of the axis: what lies so close lies on it
constexpr double all_along = 0.8;  // of a line's points, so many covered

/// Old numbers of colours and who had them first, in order.
struct FirstNames {
  std::vector<int> numbers;
  std::vector<std::string> names;
  void note(int number, const std::string& name) {
    if (name.empty() || std::ranges::find(numbers, number) != numbers.end()) return;
    numbers.push_back(number);
    names.push_back(name);
  }
};

bool same(render::Color a, render::Color b) {
  return a.r == b.r && a.g == b.g && a.b == b.b;
}

/// The number of a series colour; -1 for any other.
int number_of(render::Color color) {
  for (int number = 0; number < 8; ++number)
    if (same(color, render::series_color(number))) return number;
  return -1;
}

/// The y axis as far as its lines reach.
render::AxisRange range_of(const render::Chart& chart) {
  render::Extent extent;
  for (const render::Series& series : chart.series)
    for (const double value : series.y) extent.add(value, chart.y.log);
  return render::range_of(extent, chart.y, 0);
}

/// Whether nearly all of a line that is on the chart lies under the other.
bool covers(const render::AxisRange& range, const render::Series& over, const render::Series& under) {
  int points = 0, covered = 0;
  for (std::size_t i = 0; i < under.y.size(); ++i) {
    const double place = range.share(under.y[i]);
    if (!(place >= 0 && place <= 1)) continue;
    ++points;
    if (i < over.y.size() && over.x[i] == under.x[i] && std::abs(range.share(over.y[i]) - place) < near) ++covered;
  }
  return points > 1 && covered >= all_along * points;
}

void uncover(render::Chart& chart) {
  const render::AxisRange range = range_of(chart);
  for (std::size_t i = chart.series.size(); i-- > 0;) {
    render::Series& line = chart.series[i];
    if (line.width == 0) continue;
    for (std::size_t j = i + 1; j < chart.series.size(); ++j)
      if (chart.series[j].width > 0 && covers(range, chart.series[j], line)) line.width += wider;
  }
}

}  // namespace

std::vector<Chart> as_shown(std::vector<Chart> charts) {
  FirstNames first;
  for (const Chart& chart : charts) {
    if (const auto* plane = std::get_if<render::Chart>(&chart))
      for (const render::Series& series : plane->series) first.note(number_of(series.color), series.name);
    else
      for (const IntervalRow& row : std::get<IntervalChart>(chart).rows) first.note(row.color, row.name);
  }
  const std::vector<int> colors = render::rule_colors(first.names);
  const auto renumbered = [&](int number) {
    const auto found = std::ranges::find(first.numbers, number);
    return found == first.numbers.end() ? number : colors[static_cast<std::size_t>(found - first.numbers.begin())];
  };
  const auto recolored = [&](render::Color color) {
    const int number = number_of(color);
    return number < 0 ? color : render::series_color(renumbered(number));
  };
  for (Chart& chart : charts) {
    if (auto* plane = std::get_if<render::Chart>(&chart)) {
      for (render::Series& series : plane->series) series.color = recolored(series.color);
      for (render::ReferenceLine& line : plane->reference_lines) line.color = recolored(line.color);
      uncover(*plane);
    } else {
      for (IntervalRow& row : std::get<IntervalChart>(chart).rows) row.color = renumbered(row.color);
    }
  }
  return charts;
}

void write_study_picture(const std::filesystem::path& file, const Study& study, const Measured& measured) {
  using namespace envs::palette;
  constexpr float least_width = 1240, chart_width = 620, chart_height = 460, row_height = 20, margin = 16, head = 64;
  constexpr float claim_text = 11, verdict_text = 8.5F;
  const auto columns = static_cast<float>(std::max<std::size_t>(measured.charts.size(), 1));
  const float width = std::max(columns * chart_width, least_width);
  float height = 0;
  for (const Chart& chart : measured.charts) {
    const auto* rows = std::get_if<comparison::IntervalChart>(&chart);
    const float room = rows == nullptr ? chart_height
                                       : comparison::interval_chart_height(*rows) +
                                             row_height * static_cast<float>(rows->rows.size()) + 2 * margin;
    height = std::max(height, room);
  }
  const std::string verdict(measured.holds() ? to_string(study.verdict) : "open: a figure left its accepted range");

  const auto draw = [&](render::Picture& picture) {
    picture.fill(render::Box{0, 0, picture.width(), picture.height()}, sky);
    picture.text({1.5F * margin, 32}, claim_text, study.claim, ink, render::Align::left, true);
    picture.text({1.5F * margin, 55}, verdict_text, study.paper + "  ·  verdict: " + verdict, faint);
    render::Box box{margin, head + margin, width / columns - 2 * margin, height - 2 * margin};
    for (const Chart& chart : as_shown(measured.charts)) {
      if (const auto* plane = std::get_if<render::Chart>(&chart))
        render::draw_chart(picture, box, *plane);
      else
        comparison::draw_interval_chart(picture, box, std::get<comparison::IntervalChart>(chart));
      box.x += width / columns;
    }
  };
  render::write_picture(file, width, head + height, draw);
}

}  // namespace cairn::apps
