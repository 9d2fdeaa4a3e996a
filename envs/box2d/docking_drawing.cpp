#include <array>
#include <cmath>
#include <vector>

#include "envs/box2d/docking.h"
#include "envs/box2d/docking_sizes.h"
#include "envs/box2d/world.h"
#include "envs/shapes.h"

namespace cairn::envs {

namespace {

using Sizes = DockingSizes;

Point point(b2Vec2 v) {
  return {v.x, v.y};
}

template <std::size_t n>
std::array<Point, n> placed(const b2Body& body, const std::array<Point, n>& corners) {
  std::array<Point, n> out;
  for (std::size_t i = 0; i < n; ++i) out[i] = point(body.GetWorldPoint({corners[i].x, corners[i].y}));
  return out;
}

/// Stars stand still, so that what turns is seen to turn.
void draw_stars(Canvas& canvas, Point low, Point high) {
  constexpr float golden = 0.61803399F,
                  other = 0.75487767F;  // fractions that spread evenly
  for (int i = 1; i <= 60; ++i) {
    const auto n = static_cast<float>(i);
    const float x = n * golden - std::floor(n * golden), y = n * other - std::floor(n * other);
    canvas.disc({std::lerp(low.x, high.x, 0.02F + 0.96F * x), std::lerp(low.y, high.y, 0.02F + 0.96F * y)},
                i % 7 == 0 ? 0.14F : 0.08F, palette::faint);
  }
}

void draw_station(Canvas& canvas, const b2Body& station) {
  const auto box = [&](float left, float right, float low, float high, Color color) {
    canvas.fill(placed<4>(station, {{{left, low}, {right, low}, {right, high}, {left, high}}}), color);
  };
  constexpr float half = Sizes::panel_half_width;
  for (const float side : {-1.0F, 1.0F}) {  // solar panels in four cells
    box(-half, half, side * Sizes::hub, side * Sizes::panel, palette::deep_blue);
    for (int i = 0; i <= 4; ++i) {
      const float y = side * (Sizes::hub + (Sizes::panel - Sizes::hub) * static_cast<float>(i) / 4);
      canvas.stroke(placed<2>(station, {{{-half, y}, {half, y}}}), 0.12F, palette::blue);
    }
    canvas.stroke(placed<2>(station, {{{0, side * Sizes::hub}, {0, side * Sizes::panel}}}), 0.12F, palette::blue);
  }
  box(0, Sizes::port, -Sizes::collar, Sizes::collar, palette::faint);
  const Point centre = point(station.GetPosition());
  canvas.disc(centre, Sizes::hub, palette::ground);
  canvas.ring(centre, Sizes::hub - 0.15F, 0.3F, palette::faint);
  for (int i = 0; i < 6; ++i) {  // windows
    const float angle = 3.1415927F / 3 * (static_cast<float>(i) + 0.5F);
    canvas.disc(point(station.GetWorldPoint({1.9F * std::cos(angle), 1.9F * std::sin(angle)})), 0.3F, palette::yellow);
  }
  box(Sizes::port - 0.35F, Sizes::port, -Sizes::collar, Sizes::collar,
      palette::green);  // the port
}

}  // namespace

void Docking::draw(Canvas& canvas) const {
  constexpr float margin = 4;  // m: the capsule and its flames are seen whole
  const Point low{Sizes::low.x - margin, Sizes::low.y - margin}, high{Sizes::high.x + margin, Sizes::high.y + margin};
  backdrop(canvas, low, high);
  draw_stars(canvas, low, high);
  canvas.stroke(rectangle({0.5F * (low.x + high.x), 0}, 0.5F * (Sizes::high.x - Sizes::low.x), Sizes::high.y), 0.08F,
                palette::ground, true);
  if (!capsule_) return;

  // The way in: the cone of the port, and its axis in dashes.
  constexpr float reach = 12;  // m
  const float across = reach * std::tan(Sizes::cone);
  canvas.fill(placed<3>(*station_, {{{Sizes::port, 0}, {Sizes::port + reach, -across}, {Sizes::port + reach, across}}}),
              {palette::green.r, palette::green.g, palette::green.b, 40});
  constexpr float dash = 0.6F;  // m, as long as the gap before it
  for (int i = 0; i < static_cast<int>(reach / (2 * dash)); ++i) {
    const float x = Sizes::port + static_cast<float>(2 * i + 1) * dash;
    canvas.stroke(placed<2>(*station_, {{{x, 0}, {x + dash, 0}}}), 0.1F, palette::green);
  }
  draw_station(canvas, *station_);
  canvas.earned_at(point(station_->GetWorldPoint({Sizes::port, 0})));

  const auto flame = [&](Point root, Point direction, float power) {
    if (power <= 0.05F) return;
    const float length = 0.5F + 1.2F * power;
    canvas.fill(placed<3>(*capsule_, {{{root.x - 0.3F * direction.y, root.y + 0.3F * direction.x},
                                       {root.x + 0.3F * direction.y, root.y - 0.3F * direction.x},
                                       {root.x + length * direction.x, root.y + length * direction.y}}}),
                palette::orange);
  };
  flame({-1.2F, 0}, {-1, 0},
        thrust_.ahead);  // a flame on the side away from the thrust
  flame({1.4F, 0}, {1, 0}, -thrust_.ahead);
  flame({-0.4F, -0.9F}, {0, -1}, thrust_.left);
  flame({-0.4F, 0.9F}, {0, 1}, -thrust_.left);
  flame({1.0F, -0.5F}, {0, -1}, thrust_.turn);
  flame({-1.0F, 1.05F}, {0, 1}, thrust_.turn);
  flame({1.0F, 0.5F}, {0, 1}, -thrust_.turn);
  flame({-1.0F, -1.05F}, {0, -1}, -thrust_.turn);

  const bool fast = approach().speed() >= gate();  // too fast to dock
  canvas.fill(placed(*capsule_, Sizes::capsule), palette::ink);
  canvas.fill(placed<4>(*capsule_, {{{0.9F, -0.5F}, {1.4F, -0.3F}, {1.4F, 0.3F}, {0.9F, 0.5F}}}),
              docked() ? palette::green : (fast ? palette::vermilion : palette::yellow));
  canvas.disc(point(capsule_->GetWorldPoint({-0.1F, 0})), 0.4F, palette::deep_blue);
}

}  // namespace cairn::envs
