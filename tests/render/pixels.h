#pragma once

#include <cstdlib>
#include <vector>

#include "render/drawing/picture.h"

namespace cairn::render {

/// The pixels of a picture, to be asked about.
class Pixels {
 public:
  explicit Pixels(const Picture& picture) : width_(picture.width_pixels()) { picture.copy_rgba(rgba_); }

  Color at(int x, int y) const {
    const std::uint8_t* p = rgba_.data() + 4 * (y * width_ + x);
    return {p[0], p[1], p[2], p[3]};
  }
  /// Whether the pixel is this colour, give or take what edges and blending round.
  bool is(int x, int y, Color color, int tolerance = 2) const { return near(at(x, y), color, tolerance); }
  int count(Color color, int tolerance = 2) const {
    int found = 0;
    for (std::size_t i = 0; i < rgba_.size(); i += 4)
      found += near({rgba_[i], rgba_[i + 1], rgba_[i + 2], 255}, color, tolerance) ? 1 : 0;
    return found;
  }
  int size() const { return static_cast<int>(rgba_.size() / 4); }
  bool operator==(const Pixels& other) const { return rgba_ == other.rgba_; }

 private:
  static bool near(Color a, Color b, int tolerance) {
    return std::abs(a.r - b.r) <= tolerance && std::abs(a.g - b.g) <= tolerance && std::abs(a.b - b.b) <= tolerance;
  }
  int width_;
  std::vector<std::uint8_t> rgba_;
};

}  // namespace cairn::render
