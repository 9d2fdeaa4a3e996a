#include "agents/networks/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "agents/archive/archive.h"
#include "agents/networks/finite.h"

namespace cairn::agents {
namespace {

Policy make_policy(Head head, int outputs) {
  Policy policy;
  policy.head = head;
  policy.shape = {3, {8, 8}, outputs, Activation::relu};
  optim::Layout layout;
  const Mlp<float> network(policy.shape, layout, "policy");
  policy.parameters.resize(layout.size);
  envs::Random random(5, envs::Stream::initialisation);
  network.initialise_uniform({policy.parameters.data(), static_cast<std::size_t>(layout.size)}, random);
  policy.normaliser = FrozenNormaliser{Eigen::VectorXf::LinSpaced(3, 1, 3), Eigen::VectorXf::LinSpaced(3, 0.5F, 4), 5};
  if (continuous(head)) {
    if (head != Head::squashed_gaussian) policy.log_std = Eigen::VectorXf::Constant(outputs, std::log(0.5F));
    policy.low = Eigen::VectorXf::Constant(policy.actions(), -1);
    policy.high = Eigen::VectorXf::Constant(policy.actions(), 1);
  }
  if (head == Head::q_values) policy.epsilon = 0.25F;
  return policy;
}

Eigen::MatrixXf act(const Policy& policy, const Eigen::MatrixXf& observations, const Eigen::MatrixXf& masks,
                    std::span<envs::Random> random) {
  Eigen::MatrixXf actions(continuous(policy.head) ? policy.actions() : 1, observations.cols());
  auto scratch = policy.scratch(static_cast<int>(observations.cols()));
  policy.act(observations, masks, random, actions, scratch);
  return actions;
}

TEST(Policy, NeitherActsNorIsSavedWithNumbersThatAreNotFinite) {
  const Eigen::MatrixXf observations = Eigen::MatrixXf::Ones(3, 2);
  for (const Head head : {Head::logits, Head::q_values, Head::means, Head::tanh_means, Head::squashed_gaussian}) {
    Policy policy = make_policy(head, 2);
    policy.parameters[7] = std::numeric_limits<float>::infinity();
    Archive archive;
    EXPECT_THAT([&] { policy.save(archive); },
                testing::ThrowsMessage<Diverged>(testing::HasSubstr("'policy/0/weight' holds a number that is not")));
    policy.parameters.setConstant(3e38F);  // each finite, and their sums are not
    EXPECT_THROW(act(policy, observations, {}, {}), Diverged);
    Archive finite;
    policy.save(finite);
    EXPECT_NO_THROW(Policy::load(finite));
  }
  Policy wide = make_policy(Head::means, 2);
  wide.log_std[1] = std::numeric_limits<float>::quiet_NaN();
  Archive archive;
  EXPECT_THROW(wide.save(archive), Diverged);
}

TEST(Policy, SurvivesTheArchive) {
  for (const Head head : {Head::logits, Head::q_values, Head::means, Head::tanh_means, Head::squashed_gaussian}) {
    const Policy policy = make_policy(head, 4);
    Archive archive;
    policy.save(archive);
    const Policy copy = Policy::load(archive);
    EXPECT_EQ(copy.head, head);
    EXPECT_EQ(copy.shape.hidden, policy.shape.hidden);
    EXPECT_EQ(copy.shape.activation, Activation::relu);
    EXPECT_EQ(copy.parameters, policy.parameters);
    ASSERT_TRUE(copy.normaliser);
    EXPECT_EQ(copy.normaliser->mean, policy.normaliser->mean);
    EXPECT_EQ(copy.normaliser->clip, 5);
    EXPECT_EQ(copy.epsilon, policy.epsilon);
    const Eigen::MatrixXf observations = Eigen::MatrixXf::Random(3, 7);
    EXPECT_EQ(act(copy, observations, Eigen::MatrixXf(), {}), act(policy, observations, Eigen::MatrixXf(), {}));
  }
}

TEST(Policy, SurvivesTheArchiveWithLayerNorm) {
  Policy policy = make_policy(Head::q_values, 4);
  policy.shape.norm = true;
  policy.shape.activation = Activation::leaky_relu;
  policy.parameters = 0.5F * Eigen::VectorXf::LinSpaced(3 * 8 + 8 + 16 + 64 + 8 + 16 + 32 + 4, -1, 1);
  Archive archive;
  policy.save(archive);
  EXPECT_TRUE(archive.has("policy/1/gain"));
  const Policy copy = Policy::load(archive);
  EXPECT_TRUE(copy.shape.norm);
  const Eigen::MatrixXf observations = Eigen::MatrixXf::Random(3, 7);
  auto scratch = policy.scratch(7), copied = copy.scratch(7);
  EXPECT_EQ(Eigen::MatrixXf(copy.evaluate(observations, copied)),
            Eigen::MatrixXf(policy.evaluate(observations, scratch)));
  archive.metadata["policy/layer_norm"] = "maybe";
  EXPECT_THROW(Policy::load(archive), std::runtime_error);
  Archive without;
  make_policy(Head::q_values, 4).save(without);
  EXPECT_FALSE(without.metadata.contains("policy/layer_norm"));
  without.metadata["policy/layer_norm"] = "true";
  EXPECT_THROW(Policy::load(without), std::runtime_error) << "gains and offsets are missing";
}

TEST(Policy, RefusesArchivesThatMakeNoSense) {
  EXPECT_THROW(Policy::load(Archive{}), std::runtime_error);
  Archive archive;
  make_policy(Head::logits, 4).save(archive);
  {
    Archive unknown = archive;
    unknown.metadata["policy/head"] = "tail";
    EXPECT_THROW(Policy::load(unknown), std::runtime_error);
  }
  Archive mismatched;
  mismatched.metadata = archive.metadata;
  for (const auto& tensor : archive.tensors()) {
    if (tensor.name == "policy/widths")
      mismatched.put(tensor.name, std::vector<std::int64_t>{3, 8, 1 << 16, 4});
    else
      mismatched.put(tensor.name, archive.get<float>(tensor.name));
  }
  EXPECT_THROW(Policy::load(mismatched), std::runtime_error);

  for (const float share : {-0.5F, 1.5F, std::numeric_limits<float>::quiet_NaN()}) {
    Policy strange = make_policy(Head::q_values, 4);
    strange.epsilon = share;
    Archive saved;
    strange.save(saved);
    EXPECT_THROW(Policy::load(saved), std::runtime_error) << share;
  }
  for (const float clip : {-1.0F, 0.0F, std::numeric_limits<float>::quiet_NaN()}) {
    Policy strange = make_policy(Head::logits, 4);
    const Eigen::VectorXf ones = Eigen::VectorXf::Ones(strange.shape.inputs);
    strange.normaliser = FrozenNormaliser{ones, ones, clip};
    Archive saved;
    strange.save(saved);
    EXPECT_THROW(Policy::load(saved), std::runtime_error) << clip;
  }
}

TEST(Policy, ACriticIsEvaluatedButNeverActsNorIsLoadedAsAPolicy) {
  const Policy critic = make_policy(Head::value, 1);
  const Eigen::MatrixXf observations = Eigen::MatrixXf::Random(3, 2);
  auto scratch = critic.scratch(2);
  EXPECT_EQ(critic.evaluate(observations, scratch).rows(), 1);
  EXPECT_THROW(act(critic, observations, Eigen::MatrixXf(), {}), std::logic_error);
  Archive archive;
  critic.save(archive);
  EXPECT_EQ(archive.metadata["policy/head"], "value");
  EXPECT_THROW(Policy::load(archive), std::runtime_error);
}

TEST(Policy, DeterministicActionsAreTheBestLegalOnes) {
  const Policy policy = make_policy(Head::logits, 4);
  const Eigen::MatrixXf observations = Eigen::MatrixXf::Random(3, 1);
  auto scratch = policy.scratch(1);
  Eigen::VectorXf logits = policy.evaluate(observations, scratch).col(0);
  Eigen::Index best = 0, second = 0;
  logits.maxCoeff(&best);
  EXPECT_EQ(act(policy, observations, Eigen::MatrixXf(), {})(0, 0), static_cast<float>(best));
  Eigen::MatrixXf masks = Eigen::MatrixXf::Ones(4, 1);
  masks(best, 0) = 0;
  logits[best] = -1e9F;
  logits.maxCoeff(&second);
  EXPECT_EQ(act(policy, observations, masks, {})(0, 0), static_cast<float>(second));
}

TEST(Policy, SamplesBySoftmaxOverTheLegalActions) {
  const Policy policy = make_policy(Head::logits, 4);
  constexpr int n = 20000;
  const Eigen::MatrixXf observations = Eigen::Vector3f(1, 2.2F, 3).replicate(1, n);
  Eigen::MatrixXf masks = Eigen::MatrixXf::Ones(4, n);
  masks.row(2).setZero();
  std::vector<envs::Random> random;
  for (int i = 0; i < n; ++i) random.emplace_back(1, envs::Stream::policy, i);
  const Eigen::MatrixXf actions = act(policy, observations, masks, random);
  auto scratch = policy.scratch(1);
  Eigen::ArrayXf p = policy.evaluate(observations.leftCols(1), scratch).col(0).array().exp();
  p[2] = 0;
  p /= p.sum();
  for (int action = 0; action < 4; ++action) {
    const auto count = static_cast<float>((actions.array() == static_cast<float>(action)).count());
    EXPECT_NEAR(count / n, p[action], action == 2 ? 0.0F : 0.015F) << action;
  }
}

TEST(Policy, EpsilonMixesInUniformActions) {
  const Policy policy = make_policy(Head::q_values, 4);
  constexpr int n = 20000;
  const Eigen::MatrixXf observations = Eigen::Vector3f(1, 2.2F, 3).replicate(1, n);
  std::vector<envs::Random> random;
  for (int i = 0; i < n; ++i) random.emplace_back(1, envs::Stream::policy, i);
  const Eigen::MatrixXf actions = act(policy, observations, Eigen::MatrixXf(), random);
  const float best = act(policy, observations.leftCols(1), Eigen::MatrixXf(), {})(0, 0);
  EXPECT_NEAR(static_cast<float>((actions.array() == best).count()) / n, 0.75F + 0.25F / 4, 0.015F);
}

TEST(Policy, SquashedActionsAreScaledToTheBounds) {
  constexpr int n = 20'000;
  const Eigen::MatrixXf observations = Eigen::Vector3f(1, 2.2F, 3).replicate(1, n);
  std::vector<envs::Random> random;
  for (int i = 0; i < n; ++i) random.emplace_back(1, envs::Stream::policy, i);
  for (const Head head : {Head::tanh_means, Head::squashed_gaussian}) {
    Policy policy = make_policy(head, 4);
    policy.low = Eigen::VectorXf::Constant(policy.actions(), 1);
    policy.high = Eigen::VectorXf::Constant(policy.actions(), 5);
    auto scratch = policy.scratch(1);
    const Eigen::VectorXf outputs = policy.evaluate(observations.leftCols(1), scratch);
    const Eigen::MatrixXf greedy = act(policy, observations.leftCols(1), Eigen::MatrixXf(), {});
    const Eigen::MatrixXf drawn = act(policy, observations, Eigen::MatrixXf(), random);
    ASSERT_EQ(greedy.rows(), head == Head::tanh_means ? 4 : 2);
    for (Eigen::Index k = 0; k < greedy.rows(); ++k) {
      EXPECT_FLOAT_EQ(greedy(k, 0), 3 + 2 * std::tanh(outputs[k]));
      const Eigen::ArrayXf unit = ((drawn.row(k).array() - 3) / 2).transpose();
      EXPECT_LE(unit.abs().maxCoeff(), 1);
      // The median of what is drawn is the greedy action, whatever the squashing does to the mean.
      const auto below = static_cast<double>((drawn.row(k).array() < greedy(k, 0)).count());
      EXPECT_NEAR(below / n, 0.5, 0.02);
      if (head == Head::squashed_gaussian) {
        const float spread = std::exp(outputs[2 + k]);
        const Eigen::ArrayXf u = (unit.max(-0.999999F).min(0.999999F)).atanh() - outputs[k];
        EXPECT_NEAR(std::sqrt(u.square().mean()), spread, 0.03F * spread);
      }
    }
  }
}

// A critic of actions, whose values can be worked out: Q = 2 s_0 + 3 a, a = tanh(s_1).
TEST(Policy, ACriticOfActionsIsEvaluatedWithItsActorsAction) {
  Policy actor;
  actor.head = Head::tanh_means;
  actor.shape = {.inputs = 2, .hidden = {}, .outputs = 1};
  actor.parameters = Eigen::Vector3f(0, 1, 0);
  actor.log_std = actor.low = actor.high = Eigen::VectorXf::Ones(1);
  Policy critic;
  critic.head = Head::value;
  critic.shape = {.inputs = 3, .hidden = {}, .outputs = 1};
  critic.parameters = Eigen::Vector4f(2, 0, 3, 0);
  critic.actor = std::make_shared<const Policy>(actor);
  Eigen::MatrixXf observations(2, 3);
  observations << 1, 2, 3, 0.5F, -1, 0;
  auto scratch = critic.scratch(3);
  const auto values = critic.evaluate(observations, scratch);
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(values(0, i), 2 * observations(0, i) + 3 * std::tanh(observations(1, i)), 1e-5F);
}

TEST(Policy, ASquashedPolicysBoundsMustBeThere) {
  for (const Head head : {Head::tanh_means, Head::squashed_gaussian}) {
    Policy policy = make_policy(head, 4);
    policy.high[0] = std::numeric_limits<float>::infinity();
    Archive archive;
    policy.save(archive);
    EXPECT_THROW(Policy::load(archive), std::runtime_error);
  }
  Policy odd = make_policy(Head::tanh_means, 3);
  odd.head = Head::squashed_gaussian;
  Archive archive;
  odd.save(archive);
  EXPECT_THROW(Policy::load(archive), std::runtime_error);
}

TEST(Policy, ContinuousActionsHaveTheirSpreadAndStayInBounds) {
  Policy policy = make_policy(Head::means, 2);
  constexpr int n = 20000;
  const Eigen::MatrixXf observations = Eigen::Vector3f(1, 2.2F, 3).replicate(1, n);
  std::vector<envs::Random> random;
  for (int i = 0; i < n; ++i) random.emplace_back(1, envs::Stream::policy, i);
  Eigen::MatrixXf actions = act(policy, observations, Eigen::MatrixXf(), random);
  EXPECT_LE(actions.cwiseAbs().maxCoeff(), 1);
  EXPECT_EQ(actions.cwiseAbs().maxCoeff(), 1);
  policy.low.setConstant(-100);
  policy.high.setConstant(100);
  actions = act(policy, observations, Eigen::MatrixXf(), random);
  const Eigen::MatrixXf mean = act(policy, observations.leftCols(1), Eigen::MatrixXf(), {});
  for (int i = 0; i < 2; ++i) {
    EXPECT_NEAR(actions.row(i).mean(), mean(i, 0), 0.015F);
    EXPECT_NEAR((actions.row(i).array() - mean(i, 0)).square().mean(), 0.25F, 0.015F);
  }
}

}  // namespace
}  // namespace cairn::agents
