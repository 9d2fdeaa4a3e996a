#include "render/sheets/descents.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "render/drawing/ticks.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float margin = 14, gap = 12, head = 50, foot = 22;                   // units
constexpr float title_height = 11, text_height = 7, small_height = 6;          // of a capital letter
constexpr float map_share = 0.56F;                                             // of the width
constexpr float scale_width = 54;                                              // of the height scale's column
constexpr std::size_t labelled_heights = 5;                                    // about
constexpr float row_height = 17;                                               // of the legend
constexpr float trail_width = 2, casing_width = 3.6F;                          // casing: the dark edge of each trail
constexpr float stretch = 8;                                                   // of the arrow that is the last step
constexpr float longest_step = 60, longest_momentum = 34, shortest_arrow = 7;  // units; shorter ones are left out
constexpr double flattened = 0.25;  // power of the momentum's share of its largest size that is its arrow's length
constexpr double worst = 1e6;       // times the first loss: what diverges further is cut off
constexpr double far_outside = 3;   // of the plane's width: a trail ends at the first point farther beyond a border
constexpr float thinnest = 0.35F;   // units; nearer points of a trail cannot be told apart
constexpr const char* landscape_name = "landscape";  // of its chart
constexpr double lowest_gap = 1e-16;                 // of the first one: below is rounding

/// Whether a point is near enough to the landscape for a trail to go on to it.
bool shows(const ScalarField& field, double x, double y) {
  const auto within = [](double value, double low, double high) {
    return value > low - far_outside * (high - low) && value < high + far_outside * (high - low);
  };
  return within(x, field.x_low, field.x_high) && within(y, field.y_low, field.y_high);
}

float length(Point p) {
  return std::hypot(p.x, p.y);
}

void arrow(Picture& picture, Point from, Point along, float width, Color color) {
  const float far = length(along);
  const Point unit{along.x / far, along.y / far}, side{-unit.y, unit.x};
  const float barb = 2.6F * width;
  const Point tip{from.x + along.x, from.y + along.y}, neck{tip.x - 1.6F * barb * unit.x, tip.y - 1.6F * barb * unit.y};
  picture.stroke(std::array{from, neck}, width, color);
  picture.fill(std::array{tip, Point{neck.x + barb * side.x, neck.y + barb * side.y},
                          Point{neck.x - barb * side.x, neck.y - barb * side.y}},
               color);
}

/// How many of the points can be shown: up to the first that lies far outside.
std::size_t shown_points(const ScalarField& field, const Descent& descent, std::size_t step) {
  std::size_t count = 0;
  while (count <= step && shows(field, descent.x[count], descent.y[count])) ++count;
  return count;
}

void draw_trail(Picture& picture, const Plot& plane, const Descent& descent, std::size_t count) {
  std::vector<Point> trail;
  for (std::size_t i = 0; i < count; ++i) {
    const Point p = plane.at(descent.x[i], descent.y[i]);
    if (trail.empty() || i + 1 == count || length({p.x - trail.back().x, p.y - trail.back().y}) >= thinnest)
      trail.push_back(p);
  }
  picture.stroke(trail, casing_width, faded(page_color, 0.7F));
  picture.stroke(trail, trail_width, descent.color);
}

void draw_head_of(Picture& picture, const Plot& plane, const Descent& descent, std::size_t step) {
  const Point at = plane.at(descent.x[step], descent.y[step]);
  if (!descent.momentum_x.empty()) {
    // Only its direction means something in the plane. How long the arrow is tells how it compares with its largest.
    double largest = 0;
    for (std::size_t i = 0; i < descent.momentum_x.size(); ++i)
      largest = std::max(largest, std::hypot(descent.momentum_x[i], descent.momentum_y[i]));
    const double x = -descent.momentum_x[step], y = -descent.momentum_y[step], size = std::hypot(x, y);
    const Point origin = plane.at(0, 0), to = plane.at(x, y), along{to.x - origin.x, to.y - origin.y};
    const auto wanted = longest_momentum * static_cast<float>(std::pow(size / largest, flattened));
    if (std::isfinite(wanted) && wanted >= shortest_arrow && length(along) > 0) {
      const float scale = wanted / length(along);
      arrow(picture, at, {along.x * scale, along.y * scale}, 1.2F, ink);
    }
  }
  if (step > 0) {
    const Point before = plane.at(descent.x[step - 1], descent.y[step - 1]);
    Point along{stretch * (at.x - before.x), stretch * (at.y - before.y)};
    const float far = length(along), scale = std::min(1.0F, longest_step / far);
    if (far >= shortest_arrow) arrow(picture, at, {along.x * scale, along.y * scale}, 2.4F, descent.color);
  }
  picture.disc(at, 5.5F, page_color);
  picture.disc(at, 4.2F, descent.color);
}

