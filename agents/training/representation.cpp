#include "agents/training/representation.h"

#include <limits>

#include "optim/decompositions.h"

namespace cairn::agents {

namespace {

constexpr float saturated = 0.99F;     // of tanh's reach
constexpr double share_of_sum = 0.99;  // 1 - delta

}  // namespace

int dead_units(const Eigen::Ref<const Eigen::MatrixXf>& outputs, Activation activation) {
  int dead = 0;
  for (Eigen::Index unit = 0; unit < outputs.rows(); ++unit) {
    const auto seen = outputs.row(unit).array();
    switch (activation) {
      case Activation::tanh:
        dead += (seen.abs() > saturated).all();
        break;
      case Activation::relu:
        dead += (seen == 0).all();
        break;
      case Activation::leaky_relu:
        dead += (seen <= 0).all();
        break;
    }
  }
  return dead;
}

double effective_rank(const Eigen::Ref<const Eigen::MatrixXf>& features) {
  if (!features.allFinite()) return std::numeric_limits<double>::quiet_NaN();
  // Singular values are the roots of the smaller Gram matrix's eigenvalues: exact to 1e-8 of the largest in double
  // precision, and what is that small is no part of 99 %.
  Eigen::MatrixXd vectors = features.cast<double>();
  if (vectors.rows() > vectors.cols()) vectors.transposeInPlace();
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(vectors.rows(), vectors.rows());
  for (const auto& vector : vectors.colwise()) gram.noalias() += vector * vector.transpose();
  const Eigen::VectorXd singular = optim::eigenvalues(gram).cwiseMax(0).cwiseSqrt();  // rising
  const double enough = share_of_sum * singular.sum();
  double sum = 0;
  int rank = 0;
  while (sum < enough) sum += singular[singular.size() - ++rank];
  return rank;
}

Representation representation(const Policy& network, const Eigen::Ref<const Eigen::MatrixXf>& observations) {
  Policy::Scratch scratch = network.scratch(static_cast<int>(observations.cols()));
  network.evaluate(observations, scratch);
  int dead = 0, units = 0;
  const std::size_t hidden = network.shape.hidden.size();
  for (std::size_t layer = 0; layer < hidden; ++layer) {
    dead += dead_units(scratch.activations.activations[layer], network.shape.activation);
    units += network.shape.hidden[layer];
  }
  return {static_cast<double>(dead) / units, effective_rank(scratch.activations.activations[hidden - 1])};
}

std::vector<NamedRepresentation> representations(const Agent& agent, const Policy& policy,
                                                 const Eigen::Ref<const Eigen::MatrixXf>& observations) {
  std::vector<NamedRepresentation> all;
  const auto add = [&](std::string_view name, const Policy& network) {
    if (!network.shape.hidden.empty()) all.push_back({name, representation(network, observations)});
  };
  const bool both = policy.head == Head::q_values;
  add(both ? "q" : "policy", policy);
  if (const std::optional<Policy> critic = agent.critic(); critic && !both) add("critic", *critic);
  return all;
}

}  // namespace cairn::agents
