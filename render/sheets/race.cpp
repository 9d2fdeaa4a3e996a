#include "render/sheets/race.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "render/drawing/chart.h"
#include "render/drawing/ticks.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float margin = 14, gap = 10, head = 50, corner = 6, inner = 4;  // units
constexpr float title_height = 11, text_height = 7, small_height = 6;     // of a capital letter
constexpr float panels_share = 0.6F;                                      // of the width
constexpr float lowest_strip = 30;                                        // height of a panel's own curve at least
constexpr float row_height = 15.5F;                                       // of the ranking
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr int colors = 8;  // then dashed ones begin

/// What a racer's curve shows at the time.
double latest(const Racer& racer, double until) {
  double value = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < racer.returns.x().size() && racer.returns.x()[i] <= until; ++i)
    value = racer.returns.y()[i];
  return value;
}

/// Whether every run is over.
bool all_over(const RaceSheet& sheet) {
  return std::ranges::all_of(sheet.racers, [](const Racer& racer) { return racer.score || !racer.trouble.empty(); }) &&
         !(sheet.until < static_cast<double>(sheet.total_steps));
}

/// Whether it has come to the return asked for by then.
bool reached(const RaceSheet& sheet, const Racer& racer) {
  return racer.reached && static_cast<double>(*racer.reached) <= sheet.until;
}

double standing(const RaceSheet& sheet, const Racer& racer) {
  return all_over(sheet) && racer.score ? *racer.score : latest(racer, sheet.until);
}

/// Of all curves together, whole, so that axes stay while curves grow.
std::pair<double, double> range(const RaceSheet& sheet) {
  double low = infinite, high = -low;
  for (const Racer& racer : sheet.racers)
    for (const double value : racer.returns.y())
      if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  if (!(low < high)) return {0, 1};
  return {low, high};
}

Series curve(const RaceSheet& sheet, std::size_t i, float width) {
  const Racer& racer = sheet.racers[i];
  Series line{.color = series_color(static_cast<int>(i)), .width = width, .dashed = i >= colors};
  for (std::size_t k = 0; k < racer.returns.x().size() && racer.returns.x()[k] <= sheet.until; ++k) {
    line.x.push_back(racer.returns.x()[k]);
    line.y.push_back(racer.returns.y()[k]);
  }
  return line;
}

/// The text, its end left out where it would be too wide.
void fitted_text(Picture& picture, Point at, float height, std::string text, Color color, float width) {
  const float share = width / picture.text_width(height, text);
  if (share < 1) {
    text.resize(std::min(text.size(), static_cast<std::size_t>(share * static_cast<float>(text.size()))));
    while (!text.empty() && picture.text_width(height, text + "…") > width) text.pop_back();
    text += "…";
  }
  picture.text(at, height, text, color);
}

std::string points(double value) {
  return std::isfinite(value) ? fmt::format("{:.1f}", value) : "-";
}

/// Panels of one size, as large as they can be in the box, from its upper left corner: each a world and below it a
/// curve, which takes what height is left.
struct Panels {
  int columns = 1;
  float width = 0, world = 0, strip = 0, right = 0;
  Panels(Box box, int count, float aspect) {
    for (int c = 1; c <= count; ++c) {
      const int rows = (count + c - 1) / c;
      const auto across = static_cast<float>(c), down = static_cast<float>(rows);
      const float row = (box.height - gap * (down - 1)) / down;
      const float wide = std::min((box.width - gap * (across - 1)) / across, (row - lowest_strip - inner) * aspect);
      if (wide <= width) continue;
      columns = c, width = wide, world = wide / aspect, strip = row - world - inner;
      right = box.x + across * wide + (across - 1) * gap;
    }
  }
  Box box(Box all, std::size_t i) const {
    const int number = static_cast<int>(i), row = number / columns, column = number % columns;
    const float height = world + inner + strip;
    return {all.x + static_cast<float>(column) * (width + gap), all.y + static_cast<float>(row) * (height + gap), width,
            height};
  }
};

