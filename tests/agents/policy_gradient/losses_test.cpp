#include "agents/policy_gradient/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "differences.h"

namespace cairn::agents {
namespace {

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
