#include "optim/problems/rare_features.h"

#include <cmath>
#include <memory>

#include "optim/options.h"
#include "optim/problems/draws.h"

namespace cairn::optim::problems {

namespace {

constexpr Eigen::Index pool_size = 4096;

struct Pool {
  Eigen::MatrixXd inputs;        // features x samples
  Eigen::ArrayXd probabilities;  // of label 1
};

double probability(double logit) {
  return 1 / (1 + std::exp(-logit));
}
/// ln(1 + e^logit), without overflow.
double softplus(double logit) {
  return std::max(logit, 0.0) + std::log1p(std::exp(-std::abs(logit)));
}

}  // namespace

Problem rare_features(const RareFeaturesOptions& options) {
  Problem problem;
  problem.description = describe("rare_features", options);
  const Eigen::Index features = options.dense + 1;
  problem.layout.add("weight", 1, features, {"weight"});
  problem.start.assign(static_cast<std::size_t>(features), 0);
  for (int i = 0; i < options.dense; ++i) problem.optimum.push_back(i % 2 == 0 ? 1 : -1);
  problem.optimum.push_back(options.rare_weight);

  auto pool = std::make_shared<Pool>();
  pool->inputs.resize(features, pool_size);
  Draws draws(options.seed, Draws::data);
  for (auto sample : pool->inputs.colwise()) {
    for (double& value : sample.head(options.dense)) value = draws.normal();
    sample(options.dense) = draws.uniform() < options.rarity ? 1 : 0;
  }
  const Eigen::Map<const Eigen::VectorXd> weights(problem.optimum.data(), features);
  pool->probabilities = (pool->inputs.transpose() * weights).array().unaryExpr(&probability);

  // The cross-entropy of one sample with (expected) label y: ln(1 + e^z) - y z, whose slope in z is p - y.
  problem.objective = [pool](std::span<const double> x, std::span<double> gradient) {
    const Eigen::Map<const Eigen::VectorXd> w(x.data(), pool->inputs.rows());
    const Eigen::ArrayXd logits = pool->inputs.transpose() * w;
    if (!gradient.empty()) {
      const Eigen::VectorXd slopes = logits.unaryExpr(&probability) - pool->probabilities;
      Eigen::Map<Eigen::VectorXd>(gradient.data(), w.size()) = pool->inputs * slopes / double{pool_size};
    }
    return (logits.unaryExpr(&softplus) - pool->probabilities * logits).mean();
  };
  problem.sample = [pool, options](std::int64_t step, std::span<const double> x, std::span<double> gradient) {
    const Eigen::Map<const Eigen::VectorXd> w(x.data(), pool->inputs.rows());
    Draws minibatch(options.seed, step);
    double loss = 0;
    Eigen::VectorXd slope = Eigen::VectorXd::Zero(w.size());
    for (int k = 0; k < options.batch; ++k) {
      const auto i = static_cast<Eigen::Index>(minibatch.below(pool_size));
      const double label = minibatch.uniform() < pool->probabilities(i) ? 1 : 0, logit = pool->inputs.col(i).dot(w);
      loss += (softplus(logit) - label * logit) / options.batch;
      slope += (probability(logit) - label) / options.batch * pool->inputs.col(i);
    }
    if (!gradient.empty()) Eigen::Map<Eigen::VectorXd>(gradient.data(), w.size()) = slope;
    return loss;
  };
  return problem;
}

}  // namespace cairn::optim::problems