/// A racer's own curve, small, on the scale of all.
void draw_strip(Picture& picture, Box box, const RaceSheet& sheet, std::size_t i) {
  picture.fill(box, sky, corner);
  const Series line = curve(sheet, i, 1.5F);
  const auto [low, high] = range(sheet);
  const Box plot{box.x + 5, box.y + 5, box.width - 44, box.height - 10};
  std::vector<Point> way;
  for (std::size_t k = 0; k < line.x.size(); ++k) {
    if (!std::isfinite(line.y[k])) continue;
    way.push_back({plot.x + static_cast<float>(line.x[k] / static_cast<double>(sheet.total_steps)) * plot.width,
                   plot.bottom() - static_cast<float>((line.y[k] - low) / (high - low)) * plot.height});
  }
  picture.clip(box, corner);
  picture.stroke(way, line.width, line.color);
  if (!way.empty()) picture.disc(way.back(), 2.4F, line.color);
  picture.unclip();
  picture.text({box.right() - 5, box.centre().y + small_height / 2}, small_height,
               points(latest(sheet.racers[i], sheet.until)), ink, Align::right);
}

void draw_panel(Picture& picture, Box box, float strip, const RaceSheet& sheet, std::size_t i, std::size_t rank,
                const std::function<void(std::size_t, Picture&, Box)>& draw_world) {
  const Racer& racer = sheet.racers[i];
  const Box world{box.x, box.y, box.width, box.height - strip - inner};
  picture.fill(world, sky, corner);
  draw_world(i, picture, world);
  const float text = small_height, room = world.width - 8 * text;
  const Box label{world.x + 4, world.y + 4, std::min(picture.text_width(text, racer.name), room) + 6.2F * text,
                  2.3F * text};
  const float base = label.y + 1.65F * text;
  picture.fill(label, faded(page_color, 0.72F), label.height / 2);
  picture.disc({label.x + 1.6F * text, label.centre().y}, 0.6F * text, series_color(static_cast<int>(i)));
  picture.text({label.x + 2.9F * text, base}, text, fmt::format("{}", rank + 1), faint, Align::left, true);
  fitted_text(picture, {label.x + 5 * text, base}, text, racer.name, ink, room);
  if (!racer.trouble.empty())
    picture.text({world.centre().x, world.centre().y}, text_height, racer.trouble, vermilion, Align::centre, true);
  draw_strip(picture, {world.x, world.bottom() + inner, world.width, strip}, sheet, i);
}

void draw_ranking(Picture& picture, Box box, const RaceSheet& sheet, const std::vector<std::size_t>& order) {
  picture.fill(box, sky, text_height);
  float y = box.y + row_height;
  const float left = box.x + 1.5F * text_height, right = box.right() - 1.5F * text_height;
  picture.text({left, y}, small_height, "ranking", faint);
  const bool arrived = std::ranges::any_of(sheet.racers, [&](const Racer& racer) { return reached(sheet, racer); });
  const std::string returns = all_over(sheet) ? "return of the last evaluation" : "return of 100 training episodes";
  picture.text({right, y}, small_height, (arrived ? "steps to the return asked for, or " : "") + returns, faint,
               Align::right);
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    y += row_height;
    const std::size_t i = order[rank];
    const Racer& racer = sheet.racers[i];
    const std::string value = !racer.trouble.empty()  ? racer.trouble
                              : reached(sheet, racer) ? short_number(static_cast<double>(*racer.reached)) + " steps"
                                                      : points(standing(sheet, racer));
    const float words = left + 6 * text_height;
    picture.text({left + 1.6F * text_height, y}, text_height, fmt::format("{}", rank + 1), faint, Align::right);
    const std::array swatch{Point{left + 2.6F * text_height, y - text_height / 2},
                            Point{left + 5 * text_height, y - text_height / 2}};
    if (i >= colors)
      picture.dashed(swatch, 2.6F, series_color(static_cast<int>(i)), 4);
    else
      picture.stroke(swatch, 2.6F, series_color(static_cast<int>(i)));
    fitted_text(picture, {words, y}, text_height, racer.name, ink,
                right - words - picture.text_width(text_height, value) - text_height);
    picture.text({right, y}, text_height, value, racer.trouble.empty() ? ink : vermilion, Align::right);
  }
}

}  // namespace

