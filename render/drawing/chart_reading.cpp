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

bool holds(const Box& box, Point at) {
  return at.x >= box.x && at.x <= box.right() && at.y >= box.y && at.y <= box.bottom();
}

struct Line {
  std::string text;
  Color color;
};

}  // namespace

void place_chart(Picture& picture, Box box, Chart chart, std::vector<PlacedChart>* placed) {
  const Plot plot = draw_chart(picture, box, chart);
  if (placed != nullptr) placed->push_back({std::move(chart), plot});
}

bool draw_reading(Picture& picture, const std::vector<PlacedChart>& placed, Point at) {
  const auto found = std::ranges::find_if(placed, [&](const PlacedChart& one) { return holds(one.plot, at); });
  if (found == placed.end()) return false;
  const Plot& plot = found->plot;
  float nearest = std::numeric_limits<float>::infinity();
  double where = 0;
  std::vector<Line> lines;
  std::vector<std::pair<Point, Color>> points;
  for (const Series& series : found->chart.series) {
    std::size_t best = series.x.size();
    float distance = reach;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      const float away = std::abs(plot.at(series.x[i], series.y[i]).x - at.x);
      if (std::isfinite(series.y[i]) && away < distance) best = i, distance = away;
    }
    if (best == series.x.size()) continue;
    if (distance < nearest) nearest = distance, where = series.x[best];
    lines.push_back({short_number(series.y[best]) + (series.name.empty() ? "" : "  " + series.name), series.color});
    points.emplace_back(plot.at(series.x[best], series.y[best]), series.color);
  }
  if (lines.empty()) return false;
  const std::string& unit = found->chart.x.label;
  lines.insert(lines.begin(), {short_number(where) + (unit.empty() ? " steps" : " " + unit), faint});

  const float x = plot.at(where, plot.y_low).x;
  picture.dashed(std::array{Point{x, plot.y}, Point{x, plot.bottom()}}, 1, faint, 3);
  for (const auto& [point, color] : points)
    if (holds(plot, point)) picture.disc(point, 4, color);
  float width = 0;
  for (const Line& line : lines) width = std::max(width, picture.text_width(text_height, line.text));
  const Box panel{
      x + 12 + width + 2 * padding > plot.right() ? x - 12 - width - 2 * padding : x + 12,
      std::clamp(at.y - 10, plot.y,
                 std::max(plot.y, plot.bottom() - 2 * padding - line_height * static_cast<float>(lines.size()))),
      width + 2 * padding, line_height * static_cast<float>(lines.size()) + padding};
  picture.fill(panel, faded(page_color, 0.92F), 5);
  picture.outline(panel, 1, ground, 5);
  float base = panel.y + padding + text_height;
  for (const Line& line : lines) {
    picture.text({panel.x + padding, base}, text_height, line.text, line.color);
    base += line_height;
  }
  return true;
}

}  // namespace cairn::render
