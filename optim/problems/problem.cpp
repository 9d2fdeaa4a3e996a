#include "optim/problems/problem.h"

namespace cairn::optim {

Problem plane_problem(std::string description, std::function<Tilt(double x, double y)> function, PlanePoint start,
                      PlanePoint optimum, DrawingRange range) {
  Problem problem;
  problem.description = std::move(description);
  problem.layout.add("x", 2, 1, {});
  problem.start = {start.x, start.y};
  problem.optimum = {optimum.x, optimum.y};
  problem.range = range;
  problem.objective = [function = std::move(function)](std::span<const double> x, std::span<double> gradient) {
    const Tilt tilt = function(x[0], x[1]);
    if (!gradient.empty()) {
      gradient[0] = tilt.dx;
      gradient[1] = tilt.dy;
    }
    return tilt.value;
  };
  return problem;
}

}  // namespace cairn::optim
