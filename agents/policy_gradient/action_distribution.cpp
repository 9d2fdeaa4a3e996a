#include "agents/policy_gradient/action_distribution.h"

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "agents/networks/distributions.h"

namespace cairn::agents {

template <class Scalar>
ActionDistribution<Scalar>::ActionDistribution(Head head, int outputs, int columns)
    : head_(head), log_probability_(columns), entropy_(columns), work_(columns), std_(outputs), chosen_(columns) {
  if (head == Head::q_values || head == Head::value)
    throw std::invalid_argument("Values are no distribution over actions.");
  (head == Head::logits ? log_p_ : z_).setZero(columns, outputs);
  if (head == Head::logits) p_.setZero(columns, outputs);
}

template <class Scalar>
void ActionDistribution<Scalar>::forward(ConstMatrixRef outputs, ConstMatrixRef actions, ConstMatrixRef masks,
                                         std::span<const Scalar> log_std) {
  const Eigen::Index n = n_ = outputs.cols(), size = outputs.rows();
  auto log_probability = log_probability_.head(n);
  auto entropy = entropy_.head(n);
  auto work = work_.head(n);
  if (head_ == Head::logits) {
    // log p = z - max z - log Σ exp(z - max z);  H = -Σ p log p
    auto log_p = log_p_.topRows(n);
    auto p = p_.topRows(n);
    log_p = outputs.transpose().array();
    if (masks.size() != 0) log_p = (masks.transpose().array() != Scalar(0)).select(log_p, Scalar(illegal_logit));
    work = log_p.col(0);
    for (Eigen::Index a = 1; a < size; ++a) work = work.max(log_p.col(a));
    for (Eigen::Index a = 0; a < size; ++a) {
      log_p.col(a) -= work;
      p.col(a) = log_p.col(a).exp();
    }
    work = p.col(0);
    for (Eigen::Index a = 1; a < size; ++a) work += p.col(a);
    entropy = work.log();  // the log of the sum, for the moment
    for (Eigen::Index a = 0; a < size; ++a) {
      log_p.col(a) -= entropy;
      p.col(a) /= work;
    }
    entropy.setZero();
    for (Eigen::Index a = 0; a < size; ++a) entropy -= p.col(a) * log_p.col(a);
    for (Eigen::Index i = 0; i < n; ++i) {
      chosen_[i] = static_cast<int>(actions(0, i));
      log_probability[i] = log_p(i, chosen_[i]);
    }
  } else {
    // log p = Σ -z²/2 - log σ - log √2π, z = (a - μ) / σ;  H = Σ log σ + log √(2πe)
    const Scalar half_log_two_pi = std::log(Scalar(2) * std::numbers::pi_v<Scalar>) / 2;
    log_probability.setZero();
    entropy.setZero();
    for (Eigen::Index c = 0; c < size; ++c) {
      const Scalar log_sigma = log_std[static_cast<std::size_t>(c)];
      std_[c] = std::exp(log_sigma);
      auto z = z_.col(c).head(n);
      z = (actions.row(c) - outputs.row(c)).transpose().array() / std_[c];
      log_probability -= z.square() / 2 + (log_sigma + half_log_two_pi);
      entropy += log_sigma + half_log_two_pi + Scalar(0.5);
    }
  }
}

template <class Scalar>
void ActionDistribution<Scalar>::backward(ConstArrayRef d_loss_d_log_probability, ConstArrayRef d_loss_d_entropy,
                                          MatrixRef d_loss_d_outputs, std::span<Scalar> d_loss_d_log_std) {
  const Eigen::Index n = n_, size = d_loss_d_outputs.rows();
  if (head_ == Head::logits) {
    // ∂ log p(a) / ∂ z_j = [j = a] - p_j;  ∂ H / ∂ z_j = -p_j (log p_j + H)
    auto work = work_.head(n);
    for (Eigen::Index a = 0; a < size; ++a) {
      work = -p_.col(a).head(n) *
             (d_loss_d_log_probability + d_loss_d_entropy * (log_p_.col(a).head(n) + entropy_.head(n)));
      d_loss_d_outputs.row(a) = work.matrix().transpose();
    }
    for (Eigen::Index i = 0; i < n; ++i) d_loss_d_outputs(chosen_[i], i) += d_loss_d_log_probability[i];
  } else {
    // ∂ log p / ∂ μ = z / σ;  ∂ log p / ∂ log σ = z² - 1;  ∂ H / ∂ log σ = 1
    for (Eigen::Index c = 0; c < size; ++c) {
      const auto z = z_.col(c).head(n);
      d_loss_d_outputs.row(c) = (d_loss_d_log_probability * z / std_[c]).matrix().transpose();
      d_loss_d_log_std[static_cast<std::size_t>(c)] +=
          (d_loss_d_log_probability * (z.square() - 1)).sum() + d_loss_d_entropy.sum();
    }
  }
}

template class ActionDistribution<float>;
template class ActionDistribution<double>;

}  // namespace cairn::agents
