#include "agents/q_learning/q_network.h"

#include <gtest/gtest.h>

namespace cairn::agents {
namespace {

using Matrix = Eigen::MatrixXd;

struct Structure {
  const char* name;
  bool dueling, norm;
  int quantiles = 1;
};
void PrintTo(const Structure& structure, std::ostream* out) {
  *out << structure.name;
}

class QNetworks : public testing::TestWithParam<Structure> {
 protected:
  static constexpr int inputs = 3, actions = 4, columns = 5;
  QNetwork<double> network{{.inputs = inputs,
                            .actions = actions,
                            .hidden = {6, 7},
                            .activation = Activation::tanh,
                            .dueling = GetParam().dueling,
                            .norm = GetParam().norm,
                            .quantiles = GetParam().quantiles}};
  Eigen::VectorXd parameters = Eigen::VectorXd::Zero(network.layout().size);
  Matrix observations = Matrix::Zero(inputs, columns);
  QNetwork<double>::Scratch scratch = network.scratch(columns);

  QNetworks() {
    envs::Random random(1, envs::Stream::initialisation);
    network.initialise(view(parameters), random);
    for (double& value : observations.reshaped()) value = static_cast<double>(random.normal());
  }
  static std::span<double> view(Eigen::VectorXd& vector) {
    return {vector.data(), static_cast<std::size_t>(vector.size())};
  }
  Matrix values() {
    network.pack(view(parameters), scratch);
    return network.forward_packed(view(parameters), observations, scratch);
  }
};

TEST_P(QNetworks, GradientsAgreeWithFiniteDifferences) {
  Matrix weights(actions * GetParam().quantiles, columns);
  envs::Random random(2, envs::Stream::initialisation);
  for (double& weight : weights.reshaped()) weight = static_cast<double>(random.normal());
  const auto loss = [&] { return (weights.array() * values().array()).sum(); };
  loss();
  Eigen::VectorXd gradient = Eigen::VectorXd::Zero(parameters.size());
  network.backward(view(parameters), observations, weights, scratch, view(gradient));
  for (Eigen::Index i = 0; i < parameters.size(); ++i) {
    constexpr double h = 1e-5;
    const double at = parameters[i];
    parameters[i] = at + h;
    const double above = loss();
    parameters[i] = at - h;
    const double below = loss();
    parameters[i] = at;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * h), 1e-7) << i;
  }
}

TEST_P(QNetworks, FoldIntoAPlainPerceptron) {
  Matrix q = values();
  const Matrix expected = network.values(q, scratch);
  for (int a = 0; a < actions; ++a)
    EXPECT_LT((q.middleRows(a * network.quantiles(), network.quantiles()).colwise().mean() - expected.row(a))
                  .cwiseAbs()
                  .maxCoeff(),
              1e-12);
  Policy policy;
  policy.head = Head::q_values;
  policy.shape = network.folded_shape();
  policy.parameters = network.folded(view(parameters));
  auto policy_scratch = policy.scratch(columns);
  const Eigen::MatrixXf raw = observations.cast<float>();
  const Eigen::MatrixXf got = policy.evaluate(raw, policy_scratch);
  EXPECT_LT((got.cast<double>() - expected).cwiseAbs().maxCoeff(), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(All, QNetworks,
                         testing::Values(Structure{"plain", false, false}, Structure{"dueling", true, false},
                                         Structure{"norm", false, true}, Structure{"dueling_norm", true, true},
                                         Structure{"quantiles", false, false, 5},
                                         Structure{"dueling_quantiles", true, true, 3}),
                         [](const auto& each) { return each.param.name; });

// Of one quantile too, each quantile is Q = V + A - mean A of its own.
TEST(QNetwork, DuelingQuantilesAverageToTheStateValues) {
  QNetwork<double> network(
      {.inputs = 1, .actions = 3, .hidden = {4}, .activation = Activation::tanh, .dueling = true, .quantiles = 2});
  Eigen::VectorXd parameters = Eigen::VectorXd::Random(network.layout().size);
  const std::span<const double> view(parameters.data(), static_cast<std::size_t>(parameters.size()));
  auto scratch = network.scratch(1);
  network.pack(view, scratch);
  const Matrix q = network.forward_packed(view, Matrix::Ones(1, 1), scratch);
  for (int k = 0; k < 2; ++k)
    EXPECT_NEAR((q(k, 0) + q(2 + k, 0) + q(4 + k, 0)) / 3, scratch.trunk.activations.back()(k, 0), 1e-12);
}

TEST(QNetwork, DuelingValuesAverageToTheStateValue) {
  QNetwork<double> network({.inputs = 1, .actions = 3, .hidden = {4}, .activation = Activation::tanh, .dueling = true});
  Eigen::VectorXd parameters = Eigen::VectorXd::Random(network.layout().size);
  const std::span<const double> view(parameters.data(), static_cast<std::size_t>(parameters.size()));
  auto scratch = network.scratch(1);
  network.pack(view, scratch);
  const double mean = network.forward_packed(view, Matrix::Ones(1, 1), scratch).mean();
  EXPECT_NEAR(mean, scratch.trunk.activations.back()(0, 0), 1e-12);
}

}  // namespace
}  // namespace cairn::agents
