#pragma once

#include <optional>
#include <vector>

#include "render/drawing/picture_canvas.h"
#include "render/window/chart_hand.h"

namespace cairn::render {

/// Magnifies a world drawn in `box`, so that what lies at `at` stays there: by turns of the wheel above 0, below back.
void turn_wheel(Magnifier& part, Box box, Point at, float turns);
/// Moves it by the way from `from` to `to`.
void drag_world(Magnifier& part, Box box, Point from, Point to);

/// The hand that a mouse is over worlds side by side, which are all magnified alike: the wheel magnifies them, a drag
/// moves them, a double click shows all of them again.
class WorldHand {
 public:
  Magnifier part;           ///< for its owner to draw each of them by
  std::vector<Box> worlds;  ///< where they were drawn last

  /// Takes what the mouse did at `at`, in the units of the boxes.
  void answer(const Event& event, Point at);

 private:
  struct Held {
    Box world;
    Point at;
  };
  std::optional<Held> held_;
  DoubleClick clicks_;
};

}  // namespace cairn::render