void draw_mark(Picture& picture, Point at, bool optimum) {
  if (!optimum) {
    picture.disc(at, 4, ink);
    return;
  }
  constexpr float radius = 5, reach = 8.5F;
  for (const auto& [width, color] : {std::pair(3.4F, page_color), std::pair(1.6F, ink)}) {
    picture.ring(at, radius, width, color);
    for (const auto& [x, y] : {std::pair(1.0F, 0.0F), {-1.0F, 0.0F}, {0.0F, 1.0F}, {0.0F, -1.0F}})
      picture.stroke(std::array{Point{at.x + radius * x, at.y + radius * y}, Point{at.x + reach * x, at.y + reach * y}},
                     width, color);
  }
}

void draw_losses(Picture& picture, Box box, const DescentSheet& sheet, std::size_t step, ChartPage* page) {
  Chart chart{.title = "Loss above the optimum",
              .x = {.label = "steps", .low = 0, .high = static_cast<double>(std::max<std::size_t>(1, sheet.steps()))},
              .y = {.log = true},
              .text_height = text_height};
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const Descent& descent : sheet.descents) {
    if (descent.hidden) continue;
    Series line{.color = descent.color, .width = 1.8F};
    const double first = descent.gaps.front();
    for (std::size_t i = 0; i < descent.gaps.size(); ++i) {
      const double value = descent.gaps[i];
      if (i > 0 && !(value <= worst * first)) break;
      if (value > lowest_gap * first) low = std::min(low, value), high = std::max(high, value);
      if (i > step) continue;
      line.x.push_back(static_cast<double>(i));
      line.y.push_back(value > lowest_gap * first ? value : std::numeric_limits<double>::quiet_NaN());
    }
    chart.series.push_back(std::move(line));
  }
  if (low < high) {  // the axes stay while the curves grow
    const double room = std::pow(high / low, 0.06);
    chart.y.low = low / room;
    chart.y.high = high * room;
  }
  place_chart(picture, box, std::move(chart), page);
}

void draw_legend(Picture& picture, const DescentPlaces& places, const DescentSheet& sheet, std::size_t step) {
  const Box box = places.legend;
  picture.fill(box, sky, text_height);
  if (sheet.turned) picture.fill(places.rows[*sheet.turned], faded(ground, 0.3F), 4);
  const float note = box.x + 0.53F * box.width, value = box.right() - 1.5F * text_height;
  float y = box.y + row_height;
  picture.text({box.x + 1.5F * text_height, y}, small_height, "optimizer", faint);
  picture.text({note, y}, small_height, "rate", faint, Align::right);
  const std::size_t late = late_loss(sheet.descents.front().gaps, step).steps;
  picture.text({value, y}, small_height, late == 1 ? "loss" : fmt::format("loss, mean of {} steps", late), faint,
               Align::right);
  for (const Descent& descent : sheet.descents) {
    y += row_height;
    const Color words_color = descent.hidden ? faint : ink;
    const float left = box.x + 1.5F * text_height, words = left + 3 * text_height;
    const float name_room = note - picture.text_width(text_height, descent.note) - 1.5F * text_height - words;
    const float name_width = picture.text_width(text_height, descent.name);
    picture.stroke(std::array{Point{left, y - text_height / 2}, Point{left + 2 * text_height, y - text_height / 2}},
                   0.4F * text_height, descent.hidden ? faded(descent.color, 0.3F) : descent.color);
    picture.text({words, y}, text_height * std::min(1.0F, name_room / name_width), descent.name, words_color);
    picture.text({note, y}, text_height, descent.note, faint, Align::right);
    const LateLoss loss = late_loss(descent.gaps, step);
    picture.text(
        {value, y}, text_height,
        loss.steps == 1 ? fmt::format("{:.2e}", loss.mean) : fmt::format("{:.2e} ± {:.0e}", loss.mean, loss.spread),
        words_color, Align::right);
  }
}

