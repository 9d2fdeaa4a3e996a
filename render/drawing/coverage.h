#pragma once

#include <vector>

namespace cairn::render {

/// How far each pixel of a rectangle is covered by discs, as an alpha mask.
class Coverage {
 public:
  /// Not covered anywhere; sizes in pixels.
  Coverage(int width, int height);

  /// One more, over the others, with a border one pixel wide on which it fades; in pixels from the upper left.
  void disc(double x, double y, double radius, double opacity);

  int width() const { return width_; }            ///< pixels
  int height() const { return height_; }          ///< pixels
  int stride() const { return stride_; }          ///< bytes from one row to the next, whole words of 4
  unsigned char* data() { return mask_.data(); }  ///< a byte a pixel, 255: covered, row by row from the top

 private:
  int width_, height_, stride_;
  std::vector<unsigned char> mask_;
};

}  // namespace cairn::render
