#include "render/sheets/dashboard.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "render/drawing/slider.h"
#include "render/drawing/ticks.h"
#include "render/sheets/gauges.h"
#include "render/sheets/policy_strip.h"
#include "render/worlds/rare_reward.h"
#include "render/worlds/sketch.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float margin = 12, gap = 10, worlds_gap = 4, corner = 7;  // units
constexpr float head_height = 44, foot_height = 24;
constexpr float charts_share = 0.42F;                                    // of the width
constexpr float text_height = 7, small_height = 6, title_height = 9.5F;  // of a capital letter
constexpr float caption = 4.2F * small_height;                           // below the worlds

// One small chart each: the first of these that the agent reports.
struct Small {
  const char* title;
  std::array<const char*, 4> metrics;
  Color color;
};
constexpr std::array<Small, 4> small_charts{{
    {"Value loss", {"train/value_loss", "train/loss", "train/critic_loss", "train/policy_loss"}, vermilion},
    {"Entropy", {"train/entropy", "train/epsilon", "train/std", ""}, purple},
    {"Gradient norm", {"train/gradient_norm", "", "", ""}, green},
    {"Learning rate", {"train/difficulty", "train/reach", "train/learning_rate", ""}, yellow},  // a curriculum's first
}};

std::string title_of(const std::string& metric) {
  std::string title = metric.substr(metric.find('/') + 1);
  std::ranges::replace(title, '_', ' ');
  if (!title.empty()) title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  return title;
}

Series line(const Trace& trace, Color color, std::string name = {}, float marker = 0) {
  return {.name = std::move(name), .x = trace.x(), .y = trace.y(), .color = color, .width = 1.8F, .marker = marker};
}

float letters(bool large) {
  return large ? text_height * 1.3F : small_height;
}

/// Units below a world for its line.
float line_below(bool large) {
  return 2.6F * letters(large);
}

/// A text about its middle, smaller where there is less room; nothing where it would be too small to be read.
void fitted_text(Picture& picture, Point middle, float height, const std::string& text, Color color, bool bold,
                 float room) {
  constexpr float smallest = 0.75F;
  const float share = std::min(1.0F, room / picture.text_width(height, text, bold));
  if (share >= smallest) picture.text(middle, share * height, text, color, Align::centre, bold);
}

/// Below a world: its return, what is to be done or what came of it, and who flies it. Nothing lies over the world.
void draw_line(Picture& picture, Box line, const ShownWorlds& worlds, int i, bool large, const std::string& pilot) {
  const ShownWorlds::World& world = worlds.world(i);
  const float text = letters(large), base = line.centre().y + text / 2;
  const std::string score = plain_number(world.episode_return, 0);
  picture.text({line.x + text, base}, text, score, ink);
  picture.text({line.right() - text, base}, text, pilot, pilot == "newest" ? ink : yellow, Align::right);
  const float left = line.x + 2 * text + picture.text_width(text, score),
              right = line.right() - 2 * text - picture.text_width(text, pilot);
  // In the world's middle, or as near to it as there is room.
  const auto say = [&](const std::string& words, Color color, bool bold) {
    const float room = std::max(0.0F, right - left),
                half = 0.5F * std::min(room, picture.text_width(text, words, bold));
    const float middle = std::min(std::max(line.centre().x, left + half), right - half);
    fitted_text(picture, {middle, base}, text, words, color, bold, room);
  };
  if (world.ended && world.success)
    say(turned(worlds.spec(), {.success = true}), green, true);
  else if (worlds.seconds_since_reward(i) < turned_seconds)
    say(turned(worlds.spec(), world.earned), color_of(world.earned), true);
  else if (world.ended)
    say(world.last.truncated ? "time is up" : "over", ink, true);
  else
    say(task_of(worlds.spec()), faint, false);
}

void draw_world(Picture& picture, Box box, const ShownWorlds& worlds, int i, bool selected, const Look& look,
                const std::string& pilot) {
  const bool large = look.alone;
  const float below = line_below(large);
  const Box shown = worlds.draw(i, picture, picture_part(box, large), corner, large ? look.part : Magnifier());
  draw_line(picture, {shown.x, shown.bottom(), shown.width, below}, worlds, i, large, pilot);
  if (worlds.world(i).success)
    picture.outline(shown.inset(1.5F), 3, green, corner);
  else if (selected)
    picture.outline(shown.inset(1), 2, faint, corner);
}

}  // namespace

