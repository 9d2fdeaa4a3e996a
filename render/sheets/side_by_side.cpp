#include "render/sheets/side_by_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "render/drawing/chart.h"
#include "render/drawing/ticks.h"
#include "render/sheets/lanes.h"
#include "render/worlds/recorder.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float margin = 14, head = 50, corner = 6;                    // units
constexpr float title_height = 11, text_height = 7, small_height = 6;  // of a capital letter
constexpr float lane_head = 22;                                        // of what stands above a world
constexpr float table_width = 330, lowest_chart = 130;                 // beside or below the lanes
constexpr float row_height = 26;                                       // of the table: two lines
constexpr float column_width = 10 * text_height;                       // of a number in it
constexpr double begin_seconds = 0.5, end_seconds = 1.2;               // for which a video holds both
constexpr int most_gif_frames = 30;                                    // a second

double return_after(const Flight& flight, std::size_t step) {
  double sum = 0;
  for (std::size_t i = 0; i < std::min(step, flight.rewards.size()); ++i) sum += static_cast<double>(flight.rewards[i]);
  return sum;
}

void draw_contender(Picture& picture, Box box, const Lanes& lanes, const Contender& one, std::size_t i,
                    std::size_t step, const std::function<void(std::size_t, Picture&, Box)>& draw_world) {
  picture.fill(box, sky, corner);
  const Box world = lanes.world_box(box);
  draw_world(i, picture, world);
  const bool ended = step >= one.flight.rewards.size();
  const float text = small_height, left = box.x + text, right = box.right() - text;
  const float base = box.y + lanes.above / 2 + text / 2;
  std::string said = plain_number(return_after(one.flight, step), 1);
  if (ended) said = (one.flight.success ? "success, " : one.flight.terminated ? "over, " : "time is up, ") + said;
  const bool success = ended && one.flight.success;
  picture.text({right, base}, text, said, success ? green : ended ? ink : faint, Align::right, ended);
  draw_swatch(picture, {left, base - text / 2}, 3.6F * text, static_cast<int>(i));
  shortened_text(picture, {left + 5 * text, base}, text, one.name, ink,
                 box.width - 9 * text - picture.text_width(text, said, ended));
  if (success) picture.outline(box.inset(1), 2, green, corner);
}

/// What each is, and how it did in the episodes that have been shown.
void draw_table(Picture& picture, Box box, const SideBySide& sheet) {
  picture.fill(box, sky, text_height);
  const float left = box.x + 1.5F * text_height, right = box.right() - 1.5F * text_height;
  const std::array columns{right - column_width, right};
  float y = box.y + 2.2F * text_height;
  const int episodes = sheet.contenders.front().episodes;
  picture.text({left, y}, small_height, fmt::format("{} episode{} shown", episodes, episodes == 1 ? "" : "s"), faint);
  picture.text({columns[0], y}, small_height, "mean return", faint, Align::right);
  picture.text({columns[1], y}, small_height, "successes", faint, Align::right);
  for (std::size_t i = 0; i < sheet.contenders.size(); ++i) {
    const Contender& one = sheet.contenders[i];
    y += row_height;
    const float words = left + 4.5F * text_height, room = columns[0] - column_width - words;
    draw_swatch(picture, {left, y - 1.1F * text_height}, 3.2F * text_height, static_cast<int>(i));
    shortened_text(picture, {words, y - 0.9F * text_height}, text_height, one.name, ink, room);
    shortened_text(picture, {words, y + 0.8F * text_height}, small_height, one.about, faint, room);
    const float line = y - 0.2F * text_height;
    picture.text({columns[0], line}, text_height, one.episodes > 0 ? plain_number(one.returns / one.episodes, 1) : "–",
                 ink, Align::right);
    picture.text({columns[1], line}, text_height, fmt::format("{} of {}", one.successes, one.episodes), ink,
                 Align::right);
  }
}

Chart curves_of(const SideBySide& sheet) {
  Chart chart{
      .title = "Return while training", .x = {.label = "steps", .low = 0}, .legend = false, .text_height = text_height};
  double high = -1e300;
  for (std::size_t i = 0; i < sheet.contenders.size(); ++i) {
    Series line = lane_series(static_cast<int>(i), 1.8F);
    line.name = sheet.contenders[i].name;
    line.x = sheet.contenders[i].x;
    line.y = sheet.contenders[i].y;
    for (const double value : line.y)
      if (std::isfinite(value)) high = std::max(high, value);
    chart.series.push_back(std::move(line));
  }
  if (sheet.threshold && *sheet.threshold < high)
    chart.reference_lines.push_back({.at = *sheet.threshold, .label = fmt::format("solved: {:g}", *sheet.threshold)});
  return chart;
}

bool has_curves(const SideBySide& sheet) {
  return std::ranges::any_of(sheet.contenders, [](const Contender& one) { return !one.x.empty(); });
}

/// Where everything lies.
struct Placing {
  Box left;
  Lanes lanes;
  Box chart, table;
};

