#include "optim/problems/saddle.h"

#include <cmath>

#include "optim/options.h"

namespace cairn::optim::problems {

Problem saddle(const SaddleOptions& options) {
  const auto f = [depth = options.depth](double x, double y) {
    return Tilt{.value = x * x / 2 + y * y * (y * y / 4 - depth / 2), .dx = x, .dy = y * (y * y - depth)};
  };
  return plane_problem(describe("saddle", options), f, {1.5, options.off_ridge}, {0, std::sqrt(options.depth)},
                       {-2, 2, -2, 2});
}

}  // namespace cairn::optim::problems
