#pragma once

#include "optim/problems/problem.h"

namespace cairn::optim::problems {

/// Beale's function (1958): a flat valley between sharp peaks at the corners.
///
///     f(x, y) = (1.5 - x + x y)² + (2.25 - x + x y²)² + (2.625 - x + x y³)²,  lowest at (3, 0.5)
struct BealeOptions {
  template <class V>
  void fields(V&&) {}
};
Problem beale(const BealeOptions& options = {});

}  // namespace cairn::optim::problems
