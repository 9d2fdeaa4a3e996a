#include "agents/policy_gradient/action_distribution.h"

#include <cmath>
#include <numbers>

#include "differences.h"

namespace cairn::agents {
namespace {

TEST(ActionDistribution, CategoricalMatchesItsDefinitionAndDifferences) {
  constexpr int actions = 5, n = 7;
  MatrixXd logits = 2 * normal(actions, n, 1), chosen(1, n);
  const ArrayXd by_log_probability = normal(n, 1, 2), by_entropy = normal(n, 1, 3);
  MatrixXd masks = MatrixXd::Ones(actions, n);
  masks(0, 1) = masks(3, 1) = masks(4, 2) = 0;
  for (int i = 0; i < n; ++i) chosen(0, i) = 1 + i % 2;
  for (const bool masked : {false, true}) {
    ActionDistribution<double> distribution(Head::logits, actions, n + 2);
    const auto loss = [&] {
      distribution.forward(logits, chosen, masked ? masks : MatrixXd(), {});
      return (by_log_probability * distribution.log_probability().head(n) + by_entropy * distribution.entropy().head(n))
          .sum();
    };
    loss();
    for (int i = 0; i < n; ++i) {
      ArrayXd p = logits.col(i).array().exp();
      if (masked) p *= masks.col(i).array();
      p /= p.sum();
      EXPECT_NEAR(distribution.log_probability()[i], std::log(p[static_cast<int>(chosen(0, i))]), 1e-12);
      double entropy = 0;
      for (const double each : p) entropy -= each > 0 ? each * std::log(each) : 0;
      EXPECT_NEAR(distribution.entropy()[i], entropy, 1e-12) << "entropy is over the legal actions";
    }
    MatrixXd gradient(actions, n);
    distribution.backward(by_log_probability, by_entropy, gradient, {});
    expect_gradient(logits, gradient, loss);
    if (masked) {
      EXPECT_LT(std::abs(gradient(0, 1)), 1e-290);  // some exponentials end in the smallest number, not in zero
    }
  }
}

TEST(ActionDistribution, GaussianMatchesItsDefinitionAndDifferences) {
  constexpr int size = 2, n = 5;
  MatrixXd means = normal(size, n, 4), log_std = 0.3 * normal(size, 1, 5);
  const MatrixXd actions = normal(size, n, 6);
  const ArrayXd by_log_probability = normal(n, 1, 7), by_entropy = normal(n, 1, 8);
  ActionDistribution<double> distribution(Head::means, size, n);
  const auto loss = [&] {
    distribution.forward(means, actions, MatrixXd(), {log_std.data(), size});
    return (by_log_probability * distribution.log_probability() + by_entropy * distribution.entropy()).sum();
  };
  loss();
  for (int i = 0; i < n; ++i) {
    double density = 1, entropy = 0;
    for (int c = 0; c < size; ++c) {
      const double sigma = std::exp(log_std(c, 0)), z = (actions(c, i) - means(c, i)) / sigma;
      density *= std::exp(-z * z / 2) / (sigma * std::sqrt(2 * std::numbers::pi));
      entropy += std::log(sigma * std::sqrt(2 * std::numbers::pi * std::numbers::e));
    }
    EXPECT_NEAR(distribution.log_probability()[i], std::log(density), 1e-12);
    EXPECT_NEAR(distribution.entropy()[i], entropy, 1e-12);
  }
  MatrixXd by_means(size, n), by_log_std = MatrixXd::Zero(size, 1);
  distribution.backward(by_log_probability, by_entropy, by_means, {by_log_std.data(), size});
  expect_gradient(means, by_means, loss);
  expect_gradient(log_std, by_log_std, loss);
}

TEST(ActionDistribution, RefusesValues) {
  EXPECT_THROW(ActionDistribution<float>(Head::q_values, 2, 4), std::invalid_argument);
  EXPECT_THROW(ActionDistribution<float>(Head::value, 1, 4), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::agents
