#include <array>
#include <vector>

#include "envs/box2d/lander_physics.h"
#include "envs/shapes.h"

namespace cairn::envs {

void Lander::draw(Canvas& canvas) const {
  constexpr float top =
      static_cast<float>(LanderSizes::height) + 1.2F;  // m; it starts below it and shall be seen whole
  constexpr auto right = static_cast<float>(LanderSizes::width),
                 foot = static_cast<float>(-LanderSizes::leg_half_height);
  backdrop(canvas, {0, 0}, {right, top});
  if (!physics_) return;
  const auto point = [](b2Vec2 v) { return Point{v.x, v.y}; };

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
  if (at.y > top) {  // out of sight, which no rule forbids: an arrow says where
    const float tip = top - 0.15F;
    canvas.fill(std::array<Point, 3>{{{at.x, tip}, {at.x - 0.4F, tip - 0.7F}, {at.x + 0.4F, tip - 0.7F}}},
                palette::ink);
  }
}

}  // namespace cairn::envs