void MetricCurves::add(std::span<const agents::Telemetry::Metric> row) {
  const auto value_of = [&](std::string_view name, double otherwise) {
    const auto found = std::ranges::find(row, name, &agents::Telemetry::Metric::name);
    return found == row.end() ? otherwise : found->value;
  };
  const double steps = value_of("steps", 0);
  const bool updated = value_of("updates", 1) > 0;
  if (curves_.empty())
    for (const agents::Telemetry::Metric& metric : row) {
      const agents::MetricInfo info = describe_(metric.name);
      curves_.push_back({std::string(metric.name), Trace(), info.log_axis, info.since});
    }
  for (std::size_t i = 0; i < std::min(curves_.size(), row.size()); ++i) {
    const agents::Since since = curves_[i].since;
    if (since == agents::Since::first_update && !updated) continue;
    if (since == agents::Since::first_episode && std::isnan(row[i].value)) continue;
    curves_[i].trace.add(steps, row[i].value);
  }
}

const MetricCurves::Curve* MetricCurves::find(std::string_view name) const {
  const auto found = std::ranges::find(curves_, name, &Curve::name);
  return found == curves_.end() ? nullptr : &*found;
}

const Trace& MetricCurves::trace(std::string_view name) const {
  static const Trace none(0);
  const Curve* curve = find(name);
  return curve == nullptr ? none : curve->trace;
}

void RunCurves::mark(double steps, const std::string& label) {
  constexpr std::string_view rate = "rate";
  if (marks.empty() || marks.back().steps != steps)
    marks.push_back({steps, label});
  else if (label.starts_with(rate) && marks.back().label.starts_with(rate))
    marks.back().label = label;
  else
    marks.back().label += ", " + label;
}

void add_marks(Chart& chart, const RunCurves& curves, bool labels) {
  for (const RunCurves::Mark& one : curves.marks)
    chart.reference_lines.push_back(
        {.at = one.steps, .vertical = true, .label = labels ? one.label : "", .color = purple});
  if (curves.moment) chart.reference_lines.push_back({.at = *curves.moment, .vertical = true, .color = orange});
}

float layout_share(int width_pixels, int height_pixels) {
  constexpr float readable = 0.6F, least = 2.0F / 3;  // pixels a unit
  const float fits =
      std::min(static_cast<float>(width_pixels) / view_width, static_cast<float>(height_pixels) / view_height);
  return std::clamp(fits / readable, least, 1.0F);
}

ViewLayout lay_out(float width, float height, bool curves, bool strip) {
  ViewLayout layout;
  const float charts = curves ? charts_share * width : 0;
  const float tall = height - head_height - foot_height;
  layout.head = {0, 0, width, head_height};
  layout.worlds = {margin, head_height, width - charts - 2 * margin, tall};
  const float below = curves ? slider_height + gap : 0;
  layout.charts = {layout.worlds.right() + gap, head_height, charts - gap, tall - below - (strip ? strip_height : 0)};
  layout.sliders = {layout.charts.x, layout.charts.bottom() + gap, layout.charts.width, curves ? slider_height : 0};
  layout.strip = {layout.charts.x, layout.charts.bottom() + below, layout.charts.width, strip ? strip_height : 0};
  layout.foot = {0, height - foot_height, width, foot_height};
  return layout;
}

ViewLayout on_pixels(const Picture& picture, ViewLayout layout) {
  for (Box* box : {&layout.head, &layout.worlds, &layout.charts, &layout.sliders, &layout.strip, &layout.foot})
    if (box->width > 0 && box->height > 0) *box = picture.on_pixels(*box);
  return layout;
}

