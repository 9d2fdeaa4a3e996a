#include "agents/networks/squashed_gaussian.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace cairn::agents {
namespace {

/// tests/data/algorithms/squashed_gaussian.json: 144 samples of one component, by 60-digit arithmetic.
nlohmann::json reference() {
  return nlohmann::json::parse(std::ifstream(CAIRN_TEST_DATA "/algorithms/squashed_gaussian.json"));
}

template <class Scalar>
void expect_reference(double tolerance, double tolerance_at_the_ends) {
  const nlohmann::json expected = reference();
  const auto values = [&](const char* name) { return expected[name].get<std::vector<double>>(); };
  const std::vector<double> mean = values("mean"), log_std = values("log_std"), noise = values("noise");
  const int n = static_cast<int>(mean.size());
  SquashedGaussian<Scalar> gaussian(1, n);
  typename SquashedGaussian<Scalar>::Matrix outputs(2, n), zero = gaussian.noise, ones = zero, by_density(2, n),
                                                           by_action(2, n);
  ones.setOnes();
  for (int i = 0; i < n; ++i) {
    outputs(0, i) = static_cast<Scalar>(mean[static_cast<std::size_t>(i)]);
    outputs(1, i) = static_cast<Scalar>(log_std[static_cast<std::size_t>(i)]);
    gaussian.noise(0, i) = static_cast<Scalar>(noise[static_cast<std::size_t>(i)]);
  }
  gaussian.sample(outputs);
  gaussian.backward(zero, 1, by_density);
  gaussian.backward(ones, 0, by_action);
  const auto compare = [&](const char* name, const auto& row) {
    const std::vector<double> wanted = values(name);
    const std::vector<double> u = values("u");
    for (int i = 0; i < n; ++i) {
      const auto s = static_cast<std::size_t>(i);
      const bool at_an_end = log_std[s] == -20 || std::abs(u[s]) > 8;
      EXPECT_LE(std::abs(static_cast<double>(row(i)) - wanted[s]),
                (at_an_end ? tolerance_at_the_ends : tolerance) * std::max(1.0, std::abs(wanted[s])))
          << name << " of mean " << mean[s] << ", log_std " << log_std[s] << ", noise " << noise[s];
    }
  };
  compare("action", gaussian.actions.row(0));
  compare("log_prob", gaussian.log_densities);
  compare("d_mean", by_density.row(0));
  compare("d_log_std", by_density.row(1));
  compare("d_action_d_mean", by_action.row(0));
  compare("d_action_d_log_std", by_action.row(1));
}

TEST(SquashedGaussian, IsThatOfSixtyDigits) {
  expect_reference<double>(1e-12, 1e-12);
  expect_reference<float>(1e-5, 1e-4);
}

// ∫ π(a) da = 1, by Simpson's rule over u, where da = (1 - a²) du cancels the density's pole.
TEST(SquashedGaussian, HasADensity) {
  constexpr int n = 2001;
  for (const double log_std : {-1.5, 0.0, 1.0}) {
    const double mean = 0.4, spread = std::exp(log_std), reach = 9;
    SquashedGaussian<double> gaussian(1, n);
    Eigen::MatrixXd outputs(2, n);
    outputs.row(0).setConstant(mean);
    outputs.row(1).setConstant(log_std);
    for (int i = 0; i < n; ++i) gaussian.noise(0, i) = reach * (2.0 * i / (n - 1) - 1);
    gaussian.sample(outputs);
    double sum = 0;
    for (int i = 0; i < n; ++i) {
      const double u = mean + spread * gaussian.noise(0, i), slope = 1 / (std::cosh(u) * std::cosh(u));
      sum += (i == 0 || i == n - 1 ? 1 : i % 2 == 1 ? 4 : 2) * std::exp(gaussian.log_densities[i]) * slope;
    }
    EXPECT_NEAR(sum * 2 * reach * spread / (n - 1) / 3, 1, 1e-9) << log_std;
  }
}

TEST(SquashedGaussian, AddsTheDensitiesOfItsComponents) {
  SquashedGaussian<double> both(2, 1), one(1, 1);
  both.noise << 0.3, -1.1;
  both.sample(Eigen::Vector4d(0.2, -0.7, -0.5, 0.4));
  double sum = 0;
  for (const Eigen::Index k : {0, 1}) {
    one.noise << both.noise(k, 0);
    one.sample(k == 0 ? Eigen::Vector2d(0.2, -0.5) : Eigen::Vector2d(-0.7, 0.4));
    EXPECT_EQ(one.actions(0, 0), both.actions(k, 0));
    sum += one.log_densities[0];
  }
  EXPECT_NEAR(both.log_densities[0], sum, 1e-14);
}

TEST(SquashedGaussian, ClampsTheDeviationWithoutGradient) {
  SquashedGaussian<double> gaussian(1, 3);
  gaussian.noise.setConstant(0.5);
  Eigen::MatrixXd outputs(2, 3), d_outputs(2, 3);
  outputs << 0, 0, 0, -25, 0, 3;
  gaussian.sample(outputs);
  EXPECT_NEAR(gaussian.actions(0, 0), 0.5 * std::exp(-20.0), 1e-20);
  EXPECT_NEAR(gaussian.actions(0, 2), std::tanh(0.5 * std::exp(2.0)), 1e-15);
  gaussian.backward(Eigen::MatrixXd::Ones(1, 3), 1, d_outputs);
  EXPECT_EQ(d_outputs(1, 0), 0);
  EXPECT_NE(d_outputs(1, 1), 0);
  EXPECT_EQ(d_outputs(1, 2), 0);
}

TEST(SquashedGaussian, SamplesWhatItSays) {
  constexpr int n = 20'000;
  double sum = 0, squares = 0;
  envs::Random random(1, envs::Stream::policy);
  for (int i = 0; i < n; ++i) {
    const double u = std::atanh(static_cast<double>(squashed_sample(0.5F, -1, random)));
    sum += u;
    squares += (u - 0.5) * (u - 0.5);
  }
  EXPECT_NEAR(sum / n, 0.5, 0.01);
  EXPECT_NEAR(std::sqrt(squares / n), std::exp(-1.0), 0.01);
}

}  // namespace
}  // namespace cairn::agents
