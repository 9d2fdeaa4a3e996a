#include "apps/comparison/charts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "render/ticks.h"

namespace cairn::comparison {

namespace {

using namespace envs::palette;
using render::Align;
using render::Point;

constexpr float text = 8.5F, least_row = 25, most_row = 80, head = 34, foot = 40;
constexpr render::Color grid{44, 50, 68};

}  // namespace

float interval_chart_height(const IntervalChart& chart) {
  return head + least_row * static_cast<float>(chart.rows.size()) + foot;
}

void draw_interval_chart(render::Picture& picture, render::Box box, const IntervalChart& chart) {
  picture.fill(box, sky, text);
  picture.text({box.x + text, box.y + 2.3F * text}, text * 1.3F, chart.title, ink, Align::left, true);
  double low = chart.bars ? 0 : std::numeric_limits<double>::infinity(), high = -low;
  if (chart.bars) high = 0;
  float widest = 0;
  for (const IntervalRow& row : chart.rows) {
    low = std::min(low, row.estimate.value), high = std::max(high, row.estimate.value);
    if (!chart.bars) low = std::min(low, row.estimate.interval.low), high = std::max(high, row.estimate.interval.high);
    widest = std::max(widest, picture.text_width(text, row.name));
  }
  for (const render::Rule& rule : chart.rules) low = std::min(low, rule.at), high = std::max(high, rule.at);
  if (!(high > low)) high = low + 1;
  const double room = 0.05 * (high - low);
  if (!chart.bars) low -= room;
  high += room;

  const float left = box.x + std::min(widest, 0.45F * box.width) + 2.5F * text;
  const float right = box.right() - 2 * text, top = box.y + head;
  const auto rows = static_cast<float>(std::max<std::size_t>(chart.rows.size(), 1));
  const float row_height = std::min(most_row, (box.height - head - foot) / rows), bottom = top + row_height * rows;
  const auto place = [&](double value) {
    return left + static_cast<float>((value - low) / (high - low)) * (right - left);
  };
  const std::vector<double> ticks = render::ticks(low, high, 6);
  const std::vector<std::string> labels = render::tick_labels(ticks, false);
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const float x = place(ticks[i]);
    picture.stroke(std::array{Point{x, top}, Point{x, bottom}}, 1, grid);
    picture.text({x, bottom + 2 * text}, text, labels[i], faint, Align::centre);
  }
  picture.text({right, bottom + 3.9F * text}, text, chart.label, faint, Align::right);
  for (const render::Rule& rule : chart.rules) {
    const float x = place(rule.at);
    picture.dashed(std::array{Point{x, top}, Point{x, bottom}}, 1.5F, faint, 4);
    picture.text({x - 0.5F * text, top - 0.4F * text}, text, rule.label, faint, Align::right);
  }
  for (std::size_t i = 0; i < chart.rows.size(); ++i) {
    const IntervalRow& row = chart.rows[i];
    const float y = top + row_height * (static_cast<float>(i) + 0.5F);
    const render::Color color = render::series_color(row.color);
    picture.text({left - text, y + text / 2}, text, row.name, ink, Align::right);
    if (chart.bars) {
      picture.fill(render::Box{left, y - 7, std::max(1.0F, place(row.estimate.value) - left), 14}, color, 2);
      continue;
    }
    const float from = place(row.estimate.interval.low), to = place(row.estimate.interval.high);
    picture.stroke(std::array{Point{from, y}, Point{to, y}}, 3, color);
    for (const float end : {from, to}) picture.stroke(std::array{Point{end, y - 5}, Point{end, y + 5}}, 2, color);
    picture.disc({place(row.estimate.value), y}, 5.5F, color);
  }
}

}  // namespace cairn::comparison