RaceBoard::RaceBoard(const std::vector<std::string>& names) {
  for (const std::string& name : names) racers_.push_back({.name = name});
}

void RaceBoard::update(std::size_t racer, const std::function<void(Racer&)>& change) {
  const std::lock_guard lock(mutex_);
  change(racers_[racer]);
}

std::vector<Racer> RaceBoard::look() const {
  const std::lock_guard lock(mutex_);
  return racers_;
}

std::vector<std::size_t> ranking(const RaceSheet& sheet) {
  std::vector<std::size_t> order(sheet.racers.size());
  std::iota(order.begin(), order.end(), 0);
  const auto key = [&](std::size_t i) {
    const Racer& racer = sheet.racers[i];
    const double value = standing(sheet, racer);
    const bool stands = racer.trouble.empty() && std::isfinite(value);
    const double steps = reached(sheet, racer) ? static_cast<double>(*racer.reached) : infinite;
    return std::tuple(steps, stands ? 0 : 1, stands ? -value : 0.0);
  };
  std::ranges::stable_sort(order, {}, key);
  return order;
}

void draw_race(Picture& picture, const RaceSheet& sheet,
               const std::function<void(std::size_t, Picture&, Box)>& draw_world) {
  picture.fill(Box{0, 0, picture.width(), picture.height()}, page_color);
  picture.text({margin, margin + title_height}, title_height, sheet.title, ink, Align::left, true);
  picture.text({margin, margin + title_height + 2.4F * text_height}, text_height, sheet.subtitle, faint);
  std::int64_t steps = 0;
  for (const Racer& racer : sheet.racers) steps = std::max(steps, racer.steps);
  const double shown = std::min(static_cast<double>(std::min(steps, sheet.total_steps)), sheet.until);
  picture.text({picture.width() - margin, margin + title_height}, text_height,
               short_number(shown) + " of " + short_number(static_cast<double>(sheet.total_steps)) + " steps", faint,
               Align::right);

  const std::vector<std::size_t> order = ranking(sheet);
  std::vector<std::size_t> rank(order.size());
  for (std::size_t place = 0; place < order.size(); ++place) rank[order[place]] = place;
  const Box left{margin, head, panels_share * picture.width() - margin, picture.height() - head - margin};
  const Panels panels(left, static_cast<int>(sheet.racers.size()), sheet.aspect);
  for (std::size_t i = 0; i < order.size(); ++i)
    draw_panel(picture, panels.box(left, i), panels.strip, sheet, i, rank[i], draw_world);

  const float x = panels.right + gap + 2;
  const float list = row_height * (static_cast<float>(order.size()) + 1.8F);
  const Box right{x, head, picture.width() - margin - x, picture.height() - head - margin};
  const auto [low, high] = range(sheet);
  const double room = 0.05 * (high - low);
  Chart chart{.title = "Return while learning",
              .x = {.label = "steps", .low = 0, .high = static_cast<double>(sheet.total_steps)},
              .y = {.low = low - room, .high = high + room},
              .text_height = text_height};
  for (std::size_t i = 0; i < sheet.racers.size(); ++i) chart.series.push_back(curve(sheet, i, 1.8F));
  if (sheet.threshold && *sheet.threshold < high)
    chart.reference_lines.push_back({.at = *sheet.threshold, .label = fmt::format("solved: {:g}", *sheet.threshold)});
  draw_chart(picture, {right.x, right.y, right.width, right.height - list - gap}, chart);
  draw_ranking(picture, {right.x, right.bottom() - list, right.width, list}, sheet, order);
}

}  // namespace cairn::render
