#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "envs/canvas.h"

namespace cairn::render {

/// A world's drawing, kept: to be drawn later, elsewhere, or in part. Reused without allocating once warm.
class Sketch : public envs::Canvas {
 public:
  void view(envs::Point low, envs::Point high) override;
  void fill(std::span<const envs::Point> polygon, envs::Color color) override;
  void stroke(std::span<const envs::Point> line, float width, envs::Color color, bool closed) override;
  void disc(envs::Point center, float radius, envs::Color color) override;
  void ring(envs::Point center, float radius, float width, envs::Color color) override;
  void text(envs::Point at, float height, std::string_view text, envs::Color color) override;
  void earned_at(envs::Point at) override { earned_at_ = at; }

  /// Forgets all shapes.
  void clear();
  /// Whether nothing is drawn.
  bool empty() const { return shapes_.empty(); }
  /// Lower left corner of the view, world units.
  envs::Point low() const { return low_; }
  /// Upper right corner of the view, world units.
  envs::Point high() const { return high_; }
  float aspect() const { return (high_.x - low_.x) / (high_.y - low_.y); }  ///< width over height of the view

  /// Sets the view and draws everything.
  void draw(envs::Canvas& canvas) const;
  /// Draws what lies `share` of the way, in [0, 1], from `before` to this: what stands in both at the same place in
  /// their order moves from one to the other; what only this has, or what has leapt, stands as it does here.
  void draw_between(envs::Canvas& canvas, const Sketch& before, float share) const;
  /// Draws the shapes that `other` has too, exactly so, or those that it has not; the view is the caller's.
  void draw_common(envs::Canvas& canvas, const Sketch& other) const;
  /// Draws what `other` has not.
  void draw_different(envs::Canvas& canvas, const Sketch& other) const;
  /// The mean of the corners of what is filled here and not in `other`, where nothing is of all that `other` has not;
  /// the view's middle where that is nothing.
  envs::Point middle_of_different(const Sketch& other) const;
  /// Where a reward is earned as this stands: as the world says, else the middle of what is not as it was in `before`.
  envs::Point place_of_reward(const Sketch& before) const {
    return earned_at_ ? *earned_at_ : middle_of_different(before);
  }

 private:
  enum class Kind { fill, stroke, loop, disc, ring, text };
  struct Shape {
    Kind kind;
    std::size_t first, count;  // of points_
    float size, width;         // stroke: width; disc, ring: radius; text: height
    envs::Color color;
    std::size_t letter, letters;  // of letters_
  };
  void add(Kind kind, std::span<const envs::Point> points, float size, float width, envs::Color color,
           std::string_view text = {});
  void draw_shape(envs::Canvas& canvas, const Shape& shape) const;
  void draw_shape(envs::Canvas& canvas, const Shape& shape, std::span<const envs::Point> points) const;
  bool contains(const Sketch& owner, const Shape& shape) const;
  bool goes_on(const Shape& shape, const Sketch& before, const Shape& earlier) const;

  envs::Point low_{0, 0}, high_{1, 1};
  std::vector<Shape> shapes_;
  std::vector<envs::Point> points_;
  std::string letters_;
  std::optional<envs::Point> earned_at_;
};

}  // namespace cairn::render
