#pragma once

#include "optim/problems/problem.h"

namespace cairn::optim::problems {

/// A plain that falls gently to the foot of a cliff: whoever steps into the wall meets a gradient many times the
/// plain's (after the error surfaces of Pascanu, Mikolov and Bengio 2013).
///
///     f(x, y) = -gentle x + (gentle + steep) width ln(1 + exp(x / width)) + y² / 2
///
/// The slope in x turns from -gentle to steep around x = 0; the foot, where they balance, is the optimum.
struct CliffOptions {
  double gentle = 0.1, steep = 100, width = 0.01;
  template <class V>
  void fields(V&& v) {
    v("gentle", gentle, "(0,inf)", "slope of the plain");
    v("steep", steep, "(0,inf)", "slope of the wall");
    v("width", width, "(0,inf)", "how sharp the foot is");
  }
};
Problem cliff(const CliffOptions& options = {});

}  // namespace cairn::optim::problems
