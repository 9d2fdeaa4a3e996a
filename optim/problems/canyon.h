#pragma once

#include "optim/problems/problem.h"

namespace cairn::optim::problems {

/// A canyon: steep across, nearly level along, with a ripple on its walls.
///
///     f(x, y) = a1 x² + a2 y² + b cos(c x)
///
/// A rate small enough for the walls is far too small for the floor. Where b c² > 2 a1 the ripple splits the floor
/// in two, and the optimum lies in the right one.
struct CanyonOptions {
  double a1 = 50, a2 = 0.05, b = 0.5, c = 3;
  template <class V>
  void fields(V&& v) {
    v("a1", a1, "(0,inf)", "steepness of the walls");
    v("a2", a2, "(0,inf)", "steepness of the floor");
    v("b", b, "[0,inf)", "height of the ripple");
    v("c", c, "(0,inf)", "its waves for each 2 pi of x");
  }
};
Problem canyon(const CanyonOptions& options = {});

}  // namespace cairn::optim::problems
