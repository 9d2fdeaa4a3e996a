#pragma once

#include "optim/problems/problem.h"

namespace cairn::optim::problems {

/// A bowl in a plateau: far from it the gradient all but vanishes, falling with the third power of the distance.
///
///     f(x, y) = r² / (width² + r²),  r² = x² + y²
struct PlateauOptions {
  double width = 1;
  template <class V>
  void fields(V&& v) {
    v("width", width, "(0,inf)", "of the bowl");
  }
};
Problem plateau(const PlateauOptions& options = {});

}  // namespace cairn::optim::problems
