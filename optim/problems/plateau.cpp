#include "optim/problems/plateau.h"

#include "optim/options.h"

namespace cairn::optim::problems {

Problem plateau(const PlateauOptions& options) {
  const auto f = [w2 = options.width * options.width](double x, double y) {
    const double r2 = x * x + y * y, both = w2 + r2, slope = 2 * w2 / (both * both);
    return Tilt{.value = r2 / both, .dx = slope * x, .dy = slope * y};
  };
  Problem problem = plane_problem(describe("plateau", options), f, {6, 4}, {0, 0}, {-8, 8, -8, 8});
  problem.formula = "f(x0, x1) = r² / (width² + r²),  r² = x0² + x1²";
  return problem;
}

}  // namespace cairn::optim::problems
