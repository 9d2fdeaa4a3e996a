#include "agents/q_learning/critics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "../../allocation_counter.h"

namespace cairn::agents {
namespace {

constexpr int features = 3, components = 2, batch = 7;

/// Two critics over random numbers, with room for them.
struct Twins {
  explicit Twins(bool normalised = false) : norm(normalised) { critics.initialise(all(), 3); }

  bool norm;
  optim::Layout layout;
  Critics<double> critics{features, components, 2, {8, 6}, Activation::tanh, norm, layout};
  Critics<double>::Scratch scratch = critics.scratch(batch);
  Eigen::VectorXd parameters = Eigen::VectorXd::Zero(layout.size), gradient = parameters;
  Eigen::MatrixXd inputs = Eigen::MatrixXd::Random(features + components, batch);
  Eigen::ArrayXd targets = Eigen::ArrayXd::Random(batch), weights = 1 + 0.5 * Eigen::ArrayXd::Random(batch);
  envs::ThreadPool pool{2};

  std::span<double> all() { return {parameters.data(), static_cast<std::size_t>(parameters.size())}; }
  std::span<double> slope() { return {gradient.data(), static_cast<std::size_t>(gradient.size())}; }
  double loss() { return critics.regress(pool, all(), inputs, targets, weights, scratch, slope()); }
};

TEST(Critics, AreBlocksThatRulesCanTellApart) {
  optim::Layout layout;
  layout.add("before", 3, 1, {});
  const Critics<float> critics(4, 1, 2, {8}, Activation::relu, true, layout);
  for (const optim::Block& block : layout.blocks) EXPECT_EQ(block.has_tag("critic"), block.name != "before");
  EXPECT_TRUE(layout.find("critic/1/0/weight").has_tag("weight"));
  EXPECT_EQ(critics.size(), static_cast<std::size_t>(layout.size - 3));
  EXPECT_EQ(critics.place(1).first, static_cast<std::size_t>(layout.find("critic/1/0/weight").offset));
  EXPECT_EQ(critics.count(), 2);
}

TEST(Critics, BeginApart) {
  Twins one;
  const auto q = one.critics.evaluate(one.pool, one.all(), one.inputs, 2, one.scratch);
  EXPECT_GT((q.row(0) - q.row(1)).cwiseAbs().minCoeff(), 1e-4);
}

TEST(Critics, RegressAlongTheirGradient) {
  for (const bool norm : {false, true}) {
    Twins one(norm);
    one.gradient.setConstant(99);  // what was there is overwritten
    one.loss();
    const Eigen::VectorXd gradient = one.gradient;
    constexpr double h = 1e-6;
    for (Eigen::Index i = 0; i < one.parameters.size(); ++i) {
      const double there = one.parameters[i];
      one.parameters[i] = there + h;
      const double above = one.loss();
      one.parameters[i] = there - h;
      const double below = one.loss();
      one.parameters[i] = there;
      EXPECT_NEAR(gradient[i], (above - below) / (2 * h), 1e-7) << i;
    }
  }
}

TEST(Critics, GiveTheGradientByTheActions) {
  Twins one;
  const Eigen::MatrixXd by_q = Eigen::MatrixXd::Random(2, batch);
  Eigen::MatrixXd by_action(components, batch);
  const auto objective = [&] {  // Σ by_q · Q
    return one.critics.evaluate(one.pool, one.all(), one.inputs, 2, one.scratch).cwiseProduct(by_q).sum();
  };
  objective();
  for (int i = 0; i < 2; ++i) one.scratch.d_values[static_cast<std::size_t>(i)] = by_q.row(i);
  one.critics.backward_to_actions(one.pool, one.all(), one.inputs, 2, one.scratch, by_action);
  constexpr double h = 1e-6;
  for (int b = 0; b < batch; ++b)
    for (int k = 0; k < components; ++k) {
      double& action = one.inputs(features + k, b);
      const double there = action;
      action = there + h;
      const double above = objective();
      action = there - h;
      const double below = objective();
      action = there;
      EXPECT_NEAR(by_action(k, b), (above - below) / (2 * h), 1e-8);
    }
}

TEST(Critics, ThreadsChangeNoBitAndNothingIsAllocated) {
  Twins one, other;
  other.parameters = one.parameters;
  other.inputs = one.inputs;
  other.targets = one.targets;
  other.weights = one.weights;
  envs::ThreadPool alone(1);
  const long before = tests::allocations;
  const double together = one.loss();
  const double apart = other.critics.regress(alone, other.all(), other.inputs, other.targets, other.weights,
                                             other.scratch, other.slope());
  EXPECT_EQ(tests::allocations - before, 0);
  EXPECT_EQ(together, apart);
  EXPECT_EQ(one.gradient, other.gradient);
}

TEST(MoveTowards, GoesTheShareOfTheWayAndATauOfOneCopies) {
  const std::vector<float> parameters = {1, 2, 3, 99};
  std::vector<float> target = {0, 0, 5};
  move_towards<float>(parameters, 0.25F, target);
  EXPECT_EQ(target, (std::vector<float>{0.25F, 0.5F, 4.5F}));
  move_towards<float>(parameters, 1, target);
  EXPECT_EQ(target, (std::vector<float>{1, 2, 3}));
}

}  // namespace
}  // namespace cairn::agents
