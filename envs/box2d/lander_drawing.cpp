#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "envs/box2d/lander_physics.h"
#include "envs/shapes.h"

namespace cairn::envs {

namespace {

constexpr int stars = 36;
constexpr int trail_steps = 60, trail_stride = 4;  // of the way behind the hull
constexpr int burning = 22;                        // steps for which a puff of exhaust is seen
constexpr float step_time = 1.0F / 50;             // s
constexpr float exhaust_speed = 6, spread = 0.9F;  // m/s: away from the nozzle, and across

Color faded(Color color, float opacity) {
  return {color.r, color.g, color.b, static_cast<unsigned char>(255 * opacity)};
}

/// The same every time, in [-1, 1): puffs and stars are not drawn from the episode's random numbers.
float scattered(unsigned seed) {
  seed = (seed ^ 61U) ^ (seed >> 16U);
  seed *= 9U;
  seed ^= seed >> 4U;
  seed *= 0x27d4eb2dU;
  seed ^= seed >> 15U;
  return static_cast<float>(seed % 2048U) / 1024 - 1;
}

void draw_stars(Canvas& canvas, float right, float top) {
  for (unsigned i = 0; i < stars; ++i) {
    const Point at{right * (0.5F + 0.5F * scattered(3 * i)), top * (0.5F + 0.5F * scattered(3 * i + 1))};
    canvas.disc(at, 0.035F + 0.015F * scattered(3 * i + 2), faded(palette::ink, 0.3F + 0.15F * scattered(3 * i + 2)));
  }
}

/// The terrain's height under x.
float height_of(std::span<const Point> surface, float x) {
  for (std::size_t i = 1; i < surface.size(); ++i)
    if (x <= surface[i].x) {
      const float share = (x - surface[i - 1].x) / (surface[i].x - surface[i - 1].x);
      return std::lerp(surface[i - 1].y, surface[i].y, std::clamp(share, 0.0F, 1.0F));
    }
  return surface.back().y;
}

/// A puff that left a nozzle `age` steps ago: glowing, then smoke; where it meets the ground, dust that runs along it.
void draw_puff(Canvas& canvas, std::span<const Point> surface, b2Vec2 from, b2Vec2 velocity, int age, float power) {
  const float time = step_time * static_cast<float>(age), old = static_cast<float>(age) / burning;
  Point at{from.x + velocity.x * time, from.y + velocity.y * time};
  Color color = age < 4 ? palette::yellow : age < 9 ? palette::orange : palette::faint;
  float opacity = 0.75F * (1 - old), radius = 0.07F + 0.16F * old;
  if (const float ground = height_of(surface, at.x); at.y < ground) {
    const float beneath = ground - at.y;
    at.x += velocity.x > 0 ? 0.7F * beneath : -0.7F * beneath;
    at.y = height_of(surface, at.x) + 0.3F * radius + 0.12F * std::min(beneath, 2.0F);
    color = palette::ink;
    opacity *= 0.45F;
    radius *= 1.3F;
  }
  canvas.disc(at, radius * (0.6F + 0.4F * power), faded(color, opacity));
}

/// Where the hull has been, and what its engines have left behind.
template <class Physics>
void draw_past(Canvas& canvas, const Physics& physics) {
  for (int age = 0; age + trail_stride < trail_steps; age += trail_stride) {
    const auto *late = physics.ago(age), *early = physics.ago(age + trail_stride);
    if (early == nullptr) break;
    const float fresh = 1 - static_cast<float>(age) / trail_steps;
    canvas.stroke(std::array<Point, 2>{{{early->at.x, early->at.y}, {late->at.x, late->at.y}}}, 0.05F,
                  faded(palette::blue, 0.45F * fresh));
  }
  for (int age = burning - 1; age > 0; --age) {
    const auto* then = physics.ago(age);
    if (then == nullptr) continue;
    const b2Transform hull(then->at, b2Rot(then->angle));
    const auto number = static_cast<unsigned>(2 * (physics.steps - age));
    const auto puff = [&](b2Vec2 nozzle, b2Vec2 way, float power, unsigned seed) {
      const b2Vec2 across{-way.y, way.x};
      const b2Vec2 speed =
          (exhaust_speed * (0.8F + 0.2F * scattered(seed))) * way + (spread * scattered(seed + 7919)) * across;
      draw_puff(canvas, physics.terrain, b2Mul(hull, nozzle), then->velocity + b2Mul(hull.q, speed), age, power);
    };
    if (then->main > 0) {
      puff({0, -0.4F}, {0, -1}, then->main, number);
      puff({0, -0.4F}, {0, -1}, then->main, number + 1);
    }
    if (then->side > 0 && age < burning / 2)
      puff({-then->direction * 0.55F, 0.4F}, {-then->direction, 0}, 0.3F * then->side, number);
  }
}

}  // namespace

void Lander::draw(Canvas& canvas) const {
  constexpr float top =
      static_cast<float>(LanderSizes::height) + 1.2F;  // m; it starts below it and shall be seen whole
  constexpr auto right = static_cast<float>(LanderSizes::width),
                 foot = static_cast<float>(-LanderSizes::leg_half_height);
  backdrop(canvas, {0, 0}, {right, top});
  if (!physics_) return;
  const auto point = [](b2Vec2 v) { return Point{v.x, v.y}; };

  draw_stars(canvas, right, top);
  const auto& surface = physics_->terrain;
  std::vector<Point> ground(surface.begin(), surface.end());
  ground.push_back({right, 0});
  ground.push_back({0, 0});
  canvas.fill(ground, palette::ground);
  canvas.stroke(surface, 0.06F, palette::ink);

  for (const std::size_t i : {std::size_t{4}, std::size_t{6}}) {  // flags at both ends of the pad
    const Point at = surface[i];
    canvas.stroke(std::array<Point, 2>{{at, {at.x, at.y + 1.6F}}}, 0.06F, palette::ink);
    canvas.fill(std::array<Point, 3>{{{at.x, at.y + 1.6F}, {at.x, at.y + 1.1F}, {at.x + 0.8F, at.y + 1.35F}}},
                palette::yellow);
  }

  draw_past(canvas, *physics_);
  const b2Body& hull = *physics_->hull;
  const auto flame = [&](b2Vec2 root, b2Vec2 direction, float length, float half) {
    const b2Vec2 across{-direction.y * half, direction.x * half};
    const b2Vec2 tip{root.x + direction.x * length, root.y + direction.y * length};
    canvas.fill(std::array<Point, 3>{{point(hull.GetWorldPoint(root + across)),
                                      point(hull.GetWorldPoint(root - across)), point(hull.GetWorldPoint(tip))}},
                palette::orange);
    const b2Vec2 half_across = 0.5F * across, heart = root + 0.5F * (tip - root);
    canvas.fill(std::array<Point, 3>{{point(hull.GetWorldPoint(root + half_across)),
                                      point(hull.GetWorldPoint(root - half_across)), point(hull.GetWorldPoint(heart))}},
                palette::yellow);
  };
  if (engines_.main > 0) flame({0, -10.0F / 30}, {0, -1}, 1.3F * engines_.main, 0.22F);
  if (engines_.side > 0)
    flame({-engines_.direction * 15 / 30, 12.0F / 30}, {-engines_.direction, 0}, 0.6F * engines_.side, 0.1F);

  const auto polygon = [&](const b2Body& body, Color color) {
    const auto& shape = static_cast<const b2PolygonShape&>(*body.GetFixtureList()->GetShape());
    std::array<Point, b2_maxPolygonVertices> corners;
    for (int i = 0; i < shape.m_count; ++i)
      corners[static_cast<std::size_t>(i)] = point(body.GetWorldPoint(shape.m_vertices[i]));
    canvas.fill({corners.data(), static_cast<std::size_t>(shape.m_count)}, color);
  };
  for (std::size_t i = 0; i < 2; ++i) {
    const float side = i == 0 ? 0.5F : -0.5F;  // the first is the right one
    const b2Vec2 knee = physics_->legs[i]->GetWorldPoint({0, -0.5F * foot});
    for (const float strut : {-0.3F, 0.1F})  // two struts hold a leg
      canvas.stroke(std::array<Point, 2>{{point(hull.GetWorldPoint({side, strut})), point(knee)}}, 0.06F,
                    palette::faint);
    polygon(*physics_->legs[i], palette::blue);
    if (physics_->touches[i]) canvas.disc(point(physics_->legs[i]->GetWorldPoint({0, foot})), 0.12F, palette::green);
  }
  polygon(hull, physics_->hull_touched ? palette::vermilion : palette::ink);
  canvas.disc(point(hull.GetWorldPoint({0, 0.15F})), 0.16F, palette::deep_blue);

  const Point at = point(hull.GetPosition());
  canvas.earned_at(at);
  if (at.y > top) {  // out of sight, which no rule forbids: an arrow says where
    const float tip = top - 0.15F;
    canvas.fill(std::array<Point, 3>{{{at.x, tip}, {at.x - 0.4F, tip - 0.7F}, {at.x + 0.4F, tip - 0.7F}}},
                palette::ink);
  }
}

}  // namespace cairn::envs
