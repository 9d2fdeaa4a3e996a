#pragma once

#include "optim/problems/problem.h"

namespace cairn::optim::problems {

/// Rosenbrock's valley (1960): narrow, curved, and nearly level along its floor.
///
///     f(x, y) = (a - x)² + b (y - x²)²,  lowest at (a, a²)
struct RosenbrockOptions {
  double a = 1, b = 100;
  template <class V>
  void fields(V&& v) {
    v("a", a, "(-inf,inf)", "where the optimum lies");
    v("b", b, "(0,inf)", "steepness of the walls");
  }
};
Problem rosenbrock(const RosenbrockOptions& options = {});

}  // namespace cairn::optim::problems
