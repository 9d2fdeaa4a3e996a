#pragma once

#include "optim/problems/problem.h"

namespace cairn::optim::problems {

/// A saddle between two basins. The start lies almost on the ridge, from which every descent first runs to the saddle.
///
///     f(x, y) = x² / 2 + y⁴ / 4 - depth y² / 2,  lowest at (0, ±√depth)
struct SaddleOptions {
  double depth = 1;
  double off_ridge = 1e-3;
  template <class V>
  void fields(V&& v) {
    v("depth", depth, "(0,inf)", "how strongly the saddle bends down");
    v("off_ridge", off_ridge, "(0,inf)", "distance of the start from the ridge");
  }
};
Problem saddle(const SaddleOptions& options = {});

}  // namespace cairn::optim::problems
