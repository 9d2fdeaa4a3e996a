#include "optim/problems/rosenbrock.h"

#include "optim/options.h"

namespace cairn::optim::problems {

Problem rosenbrock(const RosenbrockOptions& options) {
  const auto f = [options](double x, double y) {
    const double along = options.a - x, across = y - x * x;
    return Tilt{.value = along * along + options.b * across * across,
                .dx = -2 * along - 4 * options.b * across * x,
                .dy = 2 * options.b * across};
  };
  Problem problem =
      plane_problem(describe("rosenbrock", options), f, {-1.2, 1}, {options.a, options.a * options.a}, {-2, 2, -1, 3});
  problem.formula = "f(x0, x1) = (a - x0)² + b (x1 - x0²)²";
  return problem;
}

}  // namespace cairn::optim::problems
