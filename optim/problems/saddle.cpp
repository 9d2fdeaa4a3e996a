#include "optim/problems/saddle.h"

#include <cmath>

#include "optim/options.h"

namespace cairn::optim::problems {

Problem saddle(const SaddleOptions& options) {
  const auto f = [depth = options.depth](double x, double y) {
    return Tilt{.value = x * x / 2 + y * y * (y * y / 4 - depth / 2), .dx = x, .dy = y * (y * y - depth)};
  };
  const double basin = std::sqrt(options.depth);
  Problem problem = plane_problem(describe("saddle", options), f, {1.5, options.off_ridge}, {0, basin}, {-2, 2, -2, 2});
  problem.formula = "f(x0, x1) = x0² / 2 + x1⁴ / 4 - depth x1² / 2";
  problem.other_optima = {{0, -basin}};
  return problem;
}

}  // namespace cairn::optim::problems
