#include "optim/problems/cliff.h"

#include <algorithm>
#include <cmath>

#include "optim/options.h"

namespace cairn::optim::problems {

Problem cliff(const CliffOptions& options) {
  const auto f = [options](double x, double y) {
    const double z = x / options.width, both = options.gentle + options.steep;
    // ln(1 + eᶻ) and its derivative, without overflow.
    const double softplus = std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z)));
    const double share = 1 / (1 + std::exp(-z));
    return Tilt{.value = -options.gentle * x + both * options.width * softplus + y * y / 2,
                .dx = -options.gentle + both * share,
                .dy = y};
  };
  const double foot = options.width * std::log(options.gentle / options.steep);
  Problem problem = plane_problem(describe("cliff", options), f, {-2, 1}, {foot, 0}, {-3, 1, -2, 2});
  problem.formula = "f(x0, x1) = -gentle x0 + (gentle + steep) width ln(1 + exp(x0 / width)) + x1² / 2";
  return problem;
}

}  // namespace cairn::optim::problems
