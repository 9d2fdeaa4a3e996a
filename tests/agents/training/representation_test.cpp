#include "agents/training/representation.h"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "agents/policy_gradient/ppo.h"
#include "agents/q_learning/dqn.h"
#include "envs/classic/cart_pole.h"
#include "optim/adam.h"

namespace cairn::agents {
namespace {

/// Parameters of one layer of a perceptron that lies in a flat vector.
struct Layer {
  Eigen::Map<Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> weight;
  Eigen::Map<Eigen::VectorXf> bias;
};
Layer layer(Policy& policy, int number) {
  optim::Layout layout;
  const Mlp<float> network(policy.shape, layout, "policy");
  const std::string name = "policy/" + std::to_string(number);
  const optim::Block& weight = layout.find(name + "/weight");
  const optim::Block& bias = layout.find(name + "/bias");
  return {{policy.parameters.data() + weight.offset, weight.rows, weight.cols},
          {policy.parameters.data() + bias.offset, bias.rows}};
}

Policy zeros(const MlpShape& shape) {
  Policy policy;
  policy.shape = shape;
  optim::Layout layout;
  const Mlp<float> network(shape, layout, "policy");
  policy.parameters.setZero(layout.size);
  return policy;
}

/// units x n of the given rank, all of its singular values the same.
Eigen::MatrixXf features_of_rank(int rank, int units, int n) {
  const auto orthonormal = [&](int rows) {
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(Eigen::MatrixXd::Random(rows, rank));
    return Eigen::MatrixXd(qr.householderQ() * Eigen::MatrixXd::Identity(rows, rank));
  };
  return (3 * orthonormal(units) * orthonormal(n).transpose()).cast<float>();
}

TEST(Representation, ReluUnitsThatNeverFireAreDead) {
  Eigen::MatrixXf outputs(4, 3);
  outputs << 0, 0, 0,  //
      0, 0, 1e-3F,     //
      2, 3, 4,         //
      0, 0, 0;
  EXPECT_EQ(dead_units(outputs, Activation::relu), 2);
}

TEST(Representation, LeakyUnitsThatNeverRiseAboveZeroAreDead) {
  Eigen::MatrixXf outputs(3, 3);
  outputs << -0.01F, 0, -0.5F,  //
      -0.01F, -0.02F, 1e-3F,    //
      2, 3, 4;
  EXPECT_EQ(dead_units(outputs, Activation::leaky_relu), 1);
}

TEST(Representation, TanhUnitsThatStaySaturatedAreDead) {
  Eigen::MatrixXf outputs(4, 3);
  outputs << 0, 0, 0,       // where tanh is steepest
      0.995F, 0.999F, 1,    //
      -0.995F, 0.999F, -1,  // switches, and lets no gradient through
      0.995F, 0.98F, 0.995F;
  EXPECT_EQ(dead_units(outputs, Activation::tanh), 2);
}

TEST(Representation, EqualDirectionsAreCounted) {
  for (const int rank : {1, 3, 16, 24}) {
    EXPECT_EQ(effective_rank(features_of_rank(rank, 24, 100)), rank);
    EXPECT_EQ(effective_rank(features_of_rank(rank, 100, 24)), rank) << "fewer observations than units";
  }
  EXPECT_EQ(effective_rank(1e-12F * features_of_rank(5, 24, 100)), 5) << "of any size";
}

TEST(Representation, DirectionsBeyond99PercentAreNot) {
  const auto rank_of = [](std::initializer_list<float> singular) {
    Eigen::VectorXf values(static_cast<Eigen::Index>(singular.size()));
    std::ranges::copy(singular, values.begin());
    return effective_rank(Eigen::MatrixXf(values.asDiagonal()));
  };
  EXPECT_EQ(rank_of({1, 99.5F}), 1);
  EXPECT_EQ(rank_of({1, 98.5F, 0.5F}), 2);
  EXPECT_EQ(rank_of({1, 97.5F, 1, 0.5F}), 3);
  EXPECT_EQ(rank_of({0, 0}), 0);
  EXPECT_TRUE(std::isnan(rank_of({1, std::numeric_limits<float>::infinity()})));
}

TEST(Representation, FindsTheUnitsKilledByHand) {
  for (const Activation activation : {Activation::relu, Activation::tanh}) {
    Policy policy = zeros({.inputs = 3, .hidden = {8, 6}, .outputs = 2, .activation = activation});
    layer(policy, 0).bias.setConstant(0.5F);
    layer(policy, 1).bias.setConstant(0.5F);
    const Eigen::MatrixXf observations = Eigen::MatrixXf::Random(3, 40);
    EXPECT_EQ(representation(policy, observations).dead_units, 0);
    EXPECT_EQ(representation(policy, observations).effective_rank, 1) << "the same for every observation";
    const float fatal = activation == Activation::relu ? -1 : 5;
    for (const int unit : {0, 3, 7}) layer(policy, 0).bias[unit] = fatal;
    for (const int unit : {1, 2}) layer(policy, 1).bias[unit] = fatal;
    EXPECT_DOUBLE_EQ(representation(policy, observations).dead_units, 5.0 / 14);
  }
}

TEST(Representation, RankIsOfTheLastHiddenLayer) {
  Policy policy = zeros({.inputs = 6, .hidden = {6, 6}, .outputs = 2, .activation = Activation::relu});
  layer(policy, 0).weight.setIdentity();
  layer(policy, 1).weight.setIdentity();
  const Eigen::MatrixXf observations = Eigen::MatrixXf::Identity(6, 6);
  EXPECT_EQ(representation(policy, observations).effective_rank, 6);
  for (const int unit : {2, 5}) layer(policy, 1).bias[unit] = -2;
  const Representation seen = representation(policy, observations);
  EXPECT_EQ(seen.effective_rank, 4);
  EXPECT_DOUBLE_EQ(seen.dead_units, 2.0 / 12);
  policy.normaliser =
      FrozenNormaliser{Eigen::VectorXf::Zero(6), Eigen::VectorXf::Ones(6)};  // observations as the network sees them
  policy.normaliser->inverse_std[0] = 0;
  EXPECT_EQ(representation(policy, observations).effective_rank, 3);
}

TEST(Representation, LooksAtEveryNetworkOnce) {
  const auto factory = [] { return std::make_unique<envs::CartPole>(); };
  const envs::Spec spec = factory()->spec();
  envs::ThreadPool pool(1);
  const agents::Run run{.factory = factory, .environments = 4, .pool = &pool};
  const Eigen::MatrixXf observations = Eigen::MatrixXf::Random(spec.observation_size(), 64);
  const auto look = [&](Agent& agent) {
    agent.begin(run);
    return representations(agent, agent.policy(), observations);
  };
  Ppo ppo(spec, {}, optim::adam());
  const auto two = look(ppo);
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].network, "policy");
  EXPECT_EQ(two[1].network, "critic");
  EXPECT_EQ(two[1].representation.effective_rank, representation(*ppo.critic(), observations).effective_rank);
  Dqn dqn(spec, {}, optim::adam());
  const auto one = look(dqn);
  ASSERT_EQ(one.size(), 1U) << "the network that acts is the one that judges";
  EXPECT_EQ(one[0].network, "q");
  EXPECT_GT(one[0].representation.effective_rank, 1);
  EXPECT_LT(one[0].representation.dead_units, 1);
}

}  // namespace
}  // namespace cairn::agents
