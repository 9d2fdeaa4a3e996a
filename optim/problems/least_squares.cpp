#include "optim/problems/least_squares.h"

#include <cmath>
#include <stdexcept>

#include "optim/options.h"
#include "optim/problems/draws.h"

namespace cairn::optim::problems {

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Centred normal features x samples, row i with standard deviation near 1.
Eigen::MatrixXd normal_features(const LeastSquaresOptions& options) {
  Draws draws(options.seed, Draws::data);
  Eigen::MatrixXd x(options.features, options.samples);
  for (double& value : x.reshaped()) value = draws.normal();
  x.colwise() -= x.rowwise().mean().eval();
  return x;
}

}  // namespace

Problem least_squares(const LeastSquaresOptions& options) {
  Problem problem;
  problem.description = describe("least_squares", options);
  if (options.samples < options.features)
    throw std::invalid_argument("least_squares: samples must not be fewer than features.");
  const Eigen::Index features = options.features, outputs = options.outputs;

  const Eigen::MatrixXd x = normal_features(options);
  const Eigen::ArrayXd deviation = (x.array().square().rowwise().mean()).sqrt();
  const Eigen::ArrayXd scale = Eigen::ArrayXd::LinSpaced(features, -1, 1).unaryExpr([&](double power) {
    return std::pow(options.spread, power);
  });
  // The units that the features are handed over in: what each row of x is multiplied by.
  const Eigen::ArrayXd unit = options.standardised ? Eigen::ArrayXd(1 / deviation) : scale;
  const Eigen::MatrixXd inputs = unit.matrix().asDiagonal() * x;
  RowMajor weights(outputs, features);
  for (Eigen::Index o = 0; o < outputs; ++o)
    for (Eigen::Index i = 0; i < features; ++i) weights(o, i) = ((i + o) % 2 == 0 ? 1 : -1) / unit(i);

  problem.layout.add("weight", outputs, features, {"weight"});
  problem.start.assign(static_cast<std::size_t>(weights.size()), 0);
  problem.optimum.assign(weights.data(), weights.data() + weights.size());
  // f(W) = tr(E C Eᵀ) / 2 with E = W - W* and C the features' covariance; its gradient is E C.
  problem.objective = [weights, covariance = Eigen::MatrixXd(inputs * inputs.transpose() / options.samples)](
                          std::span<const double> point, std::span<double> gradient) {
    const RowMajor error = Eigen::Map<const RowMajor>(point.data(), weights.rows(), weights.cols()) - weights;
    const RowMajor slope = error * covariance;
    if (!gradient.empty()) Eigen::Map<RowMajor>(gradient.data(), weights.rows(), weights.cols()) = slope;
    return slope.cwiseProduct(error).sum() / 2;
  };
  return problem;
}

}  // namespace cairn::optim::problems
