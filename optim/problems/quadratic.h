#pragma once

#include "optim/problems/problem.h"

namespace cairn::optim::problems {

/// An ill-conditioned quadratic bowl, lowest at 0.
///
///     f(x) = Σ hᵢ zᵢ² / 2,  z = x or, rotated, Qᵀ x
///
/// Curvatures hᵢ run from largest / condition to largest in equal ratios. `rotated` turns the axes by a random
/// orthogonal Q, so that no scaling of single parameters can help. `noise` adds to every step's gradient a normal
/// deviate with standard deviation noise √hᵢ along each axis, as the gradients of a likelihood have at its maximum.
struct QuadraticOptions {
  int dimensions = 20;
  double condition = 1e4, largest = 1;
  bool rotated = false;
  double noise = 0;
  std::uint64_t seed = 0;
  template <class V>
  void fields(V&& v) {
    v("dimensions", dimensions, "[2,1000]", "parameters");
    v("condition", condition, "[1,inf)", "largest curvature over the smallest");
    v("largest", largest, "(0,inf)", "largest curvature");
    v("rotated", rotated, "true|false", "turn the axes");
    v("noise", noise, "[0,inf)", "of the gradient, in roots of the curvature");
    v("seed", seed, "[0,9007199254740992]", "of axes and noise");
  }
};
Problem quadratic(const QuadraticOptions& options = {});

}  // namespace cairn::optim::problems