/// Chart and table stand at the right of the lanes or below them, whichever leaves the larger worlds.
Placing place(const SideBySide& sheet, Box box) {
  const int count = static_cast<int>(sheet.contenders.size());
  const float aspect = sheet.contenders.front().flight.frames.front().aspect();
  const float table = row_height * static_cast<float>(count) + 4 * text_height;
  const float panel = has_curves(sheet) ? std::max(table, lowest_chart) : table;
  const Box beside{box.x, box.y, box.width - table_width - Lanes::gap, box.height};
  const Box above{box.x, box.y, box.width, box.height - panel - Lanes::gap};
  Placing right{.left = beside, .lanes = Lanes(beside, count, aspect), .chart = {}, .table = {}};
  Placing below{.left = above, .lanes = Lanes(above, count, aspect), .chart = {}, .table = {}};
  for (Placing* one : {&right, &below}) one->lanes.above = std::min(one->lanes.above, lane_head);
  if (right.lanes.width >= below.lanes.width) {
    const float x = right.lanes.right + Lanes::gap, width = box.right() - x;
    right.chart = {x, box.y, width, box.height - table - Lanes::gap};
    right.table = {x, has_curves(sheet) ? box.bottom() - table : box.y, width, table};
    return right;
  }
  below.left.x += (box.right() - below.lanes.right) / 2;  // in the middle
  below.lanes.right += (box.right() - below.lanes.right) / 2;
  const float y = below.left.y + below.lanes.height() + Lanes::gap;
  const float x = box.right() - (has_curves(sheet) ? table_width : box.width);
  below.chart = {box.x, y, x - Lanes::gap - box.x, box.bottom() - y};
  below.table = {x, y, box.right() - x, table};
  return below;
}

}  // namespace

void Contender::count() {
  ++episodes;
  successes += flight.success ? 1 : 0;
  returns += flight.episode_return;
}

std::size_t SideBySide::length() const {
  std::size_t steps = 0;
  for (const Contender& one : contenders) steps = std::max(steps, one.flight.rewards.size());
  return steps;
}

void draw_side_by_side(Picture& picture, const SideBySide& sheet, std::size_t step,
                       const std::function<void(std::size_t, Picture&, Box)>& draw_world, ChartPage* page) {
  picture.fill(Box{0, 0, picture.width(), picture.height()}, page_color);
  picture.text({margin, margin + title_height}, title_height, sheet.title, ink, Align::left, true);
  picture.text({margin, margin + title_height + 2.4F * text_height}, text_height, sheet.subtitle, faint);
  picture.text({picture.width() - margin, margin + title_height}, text_height,
               fmt::format("episode {}, step {}", sheet.episode + 1, std::min(step, sheet.length())), faint,
               Align::right);

  const Placing placing = place(sheet, {margin, head, picture.width() - 2 * margin, picture.height() - head - margin});
  for (std::size_t i = 0; i < sheet.contenders.size(); ++i)
    draw_contender(picture, placing.lanes.box(placing.left, i), placing.lanes, sheet.contenders[i], i, step,
                   draw_world);
  if (has_curves(sheet)) place_chart(picture, placing.chart, curves_of(sheet), page);
  draw_table(picture, placing.table, sheet);
}

void draw_contender_world(Picture& picture, Box box, const SideBySide& sheet, std::size_t contender, double steps,
                          const Magnifier& part) {
  const auto whole = static_cast<std::size_t>(std::max(0.0, steps));
  const Flight& flight = sheet.contenders[contender].flight;
  const std::vector<Sketch>& frames = flight.frames;
  PictureCanvas canvas(picture, box, corner);
  canvas.magnify(part);
  if (whole + 1 < frames.size())
    frames[whole + 1].draw_between(canvas, frames[whole], static_cast<float>(steps - static_cast<double>(whole)));
  else
    frames.back().draw(canvas);
  const std::optional<FlightEvent> event = latest_event(flight, std::min(whole, flight.rewards.size()));
  if (!event) return;
  const auto age = static_cast<float>((steps - static_cast<double>(event->step)) / sheet.steps_a_second);
  draw_burst(picture, canvas.shown(), canvas.place(event->earned.at), event->earned, age / burst_seconds);
}

void draw_moment(Picture& picture, const SideBySide& sheet, double steps) {
  draw_side_by_side(picture, sheet, static_cast<std::size_t>(std::max(0.0, steps)),
                    [&](std::size_t i, Picture& page, Box box) { draw_contender_world(page, box, sheet, i, steps); });
}

void record_side_by_side(const std::filesystem::path& path, SideBySide& sheet,
                         const std::function<bool(SideBySide&)>& fly) {
  const bool gif = path.extension() == ".gif";
  const float scale = video_scale(path);
  const int every = gif ? (sheet.steps_a_second + most_gif_frames - 1) / most_gif_frames : 1;
  const double rate = static_cast<double>(sheet.steps_a_second) / every;  // frames a second
  Picture picture(static_cast<int>(std::lround(side_by_side_width * scale)),
                  static_cast<int>(std::lround(side_by_side_height * scale)), scale);
  Recorder recorder(path, picture.width_pixels(), picture.height_pixels(), static_cast<int>(std::lround(rate)));
  const auto show = [&](std::size_t step, double seconds) {
    const int frames = std::max(1, static_cast<int>(std::lround(seconds * rate)));
    for (int i = 0; i < frames; ++i) {
      if (i == 0 || step > 0) draw_moment(picture, sheet, static_cast<double>(step) + i * every);
      recorder.add(picture);
    }
  };
  while (fly(sheet)) {
    const std::size_t last = sheet.length();
    for (std::size_t step = 0; step < last; step += static_cast<std::size_t>(every))
      show(step, step == 0 ? begin_seconds : 0);
    for (Contender& one : sheet.contenders) one.count();
    show(last, end_seconds);
  }
  recorder.finish();
}

}  // namespace cairn::render
