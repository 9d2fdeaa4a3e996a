#include "render/sheets/policy_strip.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "render/drawing/ticks.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float text_height = 6, track_below = 21, thickness = 4;  // units
constexpr float margin = 10, end = 6;  // at the line's ends; of its right end, what stands for the newest policy

/// The line that policies stand along.
Box track(Box box, const PolicyStrip& strip) {
  const Box across = strip.over.value_or(box.inset(margin));
  return {across.x, box.y + track_below - thickness / 2, across.width, thickness};
}

float place(const Box& line, const PolicyStrip& strip, std::int64_t steps) {
  const auto last = static_cast<float>(std::max<std::int64_t>(1, strip.moments.back()));
  return line.x + line.width * static_cast<float>(steps) / last;
}

}  // namespace

void draw_policy_strip(Picture& picture, Box box, const PolicyStrip& strip) {
  if (strip.moments.empty()) return;
  const Box line = track(box, strip);
  const bool newest = !strip.moment;
  const Color color = newest ? green : orange;
  const float here = newest ? line.right() : place(line, strip, *strip.moment);
  picture.text({line.x, box.y + 1.6F * text_height}, text_height,
               newest ? "The worlds fly by the newest policy"
                      : "The worlds fly by the policy of step " + short_count(*strip.moment),
               newest ? faint : orange, Align::left, !newest);
  picture.text({line.right(), box.y + 1.6F * text_height}, text_height,
               newest ? "drag back to earlier ones   ,  ." : "right end: the newest   ,  .", faint, Align::right);
  picture.fill(line, ground, thickness / 2);
  picture.fill(Box{line.x, line.y, std::max(0.0F, here - line.x), thickness}, faded(color, 0.8F), thickness / 2);
  for (const std::int64_t steps : strip.moments) {
    const float x = place(line, strip, steps);
    picture.stroke(std::array{Point{x, line.y - 2}, Point{x, line.bottom() + 2}}, 1, faded(ink, 0.5F));
  }
  picture.disc({here, line.centre().y}, 6, color);
  picture.ring({here, line.centre().y}, 6, 1.5F, ink);
}

std::optional<std::int64_t> moment_under(float x, Box box, const PolicyStrip& strip) {
  const Box line = track(box, strip);
  if (strip.moments.empty() || x >= line.right() - end) return std::nullopt;
  const double share = std::clamp(static_cast<double>((x - line.x) / line.width), 0.0, 1.0);
  const double steps = share * static_cast<double>(strip.moments.back());
  const std::int64_t nearest = *std::ranges::min_element(
      strip.moments, {}, [&](std::int64_t moment) { return std::abs(static_cast<double>(moment) - steps); });
  return nearest == strip.moments.back() ? std::nullopt : std::optional(nearest);
}

}  // namespace cairn::render
