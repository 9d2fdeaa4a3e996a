#include "optim/problems/canyon.h"

#include <cmath>
#include <numbers>

#include "optim/options.h"

namespace cairn::optim::problems {

namespace {

/// The lowest x >= 0. Beyond π/c the square only grows and the cosine cannot sink again, and sin(c x) / x falls until
/// there; so the slope 2 a1 x - b c sin(c x) changes its sign once at most.
double lowest_across(const CanyonOptions& options) {
  if (options.b * options.c * options.c <= 2 * options.a1) return 0;
  double low = 0, high = std::numbers::pi / options.c;
  for (int halving = 0; halving < 100; ++halving) {
    const double x = (low + high) / 2;
    (2 * options.a1 * x < options.b * options.c * std::sin(options.c * x) ? low : high) = x;
  }
  return high;
}

}  // namespace

Problem canyon(const CanyonOptions& options) {
  const auto f = [options](double x, double y) {
    const auto [a1, a2, b, c] = options;
    return Tilt{.value = a1 * x * x + a2 * y * y + b * std::cos(c * x),
                .dx = 2 * a1 * x - b * c * std::sin(c * x),
                .dy = 2 * a2 * y};
  };
  const double across = lowest_across(options);
  Problem problem = plane_problem(describe("canyon", options), f, {1.2, 12}, {across, 0}, {-1.5, 1.5, -15, 15});
  problem.formula = "f(x0, x1) = a1 x0² + a2 x1² + b cos(c x0)";
  if (across > 0) problem.other_optima = {{-across, 0}};
  return problem;
}

}  // namespace cairn::optim::problems
