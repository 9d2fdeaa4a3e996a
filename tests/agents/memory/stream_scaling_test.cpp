#include "agents/memory/stream_scaling.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "agents/archive/archive.h"

namespace cairn::agents {
namespace {

nlohmann::json scaling_reference() {
  return nlohmann::json::parse(std::ifstream(CAIRN_TEST_DATA "/algorithms/streaming.json"));
}

TEST(StreamScaling, ObservationsAreTheReferences) {
  const auto each = scaling_reference()["observation_normalisation"];
  StreamNormaliser normaliser(2);
  std::vector<double> seen(2);
  for (std::size_t t = 0; t < each["observations"].size(); ++t) {
    const std::vector<double> raw = each["observations"][t];
    normaliser.apply(raw, seen);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(seen[i], each["normalised"][t][i].get<double>(), 1e-12) << t;
  }
}

TEST(StreamScaling, RewardsAreTheReferences) {
  const auto each = scaling_reference()["reward_scaling"];
  RewardScaler scaler(scaling_reference()["gamma"]);
  for (std::size_t t = 0; t < each["rewards"].size(); ++t)
    EXPECT_NEAR(scaler.apply(each["rewards"][t], each["ended"][t] == 1), each["scaled"][t].get<double>(), 1e-12) << t;
}

TEST(StreamScaling, AFrozenNormaliserShowsTheLatestObservationAsTheStreamDid) {
  StreamNormaliser normaliser(2);
  Eigen::VectorXf raw(2), seen(2);
  for (int t = 0; t < 50; ++t) {
    raw << static_cast<float>(t * t % 7), 1000 + static_cast<float>(t % 3);
    normaliser.apply(raw, seen);
  }
  Eigen::MatrixXf frozen(2, 1);
  normaliser.frozen().apply(raw, frozen);
  EXPECT_LT((frozen - seen).cwiseAbs().maxCoeff(), 1e-4F);
  Eigen::MatrixXf far = Eigen::MatrixXf::Constant(2, 1, 1e6F);
  normaliser.frozen().apply(far, far);
  EXPECT_GT(far(0, 0), 1e5F) << "nothing is clipped";
}

TEST(StreamScaling, GoesOnAsItWasAfterLoading) {
  RewardScaler scaler(0.9), loaded(0.9);
  for (int t = 0; t < 9; ++t) scaler.apply(t, t == 4);
  Archive archive;
  scaler.save(archive, "rewards");
  loaded.load(archive, "rewards");
  for (int t = 0; t < 9; ++t) EXPECT_EQ(scaler.apply(t, t == 2), loaded.apply(t, t == 2));
  Archive broken;
  for (const Archive::Tensor& tensor : archive.tensors())
    broken.put_value(tensor.name, tensor.name == "rewards/trace" ? std::numeric_limits<double>::infinity() : 1.0);
  EXPECT_THROW(loaded.load(broken, "rewards"), std::runtime_error);
}

}  // namespace
}  // namespace cairn::agents
