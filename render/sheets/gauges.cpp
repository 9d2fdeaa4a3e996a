#include "render/sheets/gauges.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "render/drawing/ticks.h"

namespace cairn::render {

namespace {
using namespace envs::palette;

constexpr float letters = 7, row = 14, gap = 18, above = 4;  // units
constexpr float name_share = 0.37F, said_share = 0.31F;      // of a column
constexpr std::size_t rows = 6;                              // of a column, below its title
constexpr std::size_t decimals = 2;

/// A velocity behind a component's value: `5 m/s` are units of 5 m/s, `m/s, less 0.5` are 0.5 less.
struct Velocity {
  double value, scale;
  std::string unit;
};

std::optional<Velocity> velocity_of(const envs::Component& component, float value) {
  const std::string& unit = component.unit;
  const std::size_t end = std::min(unit.find(','), unit.size());
  if (unit.substr(0, end).find("/s") == std::string::npos) return std::nullopt;
  const std::size_t space = unit.find(' ');
  const bool scaled = space < end;
  const double scale = scaled ? std::strtod(unit.c_str(), nullptr) : 1;
  constexpr std::string_view less = ", less ";
  const double shift =
      unit.compare(end, less.size(), less) == 0 ? std::strtod(unit.c_str() + end + less.size(), nullptr) : 0;
  const std::size_t first = scaled ? space + 1 : 0;
  return Velocity{scale * (static_cast<double>(value) + shift), scale, unit.substr(first, end - first)};
}

std::string cut(const Picture& picture, std::string text, float room) {
  if (picture.text_width(letters, text) <= room) return text;
  while (!text.empty() && picture.text_width(letters, text + "…") > room) text.pop_back();
  return text + "…";
}

void draw_gauge(Picture& picture, Box box, const Gauge& gauge) {
  const float base = box.centre().y + letters / 2;
  picture.text({box.x, base}, letters, cut(picture, gauge.name, name_share * box.width), faint);
  const float said = gauge.said.empty() ? 0 : said_share;
  const Box bar{box.x + name_share * box.width + letters, box.centre().y - 0.5F * letters,
                (1 - name_share - said) * box.width - 2 * letters, letters};
  picture.fill(bar, sky, 2);
  const auto along = [&](float value) {
    return bar.x + bar.width * std::clamp((value - gauge.low) / (gauge.high - gauge.low), 0.0F, 1.0F);
  };
  const float zero = along(0), begin = along(gauge.from), end = along(gauge.value);
  picture.fill(Box{std::min(begin, end), bar.y, std::abs(end - begin), bar.height}, gauge.color, 2);
  if (gauge.low < 0) picture.fill(Box{zero - 0.5F, bar.y - 1.5F, 1, bar.height + 3}, faint);
  picture.text({box.right(), base}, letters, gauge.said, ink, Align::right);
}

void draw_column(Picture& picture, Box box, const char* title, std::span<const Gauge> gauges) {
  picture.text({box.x, box.y + 1.4F * letters}, letters, title, ink, Align::left, true);
  for (std::size_t i = 0; i < std::min(rows, gauges.size()); ++i)
    draw_gauge(picture, {box.x, box.y + row * static_cast<float>(i + 1), box.width, row}, gauges[i]);
}

}  // namespace

std::vector<Gauge> action_gauges(const envs::Spec& spec, std::span<const float> action) {
  std::vector<Gauge> gauges;
  if (spec.discrete()) {
    const auto taken = static_cast<std::size_t>(action[0]);
    const std::size_t count = spec.action_names.size();
    if (count > rows)
      return {{.name = spec.action_names[taken],
               .said = {},
               .high = static_cast<float>(count),
               .from = static_cast<float>(taken),
               .value = static_cast<float>(taken + 1),
               .color = orange}};
    for (std::size_t i = 0; i < count; ++i)
      gauges.push_back({.name = spec.action_names[i], .said = {}, .value = i == taken ? 1.0F : 0.0F, .color = orange});
    return gauges;
  }
  for (std::size_t i = 0; i < spec.action.size(); ++i) {
    const envs::Component& component = spec.action[i];
    const float value = std::clamp(action[i], component.low, component.high);
    gauges.push_back({.name = component.name,
                      .said = plain_number(static_cast<double>(value), decimals),
                      .low = component.low,
                      .high = component.high,
                      .value = value,
                      .color = orange});
  }
  return gauges;
}

std::vector<Gauge> velocity_gauges(const envs::Spec& spec, std::span<const float> observation,
                                   std::span<const float> largest) {
  std::vector<Gauge> gauges;
  for (std::size_t i = 0; i < observation.size() && gauges.size() < rows; ++i) {
    const std::optional<Velocity> velocity = velocity_of(spec.observation[i], observation[i]);
    if (!velocity) continue;
    const std::optional<Velocity> most = velocity_of(spec.observation[i], largest[i]);
    const auto reach = static_cast<float>(std::max(std::abs(most->value), 1e-3 * std::abs(most->scale)));
    gauges.push_back({.name = spec.observation[i].name,
                      .said = plain_number(velocity->value, decimals) + " " + velocity->unit,
                      .low = -reach,
                      .high = reach,
                      .value = static_cast<float>(velocity->value)});
  }
  return gauges;
}

float gauges_height() {
  return above + row * static_cast<float>(rows + 1);
}

void draw_gauges(Picture& picture, Box box, const ShownWorlds& worlds, int i) {
  const envs::Spec& spec = worlds.spec();
  const int elapsed = worlds.world(i).environment->elapsed();
  const std::array<Gauge, 1> time{{{.name = fmt::format("{:.1f} s", elapsed / static_cast<double>(spec.steps_a_second)),
                                    .said = fmt::format("{} of {}", elapsed, spec.horizon),
                                    .high = static_cast<float>(spec.horizon),
                                    .value = static_cast<float>(elapsed),
                                    .color = green}}};
  const std::vector<Gauge> actions = action_gauges(spec, worlds.action(i)),
                           velocities = velocity_gauges(spec, worlds.observation(i), worlds.largest());
  const float columns = velocities.empty() ? 2 : 3, width = (box.width - gap * (columns - 1)) / columns;
  Box column{box.x, box.y + above, width, box.height - above};
  const auto next = [&](const char* title, std::span<const Gauge> gauges) {
    draw_column(picture, column, title, gauges);
    column.x += width + gap;
  };
  next("Action", actions);
  if (!velocities.empty()) next("Velocity", velocities);
  next("Time, in steps", time);
}

}  // namespace cairn::render
