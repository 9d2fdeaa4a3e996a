#include "render/drawing/chart.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "render/drawing/chart_drawing.h"
#include "render/drawing/ticks.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float title_size = 1.3F;       // of the text's height
constexpr float line_height = 2.2F;      // of the text's height, from base line to base line
constexpr Color grid_color{44, 50, 68};  // faint, but there
constexpr double head_room = 0.06;       // of the range of y, above and below what is shown
constexpr float shortest_step = 0.25F;   // units; nearer points of a line cannot be told apart

/// Whether one cannot be seen beside the other: the same points, and the same band.
bool same(const Series& a, const Series& b) {
  const auto alike = [](const std::vector<double>& one, const std::vector<double>& other) {
    return std::ranges::equal(one, other,
                              [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
  };
  return !a.x.empty() && !a.hidden && !b.hidden && alike(a.x, b.x) && alike(a.y, b.y) && alike(a.low, b.low) &&
         alike(a.high, b.high);
}

}  // namespace

void ChartDrawing::find_same() {
  const std::vector<Series>& all = chart_.series;
  for (std::size_t i = 0; i < all.size(); ++i) {
    first_.push_back(i);
    for (std::size_t earlier = 0; earlier < i && first_[i] == i && chart_.legend && !all[i].name.empty(); ++earlier)
      if (!all[earlier].name.empty() && same(all[earlier], all[i])) first_[i] = earlier;
  }
}

std::vector<std::string> ChartDrawing::names_of(std::size_t first) const {
  std::vector<std::string> names;
  for (std::size_t i = first; i < first_.size(); ++i)
    if (first_[i] == first) names.push_back(chart_.series[i].name);
  return names;
}

void ChartDrawing::find_ranges() {
  const bool log_x = chart_.x.log, log_y = chart_.y.log;
  Extent x, y;
  for (const Series& series : chart_.series)
    for (std::size_t i = 0; i < series.x.size() && !series.hidden; ++i) {
      if (!std::isfinite(series.y[i])) continue;
      x.add(series.x[i], log_x);
      y.add(series.y[i], log_y);
      if (!series.low.empty()) y.add(series.low[i], log_y), y.add(series.high[i], log_y);
    }
  for (const Bars& bars : chart_.bars) {
    for (const double edge : bars.edges) x.add(edge, log_x);
    for (const double height : bars.heights) y.add(height, log_y);
    y.add(0, log_y);
  }
  for (const ReferenceLine& line : chart_.reference_lines)
    (line.vertical ? x : y).add(line.at, line.vertical ? log_x : log_y);
  if (chart_.landscape) {
    const ScalarField& field = chart_.landscape->field;
    x = {field.x_low, field.x_high};
    y = {field.y_low, field.y_high};
  }
  x_ = range_of(x, chart_.x, 0);
  y_ = range_of(y, chart_.y, chart_.landscape ? 0 : head_room);
  if (!chart_.bars.empty() && !log_y && !chart_.y.low && y.low >= 0) y_.low = 0;
}

// Title, then the legend, in as many rows as it takes. Returns where the plot may begin.
float ChartDrawing::head() {
  const float text = chart_.text_height;
  float x = box_.x + text, y = box_.y + text * (1 + title_size);
  if (!chart_.title.empty()) {
    picture_.text({x, y}, text * title_size, chart_.title, ink, Align::left, true);
    x += picture_.text_width(text * title_size, chart_.title, true) + 2 * text;
  }
  const auto say = [&](const std::string& words) {
    if (words.empty()) return;
    picture_.text({x, y}, text, words, faint);
    x += picture_.text_width(text, words) + 2 * text;
  };
  say(chart_.note);
  say(chart_.y.label.empty() ? "" : "↑ " + chart_.y.label);
  bool empty = chart_.title.empty() && chart_.note.empty() && chart_.y.label.empty();
  const auto entry = [&](std::vector<std::string> names, Color color, bool dashed, bool dots, bool hidden) {
    std::string name = names.front();
    for (std::size_t i = 1; i < names.size(); ++i) name += " = " + names[i];
    const float width = 4.5F * text + picture_.text_width(text, name);
    if (x + width > box_.right() - text && !empty) x = box_.x + text, y += line_height * text;
    const Box pill{x, y - 1.45F * text, width, 1.9F * text};
    picture_.fill(pill, faded(ground, hidden ? 0.15F : 0.35F), pill.height / 2);
    if (hidden) color = faded(color, 0.4F);
    const Point from{x + 0.8F * text, y - text / 2}, to{x + 2.8F * text, y - text / 2};
    if (dots)
      picture_.disc({x + 1.8F * text, y - text / 2}, text * 0.4F, color);
    else if (dashed)
      picture_.dashed(std::array{from, to}, text * 0.3F, color, text * 0.5F);
    else
      picture_.stroke(std::array{from, to}, text * 0.3F, color);
    picture_.text({x + 3.5F * text, y}, text, name, hidden ? faint : ink);
    legend_.push_back({std::move(names), pill});
    x += width + text;
    empty = false;
  };
  for (std::size_t i = 0; i < chart_.series.size() && chart_.legend; ++i) {
    const Series& one = chart_.series[i];
    if (!one.name.empty() && first_[i] == i) entry(names_of(i), one.color, one.dashed, one.width <= 0, one.hidden);
  }
  for (const Bars& one : chart_.bars)
    if (!one.name.empty()) entry({one.name}, one.color, false, false, false);
  return empty ? box_.y + text : y + 1.2F * text;
}

/// A line's thickness in whole pixels, one at least.
float ChartDrawing::whole(float thick) const {
  const float pixel = picture_.pixel();
  return pixel > 0 ? std::max(1.0F, std::round(thick / pixel)) * pixel : thick;
}

/// Where the middle of so thick a line lies, for its edges to lie between pixels.
float ChartDrawing::middle(float at, float thick) const {
  const float pixel = picture_.pixel();
  return pixel > 0 ? std::round((at - thick / 2) / pixel) * pixel + thick / 2 : at;
}

/// Across the plot.
void ChartDrawing::grid_line(Point from, Point to) {
  const float thick = whole(1), x = middle(from.x, thick) - thick / 2, y = middle(from.y, thick) - thick / 2;
  picture_.fill(from.x == to.x ? Box{x, from.y, thick, to.y - from.y} : Box{from.x, y, to.x - from.x, thick},
                grid_color);
}

void ChartDrawing::axes() {
  const float text = chart_.text_height;
  const float top = head();
  const float bottom = box_.bottom() - text * (chart_.x.label.empty() ? 2.6F : 4.4F);

  const auto chosen = [](const AxisRange& range, int about) {
    return range.log ? log_ticks(range.low, range.high, about) : ticks(range.low, range.high, about);
  };
  const std::vector<double> y_ticks = chosen(y_, std::clamp(static_cast<int>((bottom - top) / (4.5F * text)), 2, 8));
  const std::vector<std::string> y_labels = tick_labels(y_ticks, y_.log);
  float widest = 0;
  for (const std::string& label : y_labels) widest = std::max(widest, picture_.text_width(text, label));
  plot_ = picture_.on_pixels({box_.x + widest + 2 * text, top, box_.width - widest - 3.5F * text, bottom - top});

  for (std::size_t i = 0; i < y_ticks.size(); ++i) {
    const float y = place(x_.low, y_ticks[i]).y;
    grid_line({plot_.x, y}, {plot_.right(), y});
    picture_.text({plot_.x - text, y + text / 2}, text, y_labels[i], faint, Align::right);
  }
  const std::vector<double> x_ticks = chosen(x_, std::clamp(static_cast<int>(plot_.width / (9 * text)), 2, 8));
  const std::vector<std::string> x_labels = tick_labels(x_ticks, x_.log);
  for (std::size_t i = 0; i < x_ticks.size(); ++i) {
    const float x = place(x_ticks[i], y_.low).x, half = picture_.text_width(text, x_labels[i]) / 2;
    grid_line({x, plot_.y}, {x, plot_.bottom()});
    picture_.text({std::min(x, box_.right() - half - text / 2), plot_.bottom() + 1.9F * text}, text, x_labels[i], faint,
                  Align::centre);
  }
  if (!chart_.x.label.empty())
    picture_.text({plot_.right(), plot_.bottom() + 3.7F * text}, text, chart_.x.label + " →", faint, Align::right);
}

void ChartDrawing::landscape() {
  const Landscape& land = *chart_.landscape;
  const ScalarField& field = land.field;
  const auto count = static_cast<double>(std::max<std::size_t>(land.levels.size(), 1));
  if (land.shaded) {
    const Point low = place(field.x_low, field.y_low), high = place(field.x_high, field.y_high);
    picture_.fill(Box{low.x, high.y, high.x - low.x, low.y - high.y}, ground);  // where there is no value
    for (std::size_t i = 0; i <= land.levels.size(); ++i) {                     // each over what is lower
      const double level = i == 0 ? -std::numeric_limits<double>::infinity() : land.levels[i - 1];
      fill_above(picture_, plot(), field, level, land.shade(static_cast<double>(i) / count));
    }
  }
  for (std::size_t i = 0; i < land.levels.size(); ++i) {
    const Color color = land.shaded ? faded(sky, 0.5F) : land.shade(0.25 + 0.4 * static_cast<double>(i) / count);
    std::vector<std::array<Point, 2>> pieces;
    for (const auto& [x, y, to_x, to_y] : contour(field, land.levels[i]))
      pieces.push_back({place(x, y), place(to_x, to_y)});
    picture_.stroke(pieces, 1, color);
  }
}

void ChartDrawing::bars() {
  for (const Bars& bars : chart_.bars)
    for (std::size_t i = 0; i < bars.heights.size() && i + 1 < bars.edges.size(); ++i) {
      const Point low = place(bars.edges[i], y_.log ? y_.low : std::max(0.0, y_.low));
      const Point high = place(bars.edges[i + 1], bars.heights[i]);
      if (std::isfinite(high.y))
        picture_.fill(Box{low.x, high.y, std::max(1.0F, high.x - low.x - 1), low.y - high.y}, bars.color);
    }
}

void ChartDrawing::band(const Series& series) {
  std::vector<Point> edge, back;
  const auto close = [&] {
    edge.insert(edge.end(), back.rbegin(), back.rend());
    picture_.fill(edge, faded(series.color, 0.25F));
    edge.clear(), back.clear();
  };
  for (std::size_t i = 0; i < series.low.size(); ++i) {
    const Point low = place(series.x[i], series.low[i]), high = place(series.x[i], series.high[i]);
    if (std::isfinite(low.x) && std::isfinite(low.y) && std::isfinite(high.y)) {
      edge.push_back(low);
      back.push_back(high);
    } else {
      close();
    }
  }
  close();
}

void ChartDrawing::series(const Series& series) {
  if (series.width > 0) {
    std::vector<Point> run;
    const auto end = [&] {
      if (run.size() == 1) picture_.disc(run[0], series.width / 2, series.color);
      if (series.dashed)
        picture_.dashed(run, series.width, series.color, 3 * series.width);
      else
        picture_.stroke(run, series.width, series.color);
      run.clear();
    };
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      const Point p = place(series.x[i], series.y[i]);
      if (!std::isfinite(p.x) || !std::isfinite(p.y))
        end();
      else if (run.empty() || i + 1 == series.x.size() ||
               std::hypot(p.x - run.back().x, p.y - run.back().y) >= shortest_step)
        run.push_back(p);
    }
    end();
  }
  if (series.marker > 0) {
    std::vector<Point> markers;
    for (std::size_t i = 0; i < series.x.size(); ++i) markers.push_back(place(series.x[i], series.y[i]));
    picture_.discs(markers, series.marker, series.color);
  }
}

