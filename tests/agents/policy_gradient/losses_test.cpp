#include "agents/policy_gradient/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
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

ArrayXd numbers(const nlohmann::json& list) {
  ArrayXd array(static_cast<Eigen::Index>(list.size()));
  for (std::size_t i = 0; i < list.size(); ++i) array[static_cast<Eigen::Index>(i)] = list[i];
  return array;
}

TEST(Losses, SelfImitationIsThatOfTheReference) {
  std::ifstream file(std::string(CAIRN_TEST_DATA) + "/algorithms/losses.json");
  const auto data = nlohmann::json::parse(file)["self_imitation"];
  const ArrayXd log_p = -numbers(data["negative_log_prob"]), entropies = numbers(data["entropy"]);
  const ArrayXd weight = numbers(data["weights"]);
  const MatrixXd values = numbers(data["value"]).matrix().transpose();
  const MatrixXd returns = numbers(data["returns"]).matrix().transpose();
  const Eigen::Index n = log_p.size();
  const double clip = data["clip"], entropy = data["w_entropy"], value_weight = data["w_value"];

  ArrayXd advantage(n), d_log_p(n), d_entropy(n);
  MatrixXd d_values(1, n);
  imitation_advantage<double>(values, returns, clip, advantage);
  const double better = static_cast<double>((advantage > 0).count());
  const double scale = 1 / std::max(better, data["min_valid"].get<double>());
  LossSums sums;
  imitation_policy_loss<double>(log_p, advantage, weight, entropy, scale, d_log_p, d_entropy, sums);
  // The reference counts half of the weight twice over: its gradient is that of w/2 ½ (R - V)₊².
  imitation_value_loss<double>(values, returns, weight, clip, value_weight / 2 * scale, d_values, sums);
  const auto near = [](const ArrayXd& found, const ArrayXd& expected) {
    for (Eigen::Index i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-12) << i;
  };
  near(-d_log_p, numbers(data["d_negative_log_prob"]));
  near(d_entropy, numbers(data["d_entropy"]));
  near(d_values.row(0).transpose().array(), numbers(data["d_value"]));
  near(advantage.max(1e-6), numbers(data["new_priority"]));
  // It writes the value's loss as V times its slope.
  const double loss = scale * sums.policy + (d_entropy * entropies).sum() + (d_values.array() * values.array()).sum();
  EXPECT_NEAR(loss, data["loss"].get<double>(), 1e-12);
}

TEST(Losses, SelfImitationMatchesDifferences) {
  constexpr int n = 30, heads = 2;
  const double entropy = 0.3, clip = 0.8, scale = 0.2;
  MatrixXd log_p = normal(n, 1, 1), entropies = normal(n, 1, 2), values = normal(heads, n, 3);
  const MatrixXd returns = values + normal(heads, n, 4);
  const ArrayXd weight = normal(n, 1, 5).array().abs();
  ArrayXd advantage(n), d_log_p(n), d_entropy(n), unused(n);
  MatrixXd d_values(heads, n), nothing(heads, n);
  LossSums sums;
  imitation_advantage<double>(values, returns, clip, advantage);
  imitation_policy_loss<double>(log_p.col(0).array(), advantage, weight, entropy, scale, d_log_p, d_entropy, sums);
  imitation_value_loss<double>(values, returns, weight, clip, scale, d_values, sums);
  EXPECT_GT((advantage == clip).count(), 3);
  EXPECT_GT((advantage == 0).count(), 3);
  const auto policy_loss = [&] {
    LossSums again;
    imitation_policy_loss<double>(log_p.col(0).array(), advantage, weight, entropy, scale, unused, unused, again);
    const ArrayXd counted = (advantage > 0).select(weight * entropies.col(0).array(), 0);
    return scale * (again.policy - entropy * counted.sum());
  };
  expect_gradient(log_p, d_log_p.matrix(), policy_loss);
  expect_gradient(entropies, d_entropy.matrix(), policy_loss);
  expect_gradient(values, d_values, [&] {
    LossSums again;
    imitation_value_loss<double>(values, returns, weight, clip, scale, nothing, again);
    return scale * again.value;
  });
  EXPECT_LE(d_values.maxCoeff(), 0) << "it pushes values up only";
  EXPECT_EQ(d_values.row(1).cwiseAbs().maxCoeff(), 0) << "and the bonus's not at all";

  // Where nothing was better than expected there is nothing to learn.
  imitation_advantage<double>(returns.cwiseMax(values), returns.cwiseMin(values), clip, advantage);
  LossSums none;
  imitation_policy_loss<double>(log_p.col(0).array(), advantage, weight, entropy, scale, d_log_p, d_entropy, none);
  EXPECT_EQ(none.policy, 0);
  EXPECT_EQ(d_log_p.abs().maxCoeff(), 0);
  EXPECT_EQ(d_entropy.abs().maxCoeff(), 0);
}

}  // namespace
}  // namespace cairn::agents
