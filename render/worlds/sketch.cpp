#include "render/worlds/sketch.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace cairn::render {

using envs::Color;
using envs::Point;

namespace {

constexpr float leap = 0.08F;  // of the view's diagonal: what moves further in a step was not on its way

}  // namespace

void Sketch::view(Point low, Point high) {
  low_ = low, high_ = high;
}
void Sketch::fill(std::span<const Point> polygon, Color color) {
  add(Kind::fill, polygon, 0, 0, color);
}
void Sketch::stroke(std::span<const Point> line, float width, Color color, bool closed) {
  add(closed ? Kind::loop : Kind::stroke, line, width, 0, color);
}
void Sketch::disc(Point center, float radius, Color color) {
  add(Kind::disc, {&center, 1}, radius, 0, color);
}
void Sketch::ring(Point center, float radius, float width, Color color) {
  add(Kind::ring, {&center, 1}, radius, width, color);
}
void Sketch::text(Point at, float height, std::string_view text, Color color) {
  add(Kind::text, {&at, 1}, height, 0, color, text);
}

void Sketch::add(Kind kind, std::span<const Point> points, float size, float width, Color color,
                 std::string_view text) {
  shapes_.push_back({kind, points_.size(), points.size(), size, width, color, letters_.size(), text.size()});
  points_.insert(points_.end(), points.begin(), points.end());
  letters_ += text;
}

void Sketch::clear() {
  shapes_.clear();
  points_.clear();
  letters_.clear();
  earned_at_.reset();
}

void Sketch::draw_shape(envs::Canvas& canvas, const Shape& shape) const {
  draw_shape(canvas, shape, {points_.data() + shape.first, shape.count});
}

void Sketch::draw_shape(envs::Canvas& canvas, const Shape& shape, std::span<const Point> points) const {
  switch (shape.kind) {
    case Kind::fill:
      return canvas.fill(points, shape.color);
    case Kind::stroke:
    case Kind::loop:
      return canvas.stroke(points, shape.size, shape.color, shape.kind == Kind::loop);
    case Kind::disc:
      return canvas.disc(points[0], shape.size, shape.color);
    case Kind::ring:
      return canvas.ring(points[0], shape.size, shape.width, shape.color);
    case Kind::text:
      return canvas.text(points[0], shape.size, std::string_view(letters_).substr(shape.letter, shape.letters),
                         shape.color);
  }
}

bool Sketch::contains(const Sketch& owner, const Shape& shape) const {
  const auto key = [](const Shape& s) {
    return std::tuple(s.kind, s.count, s.size, s.width, s.color.r, s.color.g, s.color.b, s.color.a);
  };
  return std::ranges::any_of(shapes_, [&](const Shape& mine) {
    return key(mine) == key(shape) &&
           std::equal(points_.data() + mine.first, points_.data() + mine.first + mine.count,
                      owner.points_.data() + shape.first, [](Point a, Point b) { return a.x == b.x && a.y == b.y; }) &&
           std::string_view(letters_).substr(mine.letter, mine.letters) ==
               std::string_view(owner.letters_).substr(shape.letter, shape.letters);
  });
}

void Sketch::draw(envs::Canvas& canvas) const {
  canvas.view(low_, high_);
  for (const Shape& shape : shapes_) draw_shape(canvas, shape);
}

/// Whether `shape` is what `earlier` was in `before`, a little later.
bool Sketch::goes_on(const Shape& shape, const Sketch& before, const Shape& earlier) const {
  if (shape.kind != earlier.kind || shape.count != earlier.count) return false;
  if (shape.kind == Kind::text && std::string_view(letters_).substr(shape.letter, shape.letters) !=
                                      std::string_view(before.letters_).substr(earlier.letter, earlier.letters))
    return false;
  const float most = leap * std::hypot(high_.x - low_.x, high_.y - low_.y);
  for (std::size_t i = 0; i < shape.count; ++i) {
    const Point now = points_[shape.first + i], then = before.points_[earlier.first + i];
    if (!(std::hypot(now.x - then.x, now.y - then.y) <= most)) return false;
  }
  return true;
}

void Sketch::draw_between(envs::Canvas& canvas, const Sketch& before, float share) const {
  const auto mix = [share](float from, float to) { return std::lerp(from, to, share); };
  const auto between = [&](Point from, Point to) { return Point{mix(from.x, to.x), mix(from.y, to.y)}; };
  canvas.view(between(before.low_, low_), between(before.high_, high_));
  // Where shapes have come or gone, those in front of them and behind them still are the same.
  const std::size_t here = shapes_.size(), there = before.shapes_.size(), fewer = std::min(here, there);
  std::size_t front = 0, back = 0;
  const auto pair = [&](std::size_t i, std::size_t j) { return goes_on(shapes_[i], before, before.shapes_[j]); };
  while (front < fewer && (here == there || pair(front, front))) ++front;
  while (back < fewer - front && pair(here - 1 - back, there - 1 - back)) ++back;
  std::vector<Point> moved;
  for (std::size_t i = 0; i < here; ++i) {
    const bool first = i < front, last = i >= here - back;
    const std::size_t j = first ? i : i + there - here;
    if ((!first && !last) || !pair(i, j)) {
      draw_shape(canvas, shapes_[i]);
      continue;
    }
    Shape shape = shapes_[i];
    const Shape& earlier = before.shapes_[j];
    shape.size = mix(earlier.size, shape.size);
    shape.width = mix(earlier.width, shape.width);
    moved.clear();
    for (std::size_t k = 0; k < shape.count; ++k)
      moved.push_back(between(before.points_[earlier.first + k], points_[shape.first + k]));
    draw_shape(canvas, shape, moved);
  }
}

void Sketch::draw_common(envs::Canvas& canvas, const Sketch& other) const {
  for (const Shape& shape : shapes_)
    if (other.contains(*this, shape)) draw_shape(canvas, shape);
}

void Sketch::draw_different(envs::Canvas& canvas, const Sketch& other) const {
  for (const Shape& shape : shapes_)
    if (!other.contains(*this, shape)) draw_shape(canvas, shape);
}

Point Sketch::middle_of_different(const Sketch& other) const {
  for (const bool only_filled : {true, false}) {
    Point sum{0, 0};
    float count = 0;
    for (const Shape& shape : shapes_) {
      if ((only_filled && shape.kind != Kind::fill) || other.contains(*this, shape)) continue;
      for (const Point p : std::span(points_.data() + shape.first, shape.count)) sum.x += p.x, sum.y += p.y, ++count;
    }
    if (count > 0) return {sum.x / count, sum.y / count};
  }
  return {(low_.x + high_.x) / 2, (low_.y + high_.y) / 2};
}

}  // namespace cairn::render
