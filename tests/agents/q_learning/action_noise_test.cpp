#include "agents/q_learning/action_noise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "agents/archive/archive.h"

namespace cairn::agents {
namespace {

/// What is added to nothing over so many steps of one world, without an end.
std::vector<float> track(const NoiseOptions& options, std::uint32_t steps) {
  ActionNoise noise(options, 1, 1);
  std::vector<float> track;
  for (std::uint32_t t = 0; t < steps; ++t) {
    Eigen::MatrixXf actions = Eigen::MatrixXf::Zero(1, 1);
    noise.add(3, t, actions);
    track.push_back(actions(0, 0));
  }
  return track;
}

double covariance(const std::vector<float>& x, std::size_t lag) {
  double sum = 0;
  for (std::size_t t = lag; t < x.size(); ++t) sum += static_cast<double>(x[t]) * static_cast<double>(x[t - lag]);
  return sum / static_cast<double>(x.size() - lag);
}

TEST(ActionNoise, GaussianHasItsSpreadAndNoMemory) {
  const auto x = track({.std = 0.2F}, 50'000);
  EXPECT_NEAR(std::sqrt(covariance(x, 0)), 0.2, 0.004);
  EXPECT_NEAR(covariance(x, 1) / covariance(x, 0), 0, 0.02);
}

// Of x += -θ x dt + σ √dt N: variance σ² dt / (1 - (1 - θ dt)²), correlation of neighbours 1 - θ dt.
TEST(ActionNoise, OrnsteinUhlenbeckHasItsVarianceAndMemory) {
  const auto x = track({.noise = Noise::ou, .std = 0.15F, .theta = 0.15F, .dt = 1}, 200'000);
  EXPECT_NEAR(covariance(x, 0), 0.15 * 0.15 / (1 - 0.85 * 0.85), 0.003);
  EXPECT_NEAR(covariance(x, 1) / covariance(x, 0), 0.85, 0.01);
}

TEST(ActionNoise, HeldIsDrawnAnewOnlyEverySoOften) {
  const auto x = track({.noise = Noise::held, .std = 0.1F, .hold = 5}, 50'000);
  for (std::size_t t = 0; t < x.size(); ++t)
    if (t % 5 != 0) {
      ASSERT_EQ(x[t], x[t - 1]) << t;
    }
  EXPECT_NE(x[5], x[4]);
  EXPECT_NEAR(std::sqrt(covariance(x, 0)), 0.1, 0.004);
}

TEST(ActionNoise, ClipsWhatItAddsTo) {
  ActionNoise noise({.std = 5}, 2, 50);
  Eigen::MatrixXf actions = Eigen::MatrixXf::Constant(2, 50, 0.5F);
  noise.add(1, 0, actions);
  EXPECT_EQ(actions.maxCoeff(), 1);
  EXPECT_EQ(actions.minCoeff(), -1);
}

// An episode's noise begins as if there had been none before it.
TEST(ActionNoise, DoesNotReachIntoTheNextEpisode) {
  for (const Noise kind : {Noise::ou, Noise::held}) {
    const NoiseOptions options{.noise = kind, .std = 0.1F, .hold = 7};
    ActionNoise used(options, 1, 2), fresh(options, 1, 2);
    Eigen::MatrixXf actions = Eigen::MatrixXf::Zero(1, 2);
    for (std::uint32_t t = 0; t < 10; ++t) used.add(1, t, actions);
    std::vector<envs::Step> steps(2);
    steps[0].truncated = true;
    used.end_episodes(steps);
    Eigen::MatrixXf a = Eigen::MatrixXf::Zero(1, 2), b = a;
    used.add(1, 10, a);
    fresh.add(1, 10, b);
    EXPECT_EQ(a(0, 0), b(0, 0));
    EXPECT_NE(a(0, 1), b(0, 1)) << "the other world's episode goes on";
  }
}

TEST(ActionNoise, GoesOnAfterLoadingAndRefusesWhatMakesNoSense) {
  const NoiseOptions options{.noise = Noise::held, .hold = 4};
  ActionNoise whole(options, 2, 3), resumed(options, 2, 3);
  Eigen::MatrixXf a = Eigen::MatrixXf::Zero(2, 3), b = a;
  for (std::uint32_t t = 0; t < 6; ++t) whole.add(1, t, a);
  Archive archive;
  whole.save(archive, "noise");
  resumed.load(archive, "noise");
  for (std::uint32_t t = 6; t < 12; ++t) {
    a.setZero();
    b.setZero();
    whole.add(1, t, a);
    resumed.add(1, t, b);
    EXPECT_EQ(a, b);
  }
  ActionNoise more(options, 2, 4), shorter({.noise = Noise::held, .hold = 2}, 2, 3);
  EXPECT_THROW(more.load(archive, "noise"), std::runtime_error);
  EXPECT_THROW(shorter.load(archive, "noise"), std::runtime_error) << "held for longer than there is";
}

}  // namespace
}  // namespace cairn::agents
