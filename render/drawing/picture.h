#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "envs/canvas.h"

namespace cairn::render {

using envs::Color;
using envs::Point;

/// A rectangle of a picture, in its units; y goes down.
struct Box {
  float x = 0, y = 0, width = 0, height = 0;  ///< left and upper edge, and size
  /// Whether all four are the same.
  bool operator==(const Box&) const = default;
  /// Its right edge.
  float right() const { return x + width; }
  /// Its lower edge.
  float bottom() const { return y + height; }
  /// Its middle.
  Point centre() const { return {x + width / 2, y + height / 2}; }
  /// Whether a point lies in it; the right and the lower edge are another box's.
  bool holds(Point at) const { return at.x >= x && at.x < right() && at.y >= y && at.y < bottom(); }
  /// The box with a margin of `by` taken off at each side.
  Box inset(float by) const { return {x + by, y + by, width - 2 * by, height - 2 * by}; }
};

/// Which part of a text lies at its point.
enum class Align { left, centre, right };

/// `color`, `opacity` times as opaque.
inline Color faded(Color color, float opacity) {
  return {color.r, color.g, color.b, static_cast<unsigned char>(std::lround(static_cast<float>(color.a) * opacity))};
}

/// What all pictures are drawn on, by Cairo: pixels in memory or an SVG file, with neither window nor display. Shapes
/// with coordinates that are not finite are left out. Text is set in whatever fontconfig calls `sans`.
class Picture {
 public:
  /// Pixels in memory. One unit of the picture is `scale` pixels. Throws std::runtime_error where memory is short.
  Picture(int width_pixels, int height_pixels, float scale = 1);
  ~Picture();
  /// Takes over; `other` may then only be destroyed or assigned to.
  Picture(Picture&& other) noexcept;
  /// Takes over likewise.
  Picture& operator=(Picture&& other) noexcept;

  float width() const;   ///< in units, as all that follows
  float height() const;  ///< in units
  float pixel() const;   ///< units that a pixel is wide; 0 where there are no pixels
  /// The box with its edges on whole pixels, the nearest ones, and at least one pixel wide and high; as it is where
  /// there are none.
  Box on_pixels(Box box) const;

  /// A simple polygon, any winding.
  void fill(std::span<const Point> polygon, Color color);
  /// Polygons, all wound alike, as one shape: no seam shows between two that touch.
  void fill(std::span<const std::vector<Point>> polygons, Color color);
  /// A box, its corners rounded by `corner_radius`.
  void fill(Box box, Color color, float corner_radius = 0);
  /// What of a box lies outside its rounded corners.
  void fill_corners(Box box, float corner_radius, Color color);
  /// A line through points, `width` units thick.
  void stroke(std::span<const Point> line, float width, Color color, bool closed = false);
  /// Pieces of lines as one shape: where two meet or cross, a colour that can be seen through stays as it is.
  void stroke(std::span<const std::array<Point, 2>> pieces, float width, Color color);
  /// `dash`: lengths of dash and gap.
  void dashed(std::span<const Point> line, float width, Color color, float dash);
  /// A box's border, half of its `width` outside the box.
  void outline(Box box, float width, Color color, float corner_radius = 0);
  /// A filled circle.
  void disc(Point center, float radius, Color color);
  /// Such circles, one over the other; hundreds of small ones take a fraction of the time of as many `disc`.
  void discs(std::span<const Point> centers, float radius, Color color);
  /// A circle's border; half of its `width` lies outside `radius`.
  void ring(Point center, float radius, float width, Color color);
  /// `height`: of a capital letter; `at`: where the base line begins, has its middle, or ends. UTF-8; bytes
  /// that are not are shown as `?`.
  void text(Point at, float height, std::string_view text, Color color, Align align = Align::left, bool bold = false);
  /// Units that the text would take from left to right.
  float text_width(float height, std::string_view text, bool bold = false) const;
  /// Nothing is drawn outside `box` until unclip; clips nest.
  void clip(Box box);
  /// Takes back the latest clip.
  void unclip();
  /// Another picture's pixels, stretched over `box`; where that has as many, each as it is.
  void paste(const Picture& other, Box box);

  /// From left to right, of a picture in memory.
  int width_pixels() const;
  /// From top to bottom, of a picture in memory.
  int height_pixels() const;
  /// Red, green, blue, 255 for each pixel, row by row from the top.
  void copy_rgba(std::vector<std::uint8_t>& pixels) const;
  void write_png(const std::filesystem::path& path) const;  ///< whole or not at all, as AtomicFile

 private:
  friend void write_picture(const std::filesystem::path&, float, float, const std::function<void(Picture&)>&, float);
  struct Cairo;
  explicit Picture(std::unique_ptr<Cairo> cairo);
  std::unique_ptr<Cairo> cairo_;
};

inline constexpr Color page_color{8, 10, 18};  ///< behind everything

/// Whether `path` ends in .png or .svg.
bool is_picture(const std::filesystem::path& path);

/// Writes what `draw` draws on a picture of width x height units, as PNG or SVG by the file's ending; PNG has `scale`
/// pixels a unit, by default as many as are sharp on fine screens too. The same drawing gives the same bytes. Throws
/// std::invalid_argument for another ending, std::runtime_error naming the file and the reason when it cannot be
/// written; it then stays as it was.
void write_picture(const std::filesystem::path& path, float width, float height,
                   const std::function<void(Picture&)>& draw, float scale = 2);

}  // namespace cairn::render
