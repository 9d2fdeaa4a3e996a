#include "agents/q_learning/critics.h"

#include <algorithm>
#include <string>

namespace cairn::agents {

template <class Scalar>
Transitions<Scalar>::Transitions(int features, int action_size, int columns)
    : here(Matrix::Zero(features + action_size, columns)),
      ahead(here),
      rewards(Array::Zero(columns)),
      discounts(rewards),
      weights(Array::Ones(columns)) {}

template <class Scalar>
Critics<Scalar>::Critics(int features, int action_size, int count, const std::vector<int>& hidden,
                         Activation activation, bool norm, optim::Layout& layout) {
  for (int i = 0; i < count; ++i) {
    const std::size_t first = layout.blocks.size(), offset = static_cast<std::size_t>(layout.size);
    networks_.push_back(
        Mlp<Scalar>({features + action_size, hidden, 1, activation, norm}, layout, "critic/" + std::to_string(i)));
    for (std::size_t k = first; k < layout.blocks.size(); ++k) layout.blocks[k].tags.emplace_back("critic");
    places_.emplace_back(offset, static_cast<std::size_t>(layout.size) - offset);
  }
}

template <class Scalar>
typename Critics<Scalar>::Scratch Critics<Scalar>::scratch(int columns) const {
  Scratch scratch;
  for (const Mlp<Scalar>& network : networks_) {
    scratch.networks.push_back(network.scratch(columns));
    scratch.d_values.push_back(Matrix::Zero(1, columns));
    scratch.d_inputs.push_back(Matrix::Zero(network.shape().inputs, columns));
  }
  scratch.values.setZero(count(), columns);
  scratch.sums.setZero(count());
  return scratch;
}

template <class Scalar>
void Critics<Scalar>::initialise(std::span<Scalar> parameters, std::uint64_t seed) const {
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    envs::Random random(seed, envs::Stream::initialisation, static_cast<std::uint32_t>(1 + i));
    networks_[i].initialise_uniform(parameters, random);
  }
}

template <class Scalar>
Eigen::Ref<typename Critics<Scalar>::Matrix> Critics<Scalar>::evaluate(envs::ThreadPool& pool,
                                                                       std::span<const Scalar> parameters,
                                                                       const Eigen::Ref<const Matrix>& inputs,
                                                                       int count, Scratch& scratch) const {
  pool.run(count, [&](int i) {
    const auto c = static_cast<std::size_t>(i);
    scratch.values.row(i).head(inputs.cols()) = networks_[c].forward(parameters, inputs, scratch.networks[c]);
  });
  return scratch.values.topLeftCorner(count, inputs.cols());
}

template <class Scalar>
double Critics<Scalar>::regress(envs::ThreadPool& pool, std::span<const Scalar> parameters,
                                const Eigen::Ref<const Matrix>& inputs, const Array& targets, const Array& weights,
                                Scratch& scratch, std::span<Scalar> gradient) const {
  const Eigen::Index n = inputs.cols();
  pool.run(count(), [&](int i) {
    const auto c = static_cast<std::size_t>(i);
    const auto [first, size] = places_[c];
    std::ranges::fill(gradient.subspan(first, size), Scalar(0));
    scratch.values.row(i).head(n) = networks_[c].forward(parameters, inputs, scratch.networks[c]);
    double sum = 0;
    for (Eigen::Index b = 0; b < n; ++b) {
      const Scalar error = scratch.values(i, b) - targets[b];
      sum += static_cast<double>(Scalar(0.5) * weights[b] * error * error);
      scratch.d_values[c](0, b) = weights[b] * error / static_cast<Scalar>(n);
    }
    scratch.sums[i] = sum / static_cast<double>(n);
    networks_[c].backward(parameters, inputs, scratch.d_values[c].leftCols(n), scratch.networks[c], gradient);
  });
  return scratch.sums.sum();
}

template <class Scalar>
void Critics<Scalar>::backward_to_actions(envs::ThreadPool& pool, std::span<const Scalar> parameters,
                                          const Eigen::Ref<const Matrix>& inputs, int count, Scratch& scratch,
                                          Eigen::Ref<Matrix> d_loss_d_actions) const {
  const Eigen::Index n = inputs.cols(), components = d_loss_d_actions.rows();
  pool.run(count, [&](int i) {
    const auto c = static_cast<std::size_t>(i);
    networks_[c].backward(parameters, inputs, scratch.d_values[c].leftCols(n), scratch.networks[c], {},
                          scratch.d_inputs[c].leftCols(n));
  });
  d_loss_d_actions = scratch.d_inputs.front().leftCols(n).bottomRows(components);
  for (std::size_t c = 1; c < static_cast<std::size_t>(count); ++c)
    d_loss_d_actions += scratch.d_inputs[c].leftCols(n).bottomRows(components);
}

template <class Scalar>
void move_towards(std::span<const Scalar> parameters, Scalar tau, std::span<Scalar> target) {
  using Vector = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
  const auto size = static_cast<Eigen::Index>(target.size());
  Eigen::Map<Vector> delayed(target.data(), size);
  const Eigen::Map<const Vector> now(parameters.data(), size);
  if (tau == 1)
    delayed = now;  // which the sum would only come close to
  else
    delayed += tau * (now - delayed);
}

template struct Transitions<float>;
template struct Transitions<double>;
template class Critics<float>;
template class Critics<double>;
template void move_towards(std::span<const float>, float, std::span<float>);
template void move_towards(std::span<const double>, double, std::span<double>);

}  // namespace cairn::agents
