#pragma once

#include <Eigen/Core>
#include <span>

#include "agents/networks/policy.h"

namespace cairn::agents {

/// The distribution over actions that a batch of network outputs stands for: its log-probabilities and entropies, and
/// how a loss on those moves the outputs. Categorical over logits, or a diagonal Gaussian around means whose log
/// standard deviations are parameters of their own. Buffers are allocated once, for up to `columns` samples.
template <class Scalar>
class ActionDistribution {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Array = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
  using MatrixRef = Eigen::Ref<Matrix>;
  using ConstMatrixRef = Eigen::Ref<const Matrix>;
  using ConstArrayRef = Eigen::Ref<const Array>;

  ActionDistribution() = default;
  /// `outputs`: of the network. Throws std::invalid_argument for Head::q_values and Head::value.
  ActionDistribution(Head head, int outputs, int columns);

  /// Fills log_probability(n) and entropy(n). `outputs`: outputs x n; `actions`: 1 x n indices or components x n, raw;
  /// `masks`: actions x n, 1 legal, may be empty; `log_std`: means only.
  void forward(ConstMatrixRef outputs, ConstMatrixRef actions, ConstMatrixRef masks, std::span<const Scalar> log_std);
  const Array& log_probability() const { return log_probability_; }  ///< the first n count
  const Array& entropy() const { return entropy_; }                  ///< of the legal actions; nats

  /// After forward: d loss / d outputs, written, and d loss / d log_std, added, from the derivatives by each sample's
  /// log-probability and entropy.
  void backward(ConstArrayRef d_loss_d_log_probability, ConstArrayRef d_loss_d_entropy, MatrixRef d_loss_d_outputs,
                std::span<Scalar> d_loss_d_log_std);

 private:
  Head head_ = Head::logits;
  // Samples run along rows here, so that every operation runs along registers.
  Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic> log_p_, p_;  // logits: log softmax, softmax; n x actions
  Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic> z_;          // means: (action - mean) / std; n x components
  Array log_probability_, entropy_, work_;
  Array std_;
  Eigen::ArrayXi chosen_;
  Eigen::Index n_ = 0;
};

}  // namespace cairn::agents
