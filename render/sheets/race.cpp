#include "render/sheets/race.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <tuple>

#include "render/drawing/chart.h"
#include "render/drawing/rule_colors.h"
#include "render/drawing/ticks.h"
#include "render/sheets/lanes.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float margin = 14, head = 50, corner = 6;                    // units
constexpr float title_height = 11, text_height = 7, small_height = 6;  // of a capital letter
constexpr float lanes_share = 0.66F;                                   // of the width, at most
constexpr std::size_t longest_name = 24;                               // letters
constexpr float row_height = 15.5F;                                    // of the ranking
constexpr double infinite = std::numeric_limits<double>::infinity();

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

/// Numbers of the racers' colours, those of their rules.
std::vector<int> colors_of(const RaceSheet& sheet) {
  std::vector<std::string> names;
  names.reserve(sheet.racers.size());
  for (const Racer& racer : sheet.racers) names.push_back(racer.name);
  return rule_colors(names);
}

Series curve(const RaceSheet& sheet, std::size_t i, int color, float width) {
  const Racer& racer = sheet.racers[i];
  Series line = lane_series(color, width);
  line.name = racer.name;
  for (std::size_t k = 0; k < racer.returns.x().size() && racer.returns.x()[k] <= sheet.until; ++k) {
    line.x.push_back(racer.returns.x()[k]);
    line.y.push_back(racer.returns.y()[k]);
  }
  return line;
}

std::string points(double value) {
  return std::isfinite(value) ? plain_number(value, 1) : "-";
}

/// The racer's rule without its settings, where no other racer has the same.
std::string short_name(const RaceSheet& sheet, std::size_t i) {
  const auto rule = [](const Racer& racer) { return racer.name.substr(0, racer.name.find(':')); };
  const std::string& name = sheet.racers[i].name;
  std::string bare = rule(sheet.racers[i]);
  if (std::ranges::count(sheet.racers, bare, rule) == 1) return bare;
  return name.size() <= longest_name ? name : name.substr(0, longest_name - 1) + "…";
}

/// A flag on its pole, which stands on `foot`.
void draw_flag(Picture& picture, Point foot, float height, Color color) {
  const float top = foot.y - height;
  picture.stroke(std::array{foot, Point{foot.x, top}}, 1.2F, ink);
  picture.fill(std::array{Point{foot.x, top}, Point{foot.x + 0.8F * height, top + 0.25F * height},
                          Point{foot.x, top + 0.5F * height}},
               color);
}

std::string place_said(std::size_t place, std::int64_t steps) {
  constexpr std::array<const char*, 3> names{"first", "second", "third"};
  return (place < names.size() ? std::string(names[place]) : fmt::format("{}th", place + 1)) + " at " +
         short_count(steps);
}

void draw_lane(Picture& picture, Box box, const Lanes& lanes, const RaceSheet& sheet, std::size_t i, int color,
               const std::vector<Finish>& finished, const std::function<void(std::size_t, Picture&, Box)>& draw_world) {
  const Racer& racer = sheet.racers[i];
  const float above = lanes.above;
  const Box world = lanes.world_box(box);
  picture.fill(box, sky, corner);
  draw_world(i, picture, world);
  const float text = small_height, left = box.x + text, right = box.right() - text;
  const bool two_lines = above >= 2 * Lanes::lowest_head;
  const float base = box.y + (above - (two_lines ? 2.6F * text : 0)) / 2 + text / 2;
  float room = box.width - 7 * text;
  if (const auto finish = std::ranges::find(finished, i, &Finish::racer); finish != finished.end()) {
    const auto as_soon = std::ranges::lower_bound(finished, finish->steps, {}, &Finish::steps);
    const auto place = static_cast<std::size_t>(as_soon - finished.begin());  // the same for those that came together
    const std::string said = place_said(place, finish->steps);
    const float width = picture.text_width(text, said, true), line = two_lines ? base + 2.6F * text : base;
    const float x = two_lines ? left + 5 * text : right - width;
    picture.text({x, line}, text, said, place == 0 ? yellow : ink, Align::left, true);
    draw_flag(picture, {x - 2 * text, line + 0.3F * text}, 1.9F * text, place == 0 ? yellow : faint);
    if (!two_lines) room -= width + 3 * text;
  }
  draw_swatch(picture, {left, base - text / 2}, 3.6F * text, color);
  shortened_text(picture, {left + 5 * text, base}, text, racer.name, ink, room);
  if (!racer.trouble.empty())
    picture.text({world.centre().x, world.centre().y}, text_height, racer.trouble, vermilion, Align::centre, true);
}

