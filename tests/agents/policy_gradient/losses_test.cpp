#include "agents/policy_gradient/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "agents/policy_gradient/action_distribution.h"
#include "envs/random.h"

namespace cairn::agents {
namespace {

using Eigen::ArrayXd;
using Eigen::MatrixXd;

MatrixXd normal(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
  envs::Random random(seed, envs::Stream::problem);
  MatrixXd out(rows, cols);
  for (Eigen::Index i = 0; i < out.size(); ++i) out.data()[i] = static_cast<double>(random.normal());
  return out;
}

template <class Loss>
void expect_gradient(Eigen::Ref<MatrixXd> at, const Eigen::Ref<const MatrixXd>& gradient, Loss&& loss) {
  const double h = 1e-6;
  for (Eigen::Index j = 0; j < at.cols(); ++j)
    for (Eigen::Index i = 0; i < at.rows(); ++i) {
      const double here = at(i, j);
      at(i, j) = here + h;
      const double above = loss();
      at(i, j) = here - h;
      const double below = loss();
      at(i, j) = here;
      EXPECT_NEAR(gradient(i, j), (above - below) / (2 * h), 1e-7) << i << ", " << j;
    }
}

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
      EXPECT_EQ(gradient(0, 1), 0);
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

TEST(ActionDistribution, RefusesQValues) {
  EXPECT_THROW(ActionDistribution<float>(Head::q_values, 2, 4), std::invalid_argument);
}

TEST(Losses, ClippedSurrogateMatchesDifferencesAndStopsAtTheClip) {
  constexpr int n = 40;
  MatrixXd log_p = 0.3 * normal(n, 1, 1);
  const ArrayXd old = 0.3 * normal(n, 1, 2), advantage = normal(n, 1, 3), weight = normal(n, 1, 4).array().abs();
  ArrayXd gradient(n), unused(n);
  const double scale = 0.1, clip = 0.2;
  const auto loss = [&] {
    LossSums sums;
    clipped_surrogate<double>(log_p.col(0).array(), old, advantage, weight, clip, scale, unused, sums);
    return scale * sums.policy;
  };
  LossSums sums;
  clipped_surrogate<double>(log_p.col(0).array(), old, advantage, weight, clip, scale, gradient, sums);
  expect_gradient(log_p, gradient.matrix(), loss);
  EXPECT_GE(sums.kl, 0);
  double clipped = 0;
  int stopped = 0;
  for (int i = 0; i < n; ++i) {
    const double ratio = std::exp(log_p(i, 0) - old[i]);
    clipped += std::abs(ratio - 1) > clip ? weight[i] : 0;
    const bool beyond = advantage[i] > 0 ? ratio > 1 + clip : ratio < 1 - clip;
    stopped += beyond;
    EXPECT_EQ(gradient[i] == 0, beyond);
  }
  EXPECT_GT(stopped, 3);
  EXPECT_LT(stopped, n - 3);
  EXPECT_NEAR(sums.clipped, clipped, 1e-12);
}

TEST(Losses, ScoreFunctionMatchesDifferences) {
  constexpr int n = 6;
  MatrixXd log_p = normal(n, 1, 1);
  const ArrayXd advantage = normal(n, 1, 3), weight = normal(n, 1, 4).array().abs();
  ArrayXd gradient(n), unused(n);
  LossSums sums;
  score_function<double>(log_p.col(0).array(), advantage, weight, 0.5, gradient, sums);
  expect_gradient(log_p, gradient.matrix(), [&] {
    LossSums again;
    score_function<double>(log_p.col(0).array(), advantage, weight, 0.5, unused, again);
    return 0.5 * again.policy;
  });
}

TEST(Losses, ValueLossMatchesDifferencesWithAndWithoutClip) {
  constexpr int n = 20, heads = 2;
  MatrixXd values = normal(heads, n, 1);
  const MatrixXd old = values + 0.3 * normal(heads, n, 2), returns = normal(heads, n, 3);
  const ArrayXd weight = normal(n, 1, 4).array().abs();
  for (const double clip : {0.0, 0.2}) {
    MatrixXd gradient(heads, n), unused(heads, n);
    LossSums sums;
    value_loss<double>(values, old, returns, weight, clip, 0.25, gradient, sums);
    expect_gradient(values, gradient, [&] {
      LossSums again;
      value_loss<double>(values, old, returns, weight, clip, 0.25, unused, again);
      return 0.25 * again.value;
    });
    if (clip == 0) {
      const double expected = ((values - returns).array().square().rowwise() * weight.transpose()).sum();
      EXPECT_NEAR(sums.value, expected, 1e-12);
    } else {
      EXPECT_GT((gradient.array() == 0).count(), 0);
    }
  }
}

}  // namespace
}  // namespace cairn::agents
