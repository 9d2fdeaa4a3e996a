#pragma once

#include <span>
#include <string_view>

namespace cairn::envs {

/// A place, or a direction with a length.
struct Point {
  float x, y;  ///< world units, y upwards
};

/// 8-bit sRGB with alpha.
struct Color {
  unsigned char r, g, b, a = 255;  ///< 0 to 255; a = 255 is opaque
};

/// What worlds draw on: shapes and text in world units, y upwards. Backends (window, picture, video) live in render/.
class Canvas {
 public:
  virtual ~Canvas() = default;
  /// Fixes the part of the world that is shown (world units); the backend keeps the aspect ratio. Called first.
  virtual void view(Point low, Point high) = 0;
  virtual void fill(std::span<const Point> polygon, Color color) = 0;  ///< simple polygon, any winding
  virtual void stroke(std::span<const Point> line, float width, Color color,
                      bool closed = false) = 0;  ///< width: world units
  /// A filled circle.
  virtual void disc(Point center, float radius, Color color) = 0;
  /// A circle's border; `width` is its thickness, half of it on each side of `radius`.
  virtual void ring(Point center, float radius, float width, Color color) = 0;
  /// `height`: of a capital letter, world units; `at` is the left end of the base line.
  virtual void text(Point at, float height, std::string_view text, Color color) = 0;
  /// Where the world's reward is earned as it stands: pictures celebrate it there. A world that never says so leaves
  /// it to be the middle of what moves.
  virtual void earned_at(Point) {}
};

/// One palette for every picture (Okabe and Ito 2008: told apart with any colour vision).
namespace palette {
/// Of backgrounds, the ground, writing, and writing that matters less.
inline constexpr Color sky{16, 20, 32}, ground{88, 94, 110}, ink{232, 234, 240}, faint{120, 128, 148};
/// Colours for whatever moves or matters.
inline constexpr Color orange{230, 159, 0}, blue{86, 180, 233}, green{0, 158, 115}, yellow{240, 228, 66};
/// The palette's other colours.
inline constexpr Color deep_blue{0, 114, 178}, vermilion{213, 94, 0}, purple{204, 121, 167};
}  // namespace palette

}  // namespace cairn::envs
