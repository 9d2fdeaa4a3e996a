#pragma once

#include <functional>
#include <string>
#include <vector>

#include "render/drawing/axis_range.h"

namespace cairn::render {

/// The chart while it is drawn: where its plot lies and how values get there.
class ChartDrawing {
 public:
  /// On a box of the picture.
  ChartDrawing(Picture& picture, Box box, const Chart& chart)
      : picture_(picture), box_(picture.on_pixels(box)), chart_(chart) {
    find_same();
  }
  /// Draws it, once.
  Plot draw(const std::function<void(const Plot&)>& over_landscape);

 private:
  Plot plot() const { return {plot_, x_.low, x_.high, y_.low, y_.high, x_.log, y_.log, legend_}; }
  void find_same();
  void find_ranges();
  std::vector<std::string> names_of(std::size_t first) const;
  float head();
  void axes();
  float whole(float thick) const;
  float middle(float at, float thick) const;
  void grid_line(Point from, Point to);
  void landscape();
  void bars();
  void band(const Series& series);
  void series(const Series& series);
  bool shows_nothing_in(Box box) const;
  void reference_lines();
  void labels();
  Point place(double x, double y) const {
    return {plot_.x + static_cast<float>(x_.share(x)) * plot_.width,
            plot_.bottom() - static_cast<float>(y_.share(y)) * plot_.height};
  }

  Picture& picture_;
  Box box_, plot_;
  const Chart& chart_;
  AxisRange x_, y_;
  std::vector<std::size_t> first_;  // of the series that are the same as this one; itself where none came before it
  std::vector<LegendEntry> legend_;
  struct Label {
    Box box;
    std::string text;
    Color color;
  };
  std::vector<Label> labels_;  // of reference lines
};

}  // namespace cairn::render
