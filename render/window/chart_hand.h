#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "render/drawing/chart_page.h"
#include "render/window/window.h"

namespace cairn::render {

/// Two clicks of a mouse that are one.
class DoubleClick {
 public:
  /// Whether a click on this thing, by any number, is the second of two.
  bool second(int thing);

 private:
  std::chrono::steady_clock::time_point last_;
  int thing_ = 0;
};

/// The hand that a mouse is over charts: the wheel zooms, a drag moves them, a double click shows all again, a click on
/// a legend's entry puts a curve away.
class ChartHand {
 public:
  ChartPage page;  ///< for its owner to draw by

  /// Takes what the mouse did at `at`, in the units that the charts are placed in. Whether they have to be drawn anew.
  bool answer(const Event& event, Point at);
  /// Says what lies under the mouse, unless it drags.
  void draw_reading(Picture& picture) const;
  /// Lets go of the chart that it drags.
  void let_go() { held_.reset(); }

 private:
  struct Held {
    std::string chart;
    Point at;
    bool moving = false;  // it has gone further than a hand trembles
  };
  std::optional<Held> held_;
  std::optional<Point> mouse_;  // where it has been seen
  DoubleClick clicks_;
};

}  // namespace cairn::render