Plot ChartDrawing::draw(const std::function<void(const Plot&)>& over_landscape) {
  picture_.fill(box_, chart_.background, chart_.text_height);
  find_ranges();
  axes();
  float overhang = 0;  // what is marked on the border is shown whole
  for (const Series& one : chart_.series) overhang = std::max({overhang, one.marker, one.width / 2});
  picture_.clip(plot_.inset(-overhang));
  if (chart_.landscape) landscape();
  if (over_landscape) over_landscape(plot());
  bars();
  const auto shown = [&](std::size_t i) { return first_[i] == i && !chart_.series[i].hidden; };
  for (std::size_t i = 0; i < chart_.series.size(); ++i)
    if (shown(i)) band(chart_.series[i]);
  reference_lines();
  for (std::size_t i = 0; i < chart_.series.size(); ++i)
    if (shown(i)) series(chart_.series[i]);
  labels();
  picture_.unclip();
  return plot();
}

Point Plot::at(double value_x, double value_y) const {
  return {x + static_cast<float>(AxisRange{x_low, x_high, x_log}.share(value_x)) * width,
          bottom() - static_cast<float>(AxisRange{y_low, y_high, y_log}.share(value_y)) * height};
}

double Plot::x_at(float place) const {
  return AxisRange{x_low, x_high, x_log}.value(static_cast<double>((place - x) / width));
}

double Plot::y_at(float place) const {
  return AxisRange{y_low, y_high, y_log}.value(static_cast<double>((bottom() - place) / height));
}

Plot draw_chart(Picture& picture, Box box, const Chart& chart, const std::function<void(const Plot&)>& over_landscape) {
  return ChartDrawing(picture, box, chart).draw(over_landscape);
}

void fill_above(Picture& picture, const Plot& plot, const ScalarField& field, double level, Color color) {
  std::vector<std::vector<Point>> region;
  for (const std::vector<FieldPoint>& polygon : region_above(field, level)) {
    std::vector<Point>& placed = region.emplace_back();
    for (const auto& [x, y] : polygon) placed.push_back(plot.at(x, y));
  }
  picture.fill(region, color);
}

Color series_color(int index) {
  constexpr std::array<Color, 8> colors{blue, orange, green, vermilion, purple, yellow, deep_blue, ink};
  return colors[static_cast<std::size_t>(index) % colors.size()];
}

}  // namespace cairn::render
