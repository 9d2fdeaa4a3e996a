#include "agents/exploration/inverse_dynamics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "agents/archive/archive.h"
#include "envs/classic/mountain_car.h"
#include "optim/adam.h"
#include "optim/sgd.h"

namespace cairn::agents {
namespace {

/// Pairs of two numbers of which the first moves as the action says.
struct Pairs {
  Eigen::MatrixXf before = Eigen::MatrixXf::Random(2, 64), after = Eigen::MatrixXf::Random(2, 64), actions;
  explicit Pairs(bool discrete) : actions(1, 64) {
    for (Eigen::Index i = 0; i < 64; ++i) {
      actions(0, i) = discrete ? static_cast<float>(i % 3) : std::sin(static_cast<float>(i));
      after(0, i) = before(0, i) + (discrete ? actions(0, i) - 1 : actions(0, i));
    }
  }
};

envs::Spec spec(bool discrete) {
  return discrete ? envs::MountainCar().spec() : envs::MountainCarContinuous().spec();
}

TEST(InverseDynamics, LearnsWhichActionWasTaken) {
  for (const bool discrete : {true, false}) {
    const Pairs pairs(discrete);
    InverseDynamics dynamics(spec(discrete), {32}, 8, optim::adam({.lr = 1e-2}));
    dynamics.begin(1, 64, 500);
    const double at_first = dynamics.update(pairs.before, pairs.after, pairs.actions, 0);
    double loss = 0;
    for (int i = 0; i < 500; ++i) loss = dynamics.update(pairs.before, pairs.after, pairs.actions, 0);
    EXPECT_GT(at_first, discrete ? 0.8 : 0.1);
    EXPECT_LT(loss, discrete ? 0.1 : 0.01);
  }
}

// A small step of gradient descent lowers the loss by the rate times the gradient's square.
TEST(InverseDynamics, FollowsTheGradientOfItsLoss) {
  for (const bool discrete : {true, false}) {
    constexpr double rate = 1e-4;
    const Pairs pairs(discrete);
    InverseDynamics dynamics(spec(discrete), {16, 16}, 8, optim::sgd({.lr = rate}));
    dynamics.begin(1, 64, 500);
    const auto numbers = [&] {
      Archive archive;
      dynamics.save(archive, "d");
      std::vector<float> all;
      for (const Archive::Tensor& tensor : archive.tensors())
        if (tensor.name.ends_with("weight") || tensor.name.ends_with("bias"))
          for (const float value : archive.get<float>(tensor.name)) all.push_back(value);
      return all;
    };
    const std::vector<float> at = numbers();
    const double before = dynamics.update(pairs.before, pairs.after, pairs.actions, 0);
    const std::vector<float> then = numbers();
    const double after = dynamics.update(pairs.before, pairs.after, pairs.actions, 0);
    double squares = 0;
    for (std::size_t i = 0; i < at.size(); ++i) squares += std::pow((static_cast<double>(at[i]) - then[i]) / rate, 2);
    EXPECT_GT(squares, 0);
    EXPECT_NEAR((before - after) / (rate * squares), 1, 0.02) << discrete;
  }
}

TEST(InverseDynamics, ActionsBeyondTheBoundsCountAsTheBounds) {
  Pairs pairs(false);
  const auto loss = [&] {
    InverseDynamics dynamics(spec(false), {16}, 4, optim::sgd());
    dynamics.begin(1, 64, 1);
    return dynamics.update(pairs.before, pairs.after, pairs.actions, 0);
  };
  pairs.actions.setConstant(1);
  const double at_bound = loss();
  pairs.actions.setConstant(7);
  EXPECT_EQ(loss(), at_bound);
  pairs.actions.setConstant(0.5F);
  EXPECT_NE(loss(), at_bound);
}

}  // namespace
}  // namespace cairn::agents
