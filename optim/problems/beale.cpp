#include "optim/problems/beale.h"

#include "optim/options.h"

namespace cairn::optim::problems {

Problem beale(const BealeOptions& options) {
  const auto f = [](double x, double y) {
    Tilt tilt{0, 0, 0};
    constexpr double targets[] = {1.5, 2.25, 2.625};
    double power = 1;  // yᵏ⁻¹
    for (int k = 1; k <= 3; ++k) {
      const double residual = targets[k - 1] - x + x * power * y;
      tilt.value += residual * residual;
      tilt.dx += 2 * residual * (power * y - 1);
      tilt.dy += 2 * residual * x * k * power;
      power *= y;
    }
    return tilt;
  };
  Problem problem = plane_problem(describe("beale", options), f, {1, 1}, {3, 0.5}, {-0.5, 4, -1.5, 1.5});
  problem.formula = "f(x0, x1) = (1.5 - x0 + x0 x1)² + (2.25 - x0 + x0 x1²)² + (2.625 - x0 + x0 x1³)²";
  return problem;
}

}  // namespace cairn::optim::problems
