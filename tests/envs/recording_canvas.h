#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "envs/canvas.h"

namespace cairn::envs {

/// Remembers what was drawn, for tests of drawing.
class RecordingCanvas : public Canvas {
 public:
  void view(Point low, Point high) override {
    low_ = low;
    high_ = high;
  }
  void fill(std::span<const Point> polygon, Color color) override {
    if (color.r == palette::ground.r && color.g == palette::ground.g)
      ground_.insert(ground_.end(), polygon.begin(), polygon.end());
    add(polygon);
  }
  void stroke(std::span<const Point> line, float, Color, bool) override { add(line); }
  void disc(Point center, float, Color) override { add({&center, 1}); }
  void ring(Point center, float, float, Color) override { add({&center, 1}); }
  void text(Point at, float, std::string_view text, Color) override {
    words_ += (words_.empty() ? "" : ", ") + std::string(text);
    add({&at, 1});
  }

  /// Corners of what is filled in the ground's colour.
  const std::vector<Point>& ground() const { return ground_; }
  /// All texts, in order.
  const std::string& words() const { return words_; }
  int shapes() const { return shapes_; }
  bool finite() const {
    for (const Point p : points_)
      if (!std::isfinite(p.x) || !std::isfinite(p.y)) return false;
    return true;
  }
  Point low() const { return low_; }
  Point high() const { return high_; }
  /// Share of all points that lie in the view.
  double share_in_view() const {
    double inside = 0;
    for (const Point p : points_) inside += p.x >= low_.x && p.x <= high_.x && p.y >= low_.y && p.y <= high_.y;
    return inside / static_cast<double>(points_.size());
  }

 private:
  void add(std::span<const Point> points) {
    ++shapes_;
    points_.insert(points_.end(), points.begin(), points.end());
  }
  Point low_{}, high_{};
  int shapes_ = 0;
  std::string words_;
  std::vector<Point> points_, ground_;
};

}  // namespace cairn::envs
