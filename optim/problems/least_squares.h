#pragma once

#include "optim/problems/problem.h"

namespace cairn::optim::problems {

/// Least squares on features whose units differ by orders of magnitude, each as important as the others.
///
///     f(W) = mean |W x - W* x|² / 2,  xᵢ ~ scaleᵢ N(0, 1),  W*ᵢ = ±1 / scaleᵢ
///
/// Scales run from 1 / spread to spread in equal ratios. `standardised` divides each feature by its standard deviation,
/// as one should. W is a matrix [outputs x features].
struct LeastSquaresOptions {
  int features = 5, outputs = 1;
  double spread = 100;
  bool standardised = false;
  int samples = 256;
  std::uint64_t seed = 0;
  template <class V>
  void fields(V&& v) {
    v("features", features, "[2,1000]", "inputs");
    v("outputs", outputs, "[1,1000]", "rows of the weight matrix");
    v("spread", spread, "[1,inf)", "largest scale of a feature, and one over the smallest");
    v("standardised", standardised, "true|false", "bring every feature to standard deviation 1");
    v("samples", samples, "[2,100000]", "in the data set");
    v("seed", seed, "[0,9007199254740992]", "of the data");
  }
};
/// Throws std::invalid_argument for fewer samples than features.
Problem least_squares(const LeastSquaresOptions& options = {});

}  // namespace cairn::optim::problems