/// The colours of the levels from the lowest to the highest, with values of the function beside some.
void draw_heights(Picture& picture, Box bar, const Landscape& landscape) {
  const std::vector<double>& levels = landscape.levels;
  if (levels.empty() || !landscape.shaded) return;
  const auto count = static_cast<float>(levels.size());
  const auto boundary = [&](std::size_t level) {
    return bar.bottom() - bar.height * (static_cast<float>(level) + 1) / (count + 1);
  };
  for (std::size_t band = 0; band <= levels.size(); ++band) {
    const float top = band < levels.size() ? boundary(band) : bar.y;
    picture.fill(Box{bar.x, top, bar.width, bar.bottom() - bar.height * static_cast<float>(band) / (count + 1) - top},
                 landscape.shade(static_cast<double>(band) / static_cast<double>(levels.size())));
  }
  picture.outline(bar, 1, ground);
  picture.text({bar.x, bar.y - 0.9F * text_height}, text_height, "f", ink);
  const std::size_t apart = std::max<std::size_t>(1, levels.size() / labelled_heights);
  for (std::size_t level = 0; level < levels.size(); level += apart) {
    const float y = boundary(level);
    picture.stroke(std::array{Point{bar.right(), y}, Point{bar.right() + 3, y}}, 1, faint);
    picture.text({bar.right() + 5, y + small_height / 2}, small_height, short_number(levels[level]), faint);
  }
}

}  // namespace

LateLoss late_loss(const std::vector<double>& gaps, std::size_t step) {
  const std::size_t count = std::max<std::size_t>(1, (step + 1) / 10);
  const std::span<const double> last(gaps.data() + step + 1 - count, count);
  const double mean = std::accumulate(last.begin(), last.end(), 0.0) / static_cast<double>(count);
  double squares = 0;
  for (const double value : last) squares += (value - mean) * (value - mean);
  return {mean, count > 1 ? std::sqrt(squares / static_cast<double>(count - 1)) : 0, count};
}

DescentPlaces lay_out_descents(float width, float height, const DescentSheet& sheet) {
  const float left = sheet.plane() ? map_share * width + scale_width : margin;
  const Box right{left, head, width - margin - left, height - head - foot - margin / 2};
  const float table = row_height * (static_cast<float>(sheet.descents.size()) + 1.8F);
  const float knobs = sheet.turned ? slider_height + gap : 0;
  DescentPlaces places{.losses = {right.x, right.y, right.width, right.height - table - knobs - gap},
                       .legend = {right.x, right.bottom() - table - knobs, right.width, table},
                       .rows = {},
                       .knobs = {}};
  for (std::size_t i = 0; i < sheet.descents.size(); ++i)
    places.rows.push_back(
        {right.x, places.legend.y + row_height * (static_cast<float>(i) + 1.3F), right.width, row_height});
  if (!sheet.turned) return places;
  const auto count = static_cast<float>(sheet.descents[*sheet.turned].knobs.size());
  const float each = (right.width - 2 * gap * (count - 1)) / count;
  for (float i = 0; i < count; ++i)
    places.knobs.push_back({right.x + i * (each + 2 * gap), right.bottom() - slider_height, each, slider_height});
  return places;
}