Box draw_head(Picture& picture, Box box, const RunStatus& status) {
  const float base = box.y + (status.task.empty() ? 27.0F : 19.0F);
  if (!status.task.empty()) picture.text({box.x + margin, base + 16}, small_height, status.task, faint);
  float x = box.x + margin;
  const auto say = [&](const std::string& text, float size, Color color, bool bold) {
    picture.text({x, base}, size, text, color, Align::left, bold);
    x += picture.text_width(size, text, bold) + 18;
  };
  say(status.learner + (status.learner.empty() ? "" : " · ") + status.world, title_height, ink, true);
  const Color color = status.state == "learning" ? green : status.state == "paused" ? yellow : blue;
  say(status.state, text_height, color, true);
  if (status.total_steps > 0) {
    const double share = std::min(1.0, static_cast<double>(status.steps) / static_cast<double>(status.total_steps));
    const Box bar{x, base - 8, 150, 8};
    picture.fill(bar, ground, 4);
    picture.fill(Box{bar.x, bar.y, std::max(8.0F, static_cast<float>(share) * bar.width), bar.height}, blue, 4);
    x = bar.right() + 14;
  }
  std::string facts = short_number(static_cast<double>(status.steps));
  if (status.total_steps > 0) facts += " of " + short_number(static_cast<double>(status.total_steps));
  facts += " steps";
  if (status.updates > 0) facts += ", " + short_number(static_cast<double>(status.updates)) + " updates";
  if (status.steps_per_second > 0) facts += ", " + short_number(status.steps_per_second) + " steps/s";
  say(facts, text_height, ink, false);
  if (status.pace.empty()) return {};
  const float width = picture.text_width(small_height, status.pace) + 2.4F * small_height;
  const Box pill{box.right() - margin - width, box.y + box.height - 20, width, 17};
  picture.fill(pill, ground, pill.height / 2);
  picture.text({pill.x + 1.2F * small_height, pill.centre().y + small_height / 2}, small_height, status.pace, yellow);
  return pill;
}

std::vector<Box> world_boxes(Box box, const ShownWorlds& worlds, const Look& look) {
  const Box field{box.x, box.y, box.width, box.height - caption};
  Sketch probe;  // the view is what a world asks its canvas for
  worlds.world(0).environment->draw(probe);
  std::vector<Box> boxes(static_cast<std::size_t>(worlds.size()));
  if (look.alone) {
    const Box above{field.x, field.y, field.width, field.height - gauges_height()};
    boxes[static_cast<std::size_t>(look.selected)] = packed(above, 1, 0, probe.aspect(), line_below(true))[0];
    return boxes;
  }
  return packed(field, worlds.size(), worlds_gap, probe.aspect(), line_below(false));
}

Box picture_part(Box place, bool large) {
  return {place.x, place.y, place.width, place.height - line_below(large)};
}

void draw_worlds(Picture& picture, Box box, const ShownWorlds& worlds, const Look& look) {
  const std::vector<Box> boxes = world_boxes(box, worlds, look);
  for (int i = 0; i < worlds.size(); ++i)
    if (!look.alone || i == look.selected)
      draw_world(picture, boxes[static_cast<std::size_t>(i)], worlds, i, !look.alone && i == look.selected, look,
                 look.pilots.empty() ? "" : look.pilots[static_cast<std::size_t>(i)]);
  if (look.alone) {
    const float top = boxes[static_cast<std::size_t>(look.selected)].bottom();
    draw_gauges(picture, {box.x, top, box.width, gauges_height()}, worlds, look.selected);
  }
  picture.text({box.x, box.bottom() - 1.4F * small_height}, small_height, look.flown_by,
               look.by_person ? orange : faint, Align::left, look.by_person);
  picture.text({box.right(), box.bottom() - 1.4F * small_height}, small_height, look.speed, faint, Align::right);
}

bool return_is_success(const RunCurves& curves) {
  const auto same = [](const MetricCurves& of) {
    const Trace &returns = of.trace("return_mean"), &successes = of.trace("success_rate");
    return returns.x() == successes.x() && std::ranges::equal(returns.y(), successes.y(), [](double a, double b) {
             return a == b || (std::isnan(a) && std::isnan(b));
           });
  };
  const std::vector<double>& returns = curves.training.trace("return_mean").y();
  return std::ranges::any_of(returns, [](double value) { return value > 0; }) && same(curves.training) &&
         same(curves.evaluations);
}

