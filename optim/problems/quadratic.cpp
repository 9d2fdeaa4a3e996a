#include "optim/problems/quadratic.h"

#include <cmath>

#include "optim/decompositions.h"
#include "optim/options.h"
#include "optim/problems/draws.h"

namespace cairn::optim::problems {

namespace {

/// A random rotation or reflection.
Eigen::MatrixXd random_axes(Eigen::Index n, std::uint64_t seed) {
  Draws draws(seed, Draws::data);
  Eigen::MatrixXd normal(n, n);
  for (double& entry : normal.reshaped()) entry = draws.normal();
  return orthonormal_factor(normal);
}

struct Bowl {
  Eigen::ArrayXd curvature;
  Eigen::MatrixXd axes;  // in columns; empty: those of the parameters

  double operator()(std::span<const double> point, std::span<double> gradient, const Eigen::ArrayXd& tilt) const {
    const Eigen::Map<const Eigen::VectorXd> x(point.data(), curvature.size());
    const Eigen::ArrayXd z = axes.size() > 0 ? Eigen::VectorXd(axes.transpose() * x).array() : x.array().eval();
    if (!gradient.empty()) {
      Eigen::Map<Eigen::VectorXd> g(gradient.data(), curvature.size());
      g = curvature * z + tilt;
      if (axes.size() > 0) g = (axes * g).eval();
    }
    return (curvature * z * z / 2 + tilt * z).sum();
  }
};

}  // namespace

Problem quadratic(const QuadraticOptions& options) {
  Problem problem;
  problem.description = describe("quadratic", options);
  const Eigen::Index n = options.dimensions;
  Bowl bowl;
  bowl.curvature = Eigen::ArrayXd::LinSpaced(n, 0, 1).unaryExpr(
      [&](double share) { return options.largest * std::pow(options.condition, share - 1); });
  if (options.rotated) bowl.axes = random_axes(n, options.seed);

  problem.layout.add("x", n, 1, {});
  problem.start.assign(static_cast<std::size_t>(n), 1);
  problem.optimum.assign(static_cast<std::size_t>(n), 0);
  if (n == 2) problem.range = {-1.5, 1.5, -1.5, 1.5};
  problem.formula = options.rotated ? "f(x) = Σ hᵢ zᵢ² / 2,  z = Qᵀ x" : "f(x) = Σ hᵢ xᵢ² / 2";
  problem.objective = [bowl, level = Eigen::ArrayXd::Zero(n).eval()](auto x, auto gradient) {
    return bowl(x, gradient, level);
  };
  if (options.noise > 0)
    problem.sample = [bowl, options](std::int64_t step, auto x, auto gradient) {
      Draws draws(options.seed, step);
      const Eigen::ArrayXd tilt =
          bowl.curvature.unaryExpr([&](double h) { return options.noise * std::sqrt(h) * draws.normal(); });
      return bowl(x, gradient, tilt);
    };
  return problem;
}

}  // namespace cairn::optim::problems
