#pragma once

#include "render/drawing/picture.h"

namespace cairn::render {

/// What part of a world is looked at, as under a magnifying glass.
struct Magnifier {
  float factor = 1;          ///< how many times as large, at least 1
  Point middle{0.5F, 0.5F};  ///< of the part, in shares of the world's view from its lower left
  /// `by` times as large, so that what lies at `share` of the box stays where it is.
  void zoom(Point share, float by);
  /// Moved by a way in shares of the box, upwards being positive.
  void drag(Point way);
};

/// Draws a world into a box of a picture, so that several worlds and charts share one sheet.
class PictureCanvas : public envs::Canvas {
 public:
  /// `picture` must outlive it; `box`: in the picture's units. Rounded corners are cut off at the end, down to the
  /// page's colour.
  PictureCanvas(Picture& picture, Box box, float corner_radius = 0)
      : picture_(picture), box_(box), corner_radius_(corner_radius) {}
  ~PictureCanvas() override;
  PictureCanvas(const PictureCanvas&) = delete;
  PictureCanvas& operator=(const PictureCanvas&) = delete;

  /// The world is shown as large as the box allows, in its middle; what lies outside the view is cut off.
  void view(Point low, Point high) override;
  void fill(std::span<const Point> polygon, Color color) override;
  void stroke(std::span<const Point> line, float width, Color color, bool closed) override;
  void disc(Point center, float radius, Color color) override;
  void ring(Point center, float radius, float width, Color color) override;
  void text(Point at, float height, std::string_view text, Color color) override;

  /// Only that part of the world is shown, from the next view on.
  void magnify(const Magnifier& part) { part_ = part; }
  Box shown() const { return shown_; }  ///< the part of the box that the world covers, once its view is set
  /// Where a place of the world lies in the picture, likewise.
  Point place(Point p) const { return {shown_.x + (p.x - low_.x) * scale_, shown_.bottom() - (p.y - low_.y) * scale_}; }
  /// Everything from here on is drawn this opaque, in [0, 1].
  void set_opacity(float opacity) { opacity_ = opacity; }

 private:
  std::span<const Point> place(std::span<const Point> points);
  void finish();

  Picture& picture_;
  Box box_, shown_;
  Magnifier part_;
  float corner_radius_, scale_ = 1, opacity_ = 1;
  Point low_{0, 0};
  bool clipped_ = false;
  std::vector<Point> placed_;
};

/// The largest box of the given width over height in the middle of `box`.
Box fitted(Box box, float aspect);

/// Boxes for `count` things of the given width over height, in rows with gaps `gap` wide, and with as many columns as
/// show them largest.
std::vector<Box> grid(Box box, int count, float gap, float aspect);

/// The same with boxes of just that shape, side by side in the middle of `box`; each is higher by `below`, which has
/// its room below the thing.
std::vector<Box> packed(Box box, int count, float gap, float aspect, float below = 0);

}  // namespace cairn::render
