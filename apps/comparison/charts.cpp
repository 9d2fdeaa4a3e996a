#include "apps/comparison/charts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "render/drawing/ticks.h"

namespace cairn::comparison {

namespace {

using namespace envs::palette;
using render::Align;
using render::Point;

constexpr float text = 8.5F, least_row = 25, most_row = 80, head = 34, foot = 40;
constexpr float small = 7.5F, pitch = 11.5F;  // of a name in two lines
constexpr float names_share = 0.45F;          // of the chart's width that names may take
constexpr render::Color grid{44, 50, 68};

/// A name in one line, or in two smaller ones.
struct Label {
  std::string first, second{};
  bool operator==(const Label&) const = default;
  float height() const { return second.empty() ? text : small; }
  float width(const render::Picture& picture) const {
    return std::max(picture.text_width(height(), first), picture.text_width(height(), second));
  }
};

/// `line` with as much replaced by an ellipsis as must be; `share` of what stays stands in front of it.
std::string shortened(const render::Picture& picture, float height, const std::string& line, float width,
                      double share) {
  std::string out = line;
  for (std::size_t keep = line.size(); keep > 0 && picture.text_width(height, out) > width; --keep) {
    const auto front = static_cast<std::size_t>(share * static_cast<double>(keep));
    out = line.substr(0, front) + "…" + line.substr(line.size() - (keep - front));
  }
  return out;
}

/// Breaks behind the comma or space that makes both lines most alike.
Label label_of(const render::Picture& picture, const std::string& name, float width, double share) {
  if (picture.text_width(text, name) <= width) return {name};
  Label best{name};
  float least = picture.text_width(small, name);
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] != ',' && name[i] != ' ') continue;
    const std::size_t next = name.find_first_not_of(' ', i + 1);
    if (next == std::string::npos) break;
    const Label label{name.substr(0, name[i] == ',' ? i + 1 : i), name.substr(next)};
    if (label.width(picture) < least) best = label, least = label.width(picture);
  }
  const float height = best.height();
  return {shortened(picture, height, best.first, width, share), shortened(picture, height, best.second, width, share)};
}

/// Of every row; where something must be left out, at a place that leaves them different if there is one.
std::vector<Label> labels_of(const render::Picture& picture, const std::vector<IntervalRow>& rows, float width) {
  std::vector<Label> labels;
  const auto alike = [&] {
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (std::find(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(i), labels[i]) !=
          labels.begin() + static_cast<std::ptrdiff_t>(i))
        return true;
    return false;
  };
  for (const double share : {0.5, 0.8, 0.2}) {
    labels.clear();
    for (const IntervalRow& row : rows) labels.push_back(label_of(picture, row.name, width, share));
    if (!alike()) break;
  }
  return labels;
}

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
  }
  const std::vector<Label> labels = labels_of(picture, chart.rows, names_share * box.width);
  for (const Label& label : labels) widest = std::max(widest, label.width(picture));
  for (const render::ReferenceLine& line : chart.reference_lines)
    low = std::min(low, line.at), high = std::max(high, line.at);
  if (!(high > low)) high = low + 1;
  const double room = 0.05 * (high - low);
  if (!chart.bars) low -= room;
  high += room;

  const float left = box.x + widest + 2.5F * text;
  const float right = box.right() - 2 * text, top = box.y + head;
  const auto rows = static_cast<float>(std::max<std::size_t>(chart.rows.size(), 1));
  const float row_height = std::min(most_row, (box.height - head - foot) / rows), bottom = top + row_height * rows;
  const auto place = [&](double value) {
    return left + static_cast<float>((value - low) / (high - low)) * (right - left);
  };
  std::vector<double> ticks;
  std::vector<std::string> numbers;
  const auto crowded = [&] {
    for (std::size_t i = 1; i < ticks.size(); ++i)
      if (place(ticks[i]) - place(ticks[i - 1]) <
          (picture.text_width(text, numbers[i]) + picture.text_width(text, numbers[i - 1])) / 2 + 1.5F * text)
        return true;
    return false;
  };
  for (int about = 6; about > 0; --about) {
    ticks = render::ticks(low, high, about), numbers = render::tick_labels(ticks, false);
    if (!crowded()) break;
  }
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const float x = place(ticks[i]), half = picture.text_width(text, numbers[i]) / 2;
    picture.stroke(std::array{Point{x, top}, Point{x, bottom}}, 1, grid);
    picture.text({std::min(x, box.right() - half - text / 2), bottom + 2 * text}, text, numbers[i], faint,
                 Align::centre);
  }
  picture.text({right, bottom + 3.9F * text}, text, chart.label, faint, Align::right);
  for (const render::ReferenceLine& line : chart.reference_lines) {
    const float x = place(line.at);
    picture.dashed(std::array{Point{x, top}, Point{x, bottom}}, 1.5F, faint, 4);
    picture.text({x - 0.5F * text, top - 0.4F * text}, text, line.label, faint, Align::right);
  }
  for (std::size_t i = 0; i < chart.rows.size(); ++i) {
    const IntervalRow& row = chart.rows[i];
    const float y = top + row_height * (static_cast<float>(i) + 0.5F);
    const render::Color color = render::series_color(row.color);
    const Label& label = labels[i];
    const float middle = label.second.empty() ? y + text / 2 : y + (small - pitch) / 2;
    picture.text({left - text, middle}, label.height(), label.first, ink, Align::right);
    if (!label.second.empty()) picture.text({left - text, middle + pitch}, small, label.second, ink, Align::right);
    if (chart.bars) {
      picture.fill(render::Box{left, y - 7, std::max(1.0F, place(row.estimate.value) - left), 14}, color, 2);
      continue;
    }
    const float at = place(row.estimate.value);
    if (row.estimate.spreadless()) {  // whiskers of no length would read as certainty
      const std::string words = alike_text(row.estimate);
      const bool fits = at + 1.5F * text + picture.text_width(small, words) <= box.right();
      picture.text({at + (fits ? 1.5F : -1.5F) * text, y + small / 2}, small, words, faint,
                   fits ? Align::left : Align::right);
      picture.disc({at, y}, 5.5F, color);
      continue;
    }
    const float from = place(row.estimate.interval.low), to = place(row.estimate.interval.high);
    picture.stroke(std::array{Point{from, y}, Point{to, y}}, 3, color);
    for (const float end : {from, to}) picture.stroke(std::array{Point{end, y - 5}, Point{end, y + 5}}, 2, color);
    picture.disc({at, y}, 5.5F, color);
  }
}

}  // namespace cairn::comparison
