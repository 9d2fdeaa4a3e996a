#include "agents/networks/squashed_gaussian.h"

#include <numbers>

namespace cairn::agents {

template <class Scalar>
SquashedGaussian<Scalar>::SquashedGaussian(int components, int columns)
    : noise(Matrix::Zero(components, columns)),
      actions(noise),
      log_densities(Array::Zero(columns)),
      spread_(noise),
      slopes_(noise),
      inside_(noise),
      tails_(noise),
      terms_(noise) {}

template <class Scalar>
void SquashedGaussian<Scalar>::sample(const Eigen::Ref<const Matrix>& outputs) {
  constexpr auto least = static_cast<Scalar>(least_log_std), largest = static_cast<Scalar>(largest_log_std);
  // ½ log 2π + 2 log 2: what a component's log density has whatever the sample.
  constexpr Scalar constant = static_cast<Scalar>(0.918938533204672742) + 2 * std::numbers::ln2_v<Scalar>;
  const Eigen::Index k = noise.rows();
  const auto mean = outputs.topRows(k).array();
  const auto log_std = outputs.bottomRows(k).array();
  const auto epsilon = noise.array();

  inside_ = (log_std >= least && log_std <= largest).template cast<Scalar>();
  slopes_ = log_std.max(least).min(largest);  // log σ, until the densities have it
  spread_ = slopes_.array().exp() * epsilon;
  actions = mean + spread_.array();  // u, likewise
  tails_ = (Scalar(-2) * actions.array().abs()).exp();
  terms_ =
      Scalar(-0.5) * epsilon.square() - slopes_.array() + Scalar(2) * (actions.array().abs() + tails_.array().log1p());
  log_densities = terms_.colwise().sum().transpose().array() - static_cast<Scalar>(k) * constant;
  slopes_ = Scalar(4) * tails_.array() / (Scalar(1) + tails_.array()).square();  // 1 - tanh², without cancelling
  actions = actions.array().tanh();
}

template <class Scalar>
void SquashedGaussian<Scalar>::backward(const Eigen::Ref<const Matrix>& d_loss_d_actions, Scalar d_loss_d_log_density,
                                        Eigen::Ref<Matrix> d_loss_d_outputs) const {
  const Eigen::Index k = noise.rows();
  auto d_mean = d_loss_d_outputs.topRows(k).array();
  d_mean = d_loss_d_actions.array() * slopes_.array() + (2 * d_loss_d_log_density) * actions.array();
  d_loss_d_outputs.bottomRows(k).array() = (d_mean * spread_.array() - d_loss_d_log_density) * inside_.array();
}

template struct SquashedGaussian<float>;
template struct SquashedGaussian<double>;

}  // namespace cairn::agents