Plot draw_landscape(Picture& picture, const DescentSheet& sheet, ChartPage* page) {
  picture.fill(Box{0, 0, picture.width(), picture.height()}, page_color);
  picture.text({margin, margin + title_height}, title_height, sheet.title, ink, Align::left, true);
  picture.text({margin + picture.text_width(title_height, sheet.title, true) + 14, margin + title_height}, text_height,
               sheet.sentence, ink);
  const float second = margin + title_height + 2.4F * text_height;
  picture.text({margin, second}, text_height, sheet.formula, ink);
  picture.text({margin + (sheet.formula.empty() ? 0 : picture.text_width(text_height, sheet.formula) + 14), second},
               text_height, sheet.subtitle, faint);
  if (!sheet.plane()) return {{margin, head, 0, picture.height() - head - foot - margin / 2}};
  const Box box{margin, head, map_share * picture.width() - margin, picture.height() - head - foot - margin / 2};
  const ChartLook look = page == nullptr ? ChartLook{} : page->looks[landscape_name];
  Chart chart{.x = {.label = "x0", .low = sheet.landscape.field.x_low, .high = sheet.landscape.field.x_high},
              .y = {.label = "x1", .low = sheet.landscape.field.y_low, .high = sheet.landscape.field.y_high},
              .landscape = sheet.landscape,
              .text_height = text_height};
  chart.landscape->meaning = "f";
  if (look.x) chart.x.low = look.x->low, chart.x.high = look.x->high;
  if (look.y) chart.y.low = look.y->low, chart.y.high = look.y->high;
  if (sheet.function && (look.x || look.y))
    chart.landscape->field = sample(sheet.function, *chart.x.low, *chart.x.high, *chart.y.low, *chart.y.high,
                                    sheet.landscape.field.columns, sheet.landscape.field.rows);
  Plot plane = draw_chart(picture, box, chart);
  if (page != nullptr) page->placed.push_back({landscape_name, std::move(chart), plane, box});
  float x = plane.right();
  const float base = plane.y - 0.9F * text_height;
  for (const bool optimum : {true, false}) {
    const char* name = optimum ? "optimum" : "start";
    picture.text({x, base}, text_height, name, ink, Align::right);
    x -= picture.text_width(text_height, name) + 1.7F * text_height;
    draw_mark(picture, {x, base - text_height / 2}, optimum);
    x -= 3 * text_height;
  }
  draw_heights(picture, {box.right() + 7, plane.y, 9, plane.height}, sheet.landscape);
  picture.text({margin, picture.height() - margin / 2 - small_height / 2}, small_height,
               "At each head, in its colour: the last step, eight times as long. White: the way its momentum points.",
               faint);
  return plane;
}

void draw_descents(Picture& picture, const Plot& plane, const DescentSheet& sheet, std::size_t step, ChartPage* page,
                   std::optional<std::size_t> held) {
  if (sheet.plane()) {
    picture.clip(plane);
    draw_mark(picture, plane.at(sheet.descents.front().x[0], sheet.descents.front().y[0]), false);
    for (const Descent& descent : sheet.descents)
      if (!descent.hidden) draw_trail(picture, plane, descent, shown_points(sheet.landscape.field, descent, step));
    for (const Point optimum : sheet.optima)
      draw_mark(picture, plane.at(static_cast<double>(optimum.x), static_cast<double>(optimum.y)), true);
    for (const Descent& descent : sheet.descents)
      if (!descent.hidden && shown_points(sheet.landscape.field, descent, step) == step + 1)
        draw_head_of(picture, plane, descent, step);
    picture.unclip();
  }

  picture.text({picture.width() - margin, margin + title_height}, text_height,
               fmt::format("step {} of {}", step, sheet.steps()), faint, Align::right);
  const DescentPlaces places = lay_out_descents(picture.width(), picture.height(), sheet);
  draw_losses(picture, places.losses, sheet, step, page);
  draw_legend(picture, places, sheet, step);
  for (std::size_t i = 0; i < places.knobs.size(); ++i) {
    Slider knob = sheet.descents[*sheet.turned].knobs[i];
    knob.said = short_number(knob.value);
    draw_slider(picture, places.knobs[i], knob, held == i);
  }
}

}  // namespace cairn::render