void draw_curves(Picture& picture, Box box, const RunCurves& curves, ChartPage* page) {
  const bool one = return_is_success(curves);
  const float small = 0.2F * box.height, success = one ? -gap : 0.21F * box.height;
  const Axis steps{.low = 0};
  Chart returns{.title = "Return",
                .x = {.label = "steps", .low = 0},
                .series = {line(curves.training.trace("return_mean"), blue, "100 training episodes"),
                           line(curves.evaluations.trace("return_mean"), orange, "evaluated", 3)},
                .text_height = text_height};
  if (curves.threshold)
    returns.reference_lines.push_back(
        {.at = *curves.threshold, .label = fmt::format("solved: {:g}", *curves.threshold)});
  if (one) {
    returns.title = "Return, the success rate here";
    returns.y.low = 0;
    returns.y.high = 1;
  }
  add_marks(returns, curves, true);
  const float rest = box.height - 2 * small - success - 3 * gap;
  place_chart(picture, {box.x, box.y, box.width, rest}, std::move(returns), page);
  Chart successes{.title = "Success rate",
                  .x = steps,
                  .y = {.low = 0, .high = 1},
                  .series = {line(curves.training.trace("success_rate"), blue),
                             line(curves.evaluations.trace("success_rate"), orange, "", 3)},
                  .text_height = small_height};
  add_marks(successes, curves, false);
  if (!one) place_chart(picture, {box.x, box.y + rest + gap, box.width, success}, std::move(successes), page);
  const float width = (box.width - gap) / 2;
  for (std::size_t i = 0; i < small_charts.size(); ++i) {
    const Small& wanted = small_charts[i];
    const Box place{box.x + static_cast<float>(i % 2) * (width + gap), box.bottom() - (i < 2 ? 2 * small + gap : small),
                    width, small};
    Chart chart{.title = wanted.title, .x = steps, .text_height = small_height};
    for (const char* name : wanted.metrics) {
      const MetricCurves::Curve* curve = curves.training.find(name);
      if (curve == nullptr) continue;
      chart.title = title_of(curve->name);
      chart.note = short_number(curve->trace.last());
      chart.y.log = curve->log_axis;
      chart.series = {line(curve->trace, wanted.color)};
      break;
    }
    add_marks(chart, curves, false);
    place_chart(picture, place, std::move(chart), page);
  }
}

Box draw_page_names(Picture& picture, Box box, const std::vector<std::string>& names, std::size_t lit,
                    std::vector<Box>& places) {
  constexpr float height = 22;
  float x = box.x;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const float width = picture.text_width(text_height, names[i], i == lit) + 2.6F * text_height;
    if (i == lit) picture.fill(Box{x, box.y, width, height - 6}, ground, 5);
    picture.text({x + 1.3F * text_height, box.y + (height - 6 + text_height) / 2}, text_height, names[i],
                 i == lit ? ink : faint, Align::left, i == lit);
    places.push_back({x, box.y, width, height});
    x += width + 4;
  }
  picture.text({box.right(), box.y + (height - 6 + text_height) / 2}, small_height, "V  next page", faint,
               Align::right);
  return {box.x, box.y + height, box.width, box.height - height};
}

void draw_foot(Picture& picture, Box box, const RunStatus& status, const std::string& hint) {
  const float base = box.y + box.height / 2 + small_height / 2;
  picture.text({box.x + margin, base}, small_height, hint, faint);
  picture.text({box.right() - margin, base}, small_height, status.message, yellow, Align::right);
}

std::vector<Box> draw_buttons(Picture& picture, Box box, const std::vector<KeyHelp>& keys) {
  constexpr float apart = 6, height = 16;
  std::vector<Box> places;
  float x = box.x + margin;
  for (const KeyHelp& key : keys) {
    const float letters = picture.text_width(small_height, key.key, true);
    const float width = letters + picture.text_width(small_height, key.does) + 3.4F * small_height;
    const Box place = picture.on_pixels({x, box.centre().y - height / 2, width, height});
    const float base = place.centre().y + small_height / 2;
    picture.fill(place, faded(ground, 0.35F), place.height / 2);
    picture.text({x + 1.2F * small_height, base}, small_height, key.key, ink, Align::left, true);
    picture.text({x + 2.2F * small_height + letters, base}, small_height, key.does, faint);
    places.push_back(place);
    x += width + apart;
  }
  return places;
}

void draw_help(Picture& picture, Box box, const std::vector<KeyHelp>& keys) {
  constexpr float padding = 24, key_width = 120;
  const float line_height = std::min(22.0F, (box.height - 2 * padding) / static_cast<float>(keys.size() + 1));
  float widest = 0;
  for (const KeyHelp& key : keys) widest = std::max(widest, picture.text_width(text_height, key.does));
  const float width = key_width + widest + 2 * padding;
  const float height = static_cast<float>(keys.size() + 1) * line_height + 2 * padding;
  const Box panel{box.centre().x - width / 2, box.centre().y - height / 2, width, height};
  picture.fill(panel, faded(sky, 0.94F), 10);
  picture.outline(panel, 1.5F, faint, 10);
  float y = panel.y + padding + title_height;
  picture.text({panel.x + padding, y}, title_height, "Keys", ink, Align::left, true);
  for (const KeyHelp& key : keys) {
    y += line_height;
    picture.text({panel.x + padding, y}, text_height, key.key, yellow, Align::left, true);
    picture.text({panel.x + padding + key_width, y}, text_height, key.does, ink);
  }
}

}  // namespace cairn::render
