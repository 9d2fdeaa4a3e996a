#include "agents/q_learning/q_lambda.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

namespace cairn::agents {
namespace {

using Values = std::vector<double>;

/// max over the legal actions.
double best(const nlohmann::json& q, const nlohmann::json& mask) {
  double most = -INFINITY;
  for (std::size_t a = 0; a < q.size(); ++a)
    if (mask[a] == 1) most = std::max(most, q[a].get<double>());
  return most;
}

Values targets_of(const nlohmann::json& each, double gamma, double lambda) {
  const Values rewards = each["rewards"];
  const std::vector<std::uint8_t> terminated = each["terminated"], truncated = each["truncated"];
  Values values, final_values;
  for (std::size_t t = 0; t < rewards.size(); ++t) {
    values.push_back(best(each["q"][t], each["masks"][t]));
    final_values.push_back(best(each["q_final"][t], each["masks_final"][t]));
  }
  const Values last{best(each["q_last"], each["masks_last"])};
  Values targets(rewards.size());
  q_lambda_targets<double>({.rewards = rewards,
                            .terminated = terminated,
                            .truncated = truncated,
                            .values = values,
                            .final_values = final_values,
                            .last_values = last},
                           gamma, lambda, targets);
  return targets;
}

TEST(QLambda, TargetsAreTheReferencesAndNotThePublishedMistake) {
  const auto reference = nlohmann::json::parse(std::ifstream(CAIRN_TEST_DATA "/algorithms/targets.json"));
  const double gamma = reference["gamma"];
  int compared = 0;
  for (const auto& each : reference["cases"]) {
    for (const auto& [lambda, expected] : each["q_lambda"].items()) {
      const Values targets = targets_of(each, gamma, std::stod(lambda));
      ASSERT_EQ(targets.size(), expected.size());
      for (std::size_t t = 0; t < targets.size(); ++t)
        EXPECT_NEAR(targets[t], expected[t].get<double>(), 1e-12) << each["label"] << " λ " << lambda << " t " << t;
      ++compared;
    }
    // The second last value bootstraps from the wrong observation in the authors' scripts.
    const Values wrong = each["q_lambda_wrong_seed_065"], right = targets_of(each, gamma, 0.65);
    EXPECT_GT(std::abs(wrong[5] - right[5]), 1e-3) << each["label"];
  }
  EXPECT_EQ(compared, 20);
}

TEST(QLambda, WorldsDoNotMix) {
  // Two worlds side by side give what each gives alone.
  const Values rewards{1, -2, 0.5, 3, -1, 4}, values{0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, last{7, 8};
  const std::vector<std::uint8_t> terminated{0, 0, 0, 1, 0, 0}, truncated{0, 0, 1, 0, 0, 0};
  Values together(6), final_values{0, 0, 9, 0, 0, 0};
  q_lambda_targets<double>({2, rewards, terminated, truncated, values, final_values, last}, 0.9, 0.6, together);
  for (std::size_t e = 0; e < 2; ++e) {
    const auto column = [&](const auto& all) { return std::decay_t<decltype(all)>{all[e], all[2 + e], all[4 + e]}; };
    Values alone(3);
    const Values r = column(rewards), v = column(values), f = column(final_values), l{last[e]};
    const auto d = column(terminated), c = column(truncated);
    q_lambda_targets<double>({1, r, d, c, v, f, l}, 0.9, 0.6, alone);
    EXPECT_EQ(alone, column(together));
  }
}

TEST(QLambda, LambdaZeroLooksOneStepAheadAndOneToTheEnd) {
  const Values rewards{1, 2, 4}, values{10, 20, 30}, last{40}, none(3);
  const std::vector<std::uint8_t> never(3);
  Values targets(3);
  q_lambda_targets<double>({1, rewards, never, never, values, none, last}, 0.5, 0, targets);
  EXPECT_EQ(targets, (Values{1 + 0.5 * 20, 2 + 0.5 * 30, 4 + 0.5 * 40}));
  q_lambda_targets<double>({1, rewards, never, never, values, none, last}, 0.5, 1, targets);
  EXPECT_EQ(targets, (Values{1 + 0.5 * (2 + 0.5 * 24), 2 + 0.5 * 24, 24}));
}

}  // namespace
}  // namespace cairn::agents
