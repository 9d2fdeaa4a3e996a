#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "envs/box2d/walker_physics.h"
#include "envs/shapes.h"

namespace cairn::envs {

namespace {

constexpr auto width = static_cast<float>(WalkerSizes::width), height = static_cast<float>(WalkerSizes::height);
constexpr auto start_x = static_cast<float>(WalkerSizes::start),
               foot = static_cast<float>(-WalkerSizes::leg_half_height);

struct View {
  Point low, high;
  Point inside(Point p) const { return {std::clamp(p.x, low.x, high.x), std::clamp(p.y, low.y, high.y)}; }
};

/// Follows the hull along the track, and up and down where stairs lead away from the level.
View view_of(Point hull) {
  const float last = WalkerTerrain::x(WalkerTerrain::points - 1);
  const float left = std::clamp(hull.x - width / 5, -2.0F, last - width);
  const float bottom = std::min(0.0F, hull.y - 3.5F) + std::max(0.0F, hull.y - height + 3.5F);
  return {{left, bottom}, {left + width, bottom + height}};
}

Point point(b2Vec2 v) {
  return {v.x, v.y};
}

void polygon(Canvas& canvas, const b2Body& body, Color color) {
  const auto& shape = static_cast<const b2PolygonShape&>(*body.GetFixtureList()->GetShape());
  std::array<Point, b2_maxPolygonVertices> corners;
  for (int i = 0; i < shape.m_count; ++i)
    corners[static_cast<std::size_t>(i)] = point(body.GetWorldPoint(shape.m_vertices[i]));
  canvas.fill({corners.data(), static_cast<std::size_t>(shape.m_count)}, color);
}

void draw_ground(Canvas& canvas, const WalkerTerrain& terrain, const View& view) {
  std::vector<Point> surface{view.inside({view.low.x, terrain.height_at(view.low.x)})};
  for (std::size_t i = 0; i < WalkerTerrain::points; ++i)
    if (const float x = WalkerTerrain::x(i); x > view.low.x && x < view.high.x)
      surface.push_back(view.inside({x, terrain.height[i]}));
  surface.push_back(view.inside({view.high.x, terrain.height_at(view.high.x)}));
  std::vector<Point> ground = surface;
  ground.push_back({view.high.x, view.low.y});
  ground.push_back(view.low);
  canvas.fill(ground, palette::ground);
  for (auto box : terrain.boxes()) {
    if (box[1].x <= view.low.x || box[0].x >= view.high.x || box[2].y <= view.low.y || box[0].y >= view.high.y)
      continue;
    for (Point& corner : box) corner = view.inside(corner);
    canvas.fill(box, palette::faint);
  }
  canvas.stroke(surface, 0.06F, palette::ink);
}

/// A pole with a pennant, where all of it is in view.
void draw_flag(Canvas& canvas, const WalkerTerrain& terrain, const View& view, float x, float tall, Color color) {
  const float root = terrain.height_at(x), top = root + tall, side = 0.45F * tall;
  if (x < view.low.x || x + side > view.high.x || root < view.low.y || top > view.high.y) return;
  line(canvas, {x, root}, {x, top}, 0.06F, palette::ink);
  canvas.fill(std::array<Point, 3>{{{x, top}, {x, top - 0.3F * tall}, {x + side, top - 0.15F * tall}}}, color);
}

/// The whole track as a bar along the upper edge: the walker, what it has passed, and the end.
void draw_progress(Canvas& canvas, const View& view, float x, float end, int parts, int passed) {
  const float y = view.high.y - 0.8F, left = view.low.x + 1, right = view.high.x - 1;
  const auto along = [&](float share) { return left + share * (right - left); };
  const float share = std::clamp((x - start_x) / (end - start_x), 0.0F, 1.0F);
  line(canvas, {left, y}, {right, y}, 0.12F, palette::ground);
  if (share > 0) line(canvas, {left, y}, {along(share), y}, 0.12F, palette::green);
  for (int part = 1; part <= parts; ++part)
    canvas.disc({along(static_cast<float>(part) / static_cast<float>(parts)), y}, 0.16F,
                part <= passed ? palette::green : palette::yellow);
  canvas.disc({along(share), y}, 0.28F, palette::orange);
  const std::string text = std::to_string(static_cast<int>(share * (end - start_x))) + " of " +
                           std::to_string(static_cast<int>(std::lround(end - start_x))) + " m";
  canvas.text({left, y - 0.9F}, 0.4F, text, palette::ink);
}

}  // namespace

void Walker::draw(Canvas& canvas) const {
  const Point at = physics_ ? point(physics_->hull->GetPosition()) : Point{start_x, height / 2};
  const View view = view_of(at);
  backdrop(canvas, view.low, view.high);
  if (!physics_) return;

  canvas.earned_at(at);
  draw_ground(canvas, terrain_, view);
  const int parts = options_.reward == Reward::sparse ? options_.milestones : 1;
  const auto milestone = [&](int part) {
    return start_x + (end_ - start_x) * static_cast<float>(part) / static_cast<float>(parts);
  };
  for (int part = 1; part < parts; ++part)
    draw_flag(canvas, terrain_, view, milestone(part), 1.2F, part <= passed_ ? palette::green : palette::yellow);
  draw_flag(canvas, terrain_, view, end_, 3, palette::orange);

  for (std::size_t i = 0; i < WalkerSizes::beams; ++i) {
    const Point end = point(physics_->beam_ends[i]);
    float share = observation_[14 + i];
    const bool hit = share < 1;
    if (end.y < view.low.y) share = std::min(share, (at.y - view.low.y) / (at.y - end.y));
    if (end.x > view.high.x) share = std::min(share, (view.high.x - at.x) / (end.x - at.x));
    const Point stop = view.inside({std::lerp(at.x, end.x, share), std::lerp(at.y, end.y, share)});
    line(canvas, at, stop, 0.03F, {palette::vermilion.r, palette::vermilion.g, palette::vermilion.b, 110});
    if (hit && stop.x + 0.1F < view.high.x && stop.y - 0.1F > view.low.y) canvas.disc(stop, 0.07F, palette::vermilion);
  }

  const auto leg = [&](std::size_t i, Color color) {
    polygon(canvas, *physics_->upper[i], color);
    polygon(canvas, *physics_->lower[i], color);
    canvas.disc(point(physics_->knee[i]->GetAnchorA()), 0.11F, palette::ink);
    if (physics_->touches[i]) canvas.disc(point(physics_->lower[i]->GetWorldPoint({0, foot})), 0.13F, palette::green);
  };
  leg(0, palette::deep_blue);  // the far one
  polygon(canvas, *physics_->hull, physics_->hull_touched ? palette::vermilion : palette::ink);
  leg(1, palette::blue);
  canvas.disc(point(physics_->hip[1]->GetAnchorA()), 0.13F, palette::deep_blue);
  canvas.disc(point(physics_->hull->GetWorldPoint({0.75F, -0.05F})), 0.11F, palette::deep_blue);  // it looks forward
  draw_progress(canvas, view, at.x, end_, parts, options_.reward == Reward::sparse ? passed_ : 0);
}

}  // namespace cairn::envs