void draw_ranking(Picture& picture, Box box, const RaceSheet& sheet, const std::vector<std::size_t>& order,
                  const std::vector<int>& colors, const std::set<std::string>& hidden) {
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
    const bool away = hidden.contains(racer.name);
    if (!away) draw_swatch(picture, {left + 2.6F * text_height, y - text_height / 2}, 2.4F * text_height, colors[i]);
    shortened_text(picture, {words, y}, text_height, racer.name, away ? faint : ink,
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

std::vector<Finish> finishes(const RaceSheet& sheet) {
  std::vector<Finish> finished;
  for (std::size_t i = 0; i < sheet.racers.size(); ++i) {
    const std::optional<std::int64_t>& steps = sheet.asked ? sheet.racers[i].reached : sheet.racers[i].solved;
    if (steps && static_cast<double>(*steps) <= sheet.until) finished.push_back({i, *steps});
  }
  std::ranges::stable_sort(finished, {}, &Finish::steps);
  return finished;
}

void draw_race(Picture& picture, const RaceSheet& sheet,
               const std::function<void(std::size_t, Picture&, Box)>& draw_world, ChartPage* page) {
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
  const std::vector<int> colors = colors_of(sheet);
  const std::vector<Finish> finished = finishes(sheet);
  const Box left{margin, head, lanes_share * picture.width() - margin, picture.height() - head - margin};
  const Lanes lanes(left, static_cast<int>(sheet.racers.size()), sheet.aspect);
  for (std::size_t i = 0; i < order.size(); ++i)
    draw_lane(picture, lanes.box(left, i), lanes, sheet, i, colors[i], finished, draw_world);

  const float x = lanes.right + Lanes::gap + 2;
  const float list = row_height * (static_cast<float>(order.size()) + 1.8F);
  const Box right{x, head, picture.width() - margin - x, picture.height() - head - margin};
  const auto [low, high] = range(sheet);
  const double room = 0.05 * (high - low);
  Chart chart{.title = "Return while learning",
              .x = {.label = "steps", .low = 0, .high = static_cast<double>(sheet.total_steps)},
              .y = {.low = low - room, .high = high + room},
              .legend = false,
              .text_height = text_height};
  for (std::size_t i = 0; i < sheet.racers.size(); ++i) chart.series.push_back(curve(sheet, i, colors[i], 1.8F));
  const std::optional<double> goal = sheet.asked ? sheet.asked : sheet.threshold;
  if (goal && *goal < high)
    chart.reference_lines.push_back(
        {.at = *goal, .label = fmt::format("{}: {:g}", sheet.asked ? "asked for" : "solved", *goal)});
  for (std::size_t place = finished.size(); place-- > 0;) {
    const Finish& one = finished[place];
    chart.reference_lines.push_back(
        {.at = static_cast<double>(one.steps),
         .vertical = true,
         .label = place == 0 ? short_name(sheet, one.racer) + " first at " + short_count(one.steps) : "",
         .color = series_color(colors[one.racer])});
  }
  const Box table{right.x, right.bottom() - list, right.width, list};
  const std::string name = chart.title;
  place_chart(picture, {right.x, right.y, right.width, right.height - list - Lanes::gap}, std::move(chart), page);
  draw_ranking(picture, table, sheet, order, colors,
               page == nullptr ? std::set<std::string>() : page->looks[name].hidden);
  if (page == nullptr) return;
  for (std::size_t rank = 0; rank < order.size(); ++rank)
    page->placed.back().plot.legend.push_back(
        {{sheet.racers[order[rank]].name},
         {table.x, table.y + row_height * (static_cast<float>(rank) + 1.3F), table.width, row_height}});
}

}  // namespace cairn::render
