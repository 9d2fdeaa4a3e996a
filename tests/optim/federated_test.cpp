// The server rules' traces are in traces_test.cpp.
#include "optim/federated.h"

#include <gtest/gtest.h>

namespace cairn::optim {
namespace {

using Values = std::vector<double>;

TEST(PseudoGradient, PointsAwayFromTheClientsWeightedMean) {
  const Values x = {1, 2}, a = {2, 2}, b = {1, 6};
  const std::vector<std::span<const double>> clients = {a, b};
  Values out(2);
  pseudo_gradient<double>(x, clients, Values{1, 3}, out);
  EXPECT_EQ(out, (Values{-0.25, -3}));
}

TEST(PseudoGradient, MakesFedAvgTheClientsMean) {
  const std::vector<float> a = {2, 4}, b = {4, 8};
  std::vector<float> x = {1, 1}, out(2);
  pseudo_gradient<float>(x, std::vector<std::span<const float>>{a, b}, Values{5, 5}, out);
  Layout layout;
  layout.add("x", 2, 1, {});
  fed_avg().bind<float>(layout)->step(x, out);
  EXPECT_EQ(x, (std::vector<float>{3, 6}));
}

TEST(PseudoGradient, RefusesWhatDoesNotFit) {
  const Values x = {1, 2}, three = {1, 2, 3};
  Values out(2);
  const auto refuse = [&](const std::vector<std::span<const double>>& clients, const Values& weights) {
    EXPECT_THROW(pseudo_gradient<double>(x, clients, weights, out), std::invalid_argument);
  };
  refuse({}, {});
  refuse({x}, {1, 1});
  refuse({x, x}, {0, 0});
  refuse({x, three}, {1, 1});
}

}  // namespace
}  // namespace cairn::optim
