#include <array>
#include <cmath>

#include "envs/box2d/key_rooms.h"
#include "envs/box2d/key_rooms_sizes.h"
#include "envs/box2d/world.h"
#include "envs/shapes.h"

namespace cairn::envs {

namespace {

using Sizes = KeyRoomsSizes;

constexpr float wall = 0.08F;  // m, as drawn
constexpr Color floor_color{30, 36, 52};

/// A key and its door share a colour.
Color color_of(int i) {
  constexpr std::array<Color, 4> colors{palette::orange, palette::blue, palette::purple, palette::yellow};
  return colors[static_cast<std::size_t>(i) % colors.size()];
}

/// A bow, a shaft and two teeth, `size` from the middle to either end.
void draw_key(Canvas& canvas, Point at, float size, Color color) {
  canvas.ring({at.x - 0.55F * size, at.y}, 0.42F * size, 0.22F * size, color);
  line(canvas, {at.x - 0.15F * size, at.y}, {at.x + size, at.y}, 0.2F * size, color);
  for (const float tooth : {0.55F, 0.9F})
    line(canvas, {at.x + tooth * size, at.y}, {at.x + tooth * size, at.y - 0.45F * size}, 0.2F * size, color);
}

/// A pole with a pennant, its foot at `at`.
void draw_flag(Canvas& canvas, Point at, float height, Color color) {
  line(canvas, at, {at.x, at.y + height}, 0.12F * height, palette::ink);
  canvas.fill(
      std::array<Point, 3>{
          {{at.x, at.y + height}, {at.x, at.y + 0.45F * height}, {at.x + 0.75F * height, at.y + 0.72F * height}}},
      color);
}

}  // namespace

void KeyRooms::draw(Canvas& canvas) const {
  constexpr float half = Sizes::half_side, border = 0.2F;
  backdrop(canvas, {-border, -half - border}, {width() + border, half + border});
  canvas.fill(rectangle({0.5F * width(), 0}, 0.5F * width(), half), floor_color);
  canvas.stroke(rectangle({0.5F * width(), 0}, 0.5F * width(), half), wall, palette::faint, true);
  for (int i = 0; i < doors(); ++i) {
    const auto [x, y] = door(i);
    line(canvas, {x, -half}, {x, y - Sizes::half_door}, wall, palette::faint);
    line(canvas, {x, y + Sizes::half_door}, {x, half}, wall, palette::faint);
  }
  if (!disc_) return;

  const Color green = palette::green;
  canvas.disc(plan_.goal, goal_radius(), {green.r, green.g, green.b, 80});
  canvas.ring(plan_.goal, goal_radius(), 0.05F, green);
  draw_flag(canvas, {plan_.goal.x - 0.05F, plan_.goal.y - 0.18F}, 0.4F, green);

  for (int i = 0; i < doors(); ++i) {
    const auto [x, y] = door(i);
    const Color color = color_of(i);
    if (i < open_) {  // swung open
      line(canvas, {x, y - Sizes::half_door}, {x + 0.55F, y - Sizes::half_door - 0.08F}, wall, color);
      continue;
    }
    canvas.fill(rectangle({x, y}, 0.09F, Sizes::half_door), color);
    canvas.disc({x, y}, 0.06F, palette::sky);  // the keyhole
    if (i > open_ || !has_key_) draw_key(canvas, plan_.keys[static_cast<std::size_t>(i)], Sizes::key, color);
  }

  const Point at = position();
  canvas.earned_at(at);
  if (push_.x != 0 || push_.y != 0)  // a flame on the side away from the force
    line(canvas, at, {at.x - 0.3F * push_.x, at.y - 0.3F * push_.y}, 0.12F, palette::vermilion);
  canvas.disc(at, Sizes::radius, palette::ink);
  if (has_key_) draw_key(canvas, at, 0.12F, color_of(open_));
}

}  // namespace cairn::envs
