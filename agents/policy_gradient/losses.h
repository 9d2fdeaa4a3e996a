#pragma once

#include <Eigen/Core>

namespace cairn::agents {

/// Sums over samples, each times its weight w, of what a policy-gradient update reports. Divided by `weight`, the sum
/// of the weights, they are means.
struct LossSums {
  double weight = 0;   ///< of the weights themselves
  double policy = 0;   ///< of the policy's loss, without the entropy bonus
  double value = 0;    ///< of the squared value error, without its coefficient, over all heads
  double entropy = 0;  ///< nats
  double kl = 0;       ///< of (r - 1) - log r, an unbiased and never negative estimate of KL(old, new) (Schulman 2020)
  double clipped = 0;  ///< of 1 for samples whose ratio r left [1 - clip, 1 + clip]
  /// Adds another part's sums.
  LossSums& operator+=(const LossSums& other);
};

/// A view of an array that somebody else owns, of the scalar.
template <class Scalar>
using ArrayRef = Eigen::Ref<Eigen::Array<Scalar, Eigen::Dynamic, 1>, 0, Eigen::InnerStride<1>>;
/// Likewise to be read only.
template <class Scalar>
using ConstArrayRef = Eigen::Ref<const Eigen::Array<Scalar, Eigen::Dynamic, 1>, 0, Eigen::InnerStride<1>>;
// With their strides spelled out: Clang gives the default ones two names, and the linker then misses one.
/// A view of a matrix that somebody else owns, column-major, of the scalar.
template <class Scalar>
using MatrixRef = Eigen::Ref<Eigen::Matrix<Scalar, -1, -1>, 0, Eigen::OuterStride<>>;
/// Likewise to be read only.
template <class Scalar>
using ConstMatrixRef = Eigen::Ref<const Eigen::Matrix<Scalar, -1, -1>, 0, Eigen::OuterStride<>>;

/// PPO's clipped surrogate (Schulman et al. 2017, equation 7), w: weights, A: advantages:
///
///     L = -scale Σ w min(r A, clamp(r, 1 - clip, 1 + clip) A),  r = exp(log p - log p_old)
///
/// Writes d L / d log p. Adds unscaled sums.
template <class Scalar>
void clipped_surrogate(ConstArrayRef<Scalar> log_probability, ConstArrayRef<Scalar> old_log_probability,
                       ConstArrayRef<Scalar> advantage, ConstArrayRef<Scalar> weight, Scalar clip, Scalar scale,
                       ArrayRef<Scalar> d_loss_d_log_probability, LossSums& sums);

/// The score-function estimator of Williams 1992: L = -scale Σ w A log p. Writes d L / d log p.
template <class Scalar>
void score_function(ConstArrayRef<Scalar> log_probability, ConstArrayRef<Scalar> advantage,
                    ConstArrayRef<Scalar> weight, Scalar scale, ArrayRef<Scalar> d_loss_d_log_probability,
                    LossSums& sums);

/// L = scale Σ w (V - R)²; with clip > 0 the larger of that and the same for V clamped to V_old ± clip (as in OpenAI's
/// baselines). Values and targets are heads x n, one weight a column. Writes d L / d V.
template <class Scalar>
void value_loss(const ConstMatrixRef<Scalar>& values, const ConstMatrixRef<Scalar>& old_values,
                const ConstMatrixRef<Scalar>& returns, ConstArrayRef<Scalar> weight, Scalar clip, Scalar scale,
                MatrixRef<Scalar> d_loss_d_values, LossSums& sums);

// Self-imitation (Oh et al. 2018): of a sample counts by how much its return R was better than the critic's value V.

/// A = (R - V)₊, at most `clip`. `values` and `returns`: heads x n, of which the first head counts.
template <class Scalar>
void imitation_advantage(const ConstMatrixRef<Scalar>& values, const ConstMatrixRef<Scalar>& returns, Scalar clip,
                         ArrayRef<Scalar> advantage);

/// L = scale Σ w (-A log p - entropy H [A > 0]). Writes d L / d log p and d L / d H.
template <class Scalar>
void imitation_policy_loss(ConstArrayRef<Scalar> log_probability, ConstArrayRef<Scalar> advantage,
                           ConstArrayRef<Scalar> weight, Scalar entropy, Scalar scale,
                           ArrayRef<Scalar> d_loss_d_log_probability, ArrayRef<Scalar> d_loss_d_entropy,
                           LossSums& sums);

/// L = scale Σ w ½ (R - V)₊² of the first head, beyond `clip` on along its tangent: d L / d V = -scale w A. Writes
/// that, and 0 for other heads.
template <class Scalar>
void imitation_value_loss(const ConstMatrixRef<Scalar>& values, const ConstMatrixRef<Scalar>& returns,
                          ConstArrayRef<Scalar> weight, Scalar clip, Scalar scale, MatrixRef<Scalar> d_loss_d_values,
                          LossSums& sums);

}  // namespace cairn::agents
