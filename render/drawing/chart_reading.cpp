#include "render/drawing/chart_reading.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "render/drawing/ticks.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float text_height = 7, line_height = 15, padding = 7;  // units
constexpr float reach = 24;                                      // units across within which a point is near

struct Line {
  std::string text;
  Color color;
};

/// What is said, and what is marked, at a place.
struct Reading {
  std::vector<Line> lines;
  std::vector<std::pair<Point, Color>> points;
  std::optional<float> across;  // where a line stands
  std::optional<Box> bar;
};

std::string with_unit(double value, const std::string& unit) {
  return short_number(value) + (unit.empty() ? "" : "  " + unit);
}

/// Each series' nearest point by x.
Reading read_series(const PlacedChart& of, Point at) {
  Reading reading;
  const Plot& plot = of.plot;
  float nearest = std::numeric_limits<float>::infinity();
  double where = 0;
  for (const Series& series : of.chart.series) {
    if (series.hidden || series.quiet) continue;
    std::size_t best = series.x.size();
    float distance = reach;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      const float away = std::abs(plot.at(series.x[i], series.y[i]).x - at.x);
      if (std::isfinite(series.y[i]) && away < distance) best = i, distance = away;
    }
    if (best == series.x.size()) continue;
    if (distance < nearest) nearest = distance, where = series.x[best];
    reading.lines.push_back({with_unit(series.y[best], series.name), series.color});
    reading.points.emplace_back(plot.at(series.x[best], series.y[best]), series.color);
  }
  if (reading.lines.empty()) return reading;
  const std::string& unit = of.chart.x.label;
  reading.lines.insert(reading.lines.begin(), {short_number(where) + (unit.empty() ? " steps" : " " + unit), faint});
  reading.across = plot.at(where, plot.y_low).x;
  return reading;
}

/// The bar under the place, however high.
Reading read_bars(const PlacedChart& of, Point at) {
  const Plot& plot = of.plot;
  for (const Bars& bars : of.chart.bars)
    for (std::size_t i = 0; i < bars.heights.size(); ++i) {
      const Point low = plot.at(bars.edges[i], plot.y_low), high = plot.at(bars.edges[i + 1], bars.heights[i]);
      if (at.x < low.x || at.x >= high.x) continue;
      const std::string& counted = of.chart.y.label;
      return {.lines = {{short_number(bars.edges[i]) + " – " + with_unit(bars.edges[i + 1], of.chart.x.label), faint},
                        {with_unit(bars.heights[i], counted.empty() ? bars.name : counted), bars.color}},
              .points = {},
              .across = {},
              .bar = Box{low.x, plot.y, high.x - low.x, plot.height}};
    }
  return {};
}

/// Where the place lies on both axes, and what the landscape's nearest point is worth.
Reading read_landscape(const PlacedChart& of, Point at) {
  const Plot& plot = of.plot;
  const ScalarField& field = of.chart.landscape->field;
  const double x = plot.x_at(at.x), y = plot.y_at(at.y);
  const auto nearest = [](double value, double low, double high, int points) {
    const double share = high > low ? std::clamp((value - low) / (high - low), 0.0, 1.0) : 0;
    return static_cast<int>(std::lround(share * (points - 1)));
  };
  const std::string& meaning = of.chart.landscape->meaning;
  const double value =
      field.at(nearest(x, field.x_low, field.x_high, field.columns), nearest(y, field.y_low, field.y_high, field.rows));
  const auto named = [](const std::string& name, double number) { return name + "  " + short_number(number); };
  Reading reading{.lines = {{named(meaning.empty() ? "value" : meaning, value), ink}},
                  .points = {{at, ink}},
                  .across = {},
                  .bar = {}};
  if (field.rows > 1) reading.lines.insert(reading.lines.begin(), {named(of.chart.y.label, y), faint});
  reading.lines.insert(reading.lines.begin(), {named(of.chart.x.label, x), faint});
  return reading;
}

void draw_panel(Picture& picture, const std::vector<Line>& lines, const Plot& plot, Point at) {
  float width = 0;
  for (const Line& line : lines) width = std::max(width, picture.text_width(text_height, line.text));
  const float height = line_height * static_cast<float>(lines.size());
  const Box panel{at.x + 12 + width + 2 * padding > plot.right() ? at.x - 12 - width - 2 * padding : at.x + 12,
                  std::clamp(at.y - 10, plot.y, std::max(plot.y, plot.bottom() - 2 * padding - height)),
                  width + 2 * padding, height + padding};
  picture.fill(panel, faded(page_color, 0.92F), 5);
  picture.outline(panel, 1, ground, 5);
  float base = panel.y + padding + text_height;
  for (const Line& line : lines) {
    picture.text({panel.x + padding, base}, text_height, line.text, line.color);
    base += line_height;
  }
}

}  // namespace

bool draw_reading(Picture& picture, const ChartPage& page, Point at) {
  const PlacedChart* found = page.under(at);
  if (found == nullptr || !found->plot.holds(at)) return false;
  const Plot& plot = found->plot;
  const Reading reading = found->chart.landscape       ? read_landscape(*found, at)
                          : !found->chart.bars.empty() ? read_bars(*found, at)
                                                       : read_series(*found, at);
  if (reading.lines.empty()) return false;
  if (reading.bar) picture.outline(*reading.bar, 1, faint);
  if (reading.across)
    picture.dashed(std::array{Point{*reading.across, plot.y}, Point{*reading.across, plot.bottom()}}, 1, faint, 3);
  for (const auto& [point, color] : reading.points)
    if (plot.inset(-1).holds(point)) {
      if (found->chart.landscape)
        picture.ring(point, 4, 1.5F, color);
      else
        picture.disc(point, 4, color);
    }
  draw_panel(picture, reading.lines, plot, {reading.across.value_or(at.x), at.y});
  return true;
}

}  // namespace cairn::render
