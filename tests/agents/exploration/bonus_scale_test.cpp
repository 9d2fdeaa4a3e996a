#include "agents/exploration/bonus_scale.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "memory/damaged.h"

namespace cairn::agents {
namespace {

TEST(BonusScale, AgreesWithTheReferenceOverThreeRollouts) {
  std::ifstream file(std::string(CAIRN_TEST_DATA) + "/algorithms/rnd_normalisation.json");
  const auto data = nlohmann::json::parse(file);
  BonusScale scale(3, data["gamma"]);
  int compared = 0;
  for (const auto& rollout : data["rollouts"]) {
    std::vector<double> bonuses;
    for (const auto& step : rollout["bonus"])
      for (const double bonus : step) bonuses.push_back(bonus);
    scale.take(std::span<const double>(bonuses));
    const auto& exact = rollout["exact"];
    EXPECT_NEAR(scale.moments().mean()[0], exact["mean"].get<double>(), 1e-12 * exact["mean"].get<double>());
    EXPECT_NEAR(scale.moments().variance(0), exact["variance"].get<double>(), 1e-12 * exact["variance"].get<double>());
    EXPECT_EQ(scale.moments().count(), exact["count"].get<double>());
    for (std::size_t e = 0; e < 3; ++e) EXPECT_NEAR(scale.sums()[e], rollout["filter_after"][e].get<double>(), 1e-11);
    for (std::size_t i = 0; i < bonuses.size(); ++i, ++compared) {
      const double expected = exact["normalised"][i / 3][i % 3];
      EXPECT_NEAR(bonuses[i] * scale.factor(), expected, 1e-12 * std::max(1.0, expected));
    }
  }
  EXPECT_EQ(compared, 45);
}

TEST(BonusScale, SumOfAConstantComesToThatOverOneLessGamma) {
  BonusScale scale(2, 0.9);
  const std::vector<double> constant(2 * 400, 0.3);
  scale.take(std::span<const double>(constant));
  for (const double sum : scale.sums()) EXPECT_NEAR(sum, 0.3 / (1 - 0.9), 1e-12);
}

TEST(BonusScale, GoesOnAfterLoadingAndRefusesWhatIsNotFinite) {
  BonusScale whole(2, 0.9), loaded(2, 0.9), other(3, 0.9);
  const std::vector<double> bonuses = {1, 2, 0.5, 3};
  whole.take(std::span<const double>(bonuses));
  Archive archive;
  whole.save(archive, "scale");
  loaded.load(archive, "scale");
  for (BonusScale* scale : {&whole, &loaded}) scale->take(std::span<const double>(bonuses));
  EXPECT_EQ(whole.factor(), loaded.factor());
  EXPECT_THROW(other.load(archive, "scale"), std::runtime_error);
  EXPECT_THROW(loaded.load(damaged(archive, "scale/sums", std::vector<double>{1, NAN}), "scale"), std::runtime_error);
  EXPECT_THROW(loaded.load(damaged(archive, "scale/squares", std::vector<double>{-1}), "scale"), std::runtime_error);
}

}  // namespace
}  // namespace cairn::agents
