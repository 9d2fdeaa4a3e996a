#include "agents/policy_gradient/intrinsic_stream.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "agents/policy_gradient/gae.h"
#include "learning.h"
#include "memory/plain_bonus.h"

namespace cairn::agents {
namespace {

/// Pays what it is told.
class TellingBonus final : public tests::PlainBonus {
 public:
  explicit TellingBonus(std::vector<float> bonuses) : bonuses_(std::move(bonuses)) {}
  float coefficient() const override { return 0.5F; }
  void begin(const BonusRun& run) override { begun = run; }
  void pay(const Visits&, std::span<float> bonuses) override { std::ranges::copy(bonuses_, bonuses.begin()); }
  BonusRun begun;

 private:
  std::vector<float> bonuses_;
};

TEST(IntrinsicStream, AddsTheAdvantageOfAStreamThatDoesNotEnd) {
  std::ifstream file(std::string(CAIRN_TEST_DATA) + "/algorithms/rnd_normalisation.json");
  const auto data = nlohmann::json::parse(file)["two_heads"];
  const auto bonus = std::make_shared<TellingBonus>(data["bonuses"].get<std::vector<float>>());
  envs::ThreadPool pool(1);
  IntrinsicStream stream(bonus);
  stream.begin({.factory = bandit, .environments = 1, .seed = 4, .pool = &pool}, 5, 7);
  EXPECT_EQ(bonus->begun.visits, 5);
  EXPECT_EQ(bonus->begun.calls, 7);
  EXPECT_EQ(bonus->begun.seed, 4U);

  Rollout rollout(bandit()->spec(), 1, 5, 2, true);
  rollout.terminated = data["terminated"].get<std::vector<std::uint8_t>>();
  rollout.truncated = data["truncated"].get<std::vector<std::uint8_t>>();
  for (Eigen::Index t = 0; t < 5; ++t) {
    rollout.rewards[t] = data["rewards"][t];
    rollout.values(0, t) = data["values_ext"][t];
    rollout.values(1, t) = data["values_int"][t];
  }
  rollout.final_values(0, 3) = data["final_value_ext_at_3"];
  rollout.last_values << data["last_ext"].get<float>(), data["last_int"].get<float>();
  generalised_advantages(rollout, 0, {0.999F, 0.95F}, rollout.rewards, rollout.advantage);
  stream.pay(rollout);
  stream.add_advantages(rollout, 0.95F);
  for (Eigen::Index t = 0; t < 5; ++t) {
    // The reference weighs them 2 to 1; here the rewards' weight is 1.
    EXPECT_NEAR(2 * rollout.advantage[t], data["combined"][t].get<float>(), 1e-5F);
    EXPECT_NEAR(rollout.returns(0, t), data["returns_ext"][t].get<float>(), 1e-5F);
    EXPECT_NEAR(rollout.returns(1, t), data["returns_int"][t].get<float>(), 1e-5F);
  }
}

TEST(IntrinsicStream, WithoutABonusDoesNothing) {
  IntrinsicStream none;
  EXPECT_FALSE(none);
  Rollout rollout(bandit()->spec(), 1, 5, 1, false);
  none.pay(rollout);
  none.add_advantages(rollout, 0.9F);
  none.learn(rollout);
  Telemetry telemetry;
  none.report(telemetry);
  EXPECT_TRUE(telemetry.metrics.empty());
  EXPECT_EQ(rollout.advantage.abs().maxCoeff(), 0);
}

}  // namespace
}  // namespace cairn::agents
