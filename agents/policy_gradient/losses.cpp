#include "agents/policy_gradient/losses.h"

#include <algorithm>
#include <cmath>

namespace cairn::agents {

LossSums& LossSums::operator+=(const LossSums& other) {
  weight += other.weight;
  policy += other.policy;
  value += other.value;
  entropy += other.entropy;
  kl += other.kl;
  clipped += other.clipped;
  return *this;
}

template <class Scalar>
void clipped_surrogate(ConstArrayRef<Scalar> log_probability, ConstArrayRef<Scalar> old_log_probability,
                       ConstArrayRef<Scalar> advantage, ConstArrayRef<Scalar> weight, Scalar clip, Scalar scale,
                       ArrayRef<Scalar> d_loss_d_log_probability, LossSums& sums) {
  ArrayRef<Scalar>& ratio = d_loss_d_log_probability;  // computed in place
  ratio = (log_probability - old_log_probability).exp();
  Scalar policy = 0, kl = 0, clipped = 0;
  for (Eigen::Index i = 0; i < ratio.size(); ++i) {
    const Scalar r = ratio[i], a = advantage[i], w = weight[i];
    const Scalar free = r * a, bounded = std::min(std::max(r, 1 - clip), 1 + clip) * a;
    policy -= w * std::min(free, bounded);
    kl += w * (r - 1 - (log_probability[i] - old_log_probability[i]));
    clipped += std::abs(r - 1) > clip ? w : Scalar(0);
    // Where the bound is the smaller one, the sample has nothing more to say; d r / d log p = r.
    ratio[i] = free <= bounded ? -scale * w * free : Scalar(0);
  }
  sums.policy += static_cast<double>(policy);
  sums.kl += static_cast<double>(kl);
  sums.clipped += static_cast<double>(clipped);
}

template <class Scalar>
void score_function(ConstArrayRef<Scalar> log_probability, ConstArrayRef<Scalar> advantage,
                    ConstArrayRef<Scalar> weight, Scalar scale, ArrayRef<Scalar> d_loss_d_log_probability,
                    LossSums& sums) {
  sums.policy -= static_cast<double>((weight * advantage * log_probability).sum());
  d_loss_d_log_probability = -scale * weight * advantage;
}

template <class Scalar>
void value_loss(const ConstMatrixRef<Scalar>& values, const ConstMatrixRef<Scalar>& old_values,
                const ConstMatrixRef<Scalar>& returns, ConstArrayRef<Scalar> weight, Scalar clip, Scalar scale,
                MatrixRef<Scalar> d_loss_d_values, LossSums& sums) {
  Scalar total = 0;
  for (Eigen::Index i = 0; i < values.cols(); ++i)
    for (Eigen::Index head = 0; head < values.rows(); ++head) {
      const Scalar error = values(head, i) - returns(head, i);
      Scalar square = error * error, slope = 2 * error;
      if (clip > 0) {
        const Scalar moved = values(head, i) - old_values(head, i);
        const Scalar bounded = old_values(head, i) + std::min(std::max(moved, -clip), clip) - returns(head, i);
        if (bounded * bounded > square) {
          square = bounded * bounded;
          slope = std::abs(moved) < clip ? 2 * bounded : Scalar(0);
        }
      }
      total += weight[i] * square;
      d_loss_d_values(head, i) = scale * weight[i] * slope;
    }
  sums.value += static_cast<double>(total);
}

namespace {

// (R - V)₊; 0 also where it is no number.
template <class Scalar>
Scalar surplus(Scalar value, Scalar earned) {
  return earned > value ? earned - value : Scalar(0);
}

}  // namespace

template <class Scalar>
void imitation_advantage(const ConstMatrixRef<Scalar>& values, const ConstMatrixRef<Scalar>& returns, Scalar clip,
                         ArrayRef<Scalar> advantage) {
  for (Eigen::Index i = 0; i < advantage.size(); ++i)
    advantage[i] = std::min(surplus(values(0, i), returns(0, i)), clip);
}

template <class Scalar>
void imitation_policy_loss(ConstArrayRef<Scalar> log_probability, ConstArrayRef<Scalar> advantage,
                           ConstArrayRef<Scalar> weight, Scalar entropy, Scalar scale,
                           ArrayRef<Scalar> d_loss_d_log_probability, ArrayRef<Scalar> d_loss_d_entropy,
                           LossSums& sums) {
  score_function<Scalar>(log_probability, advantage, weight, scale, d_loss_d_log_probability, sums);
  for (Eigen::Index i = 0; i < advantage.size(); ++i)
    d_loss_d_entropy[i] = advantage[i] > 0 ? -scale * weight[i] * entropy : Scalar(0);
}

template <class Scalar>
void imitation_value_loss(const ConstMatrixRef<Scalar>& values, const ConstMatrixRef<Scalar>& returns,
                          ConstArrayRef<Scalar> weight, Scalar clip, Scalar scale, MatrixRef<Scalar> d_loss_d_values,
                          LossSums& sums) {
  d_loss_d_values.setZero();
  Scalar total = 0;
  for (Eigen::Index i = 0; i < values.cols(); ++i) {
    const Scalar error = surplus(values(0, i), returns(0, i)), bounded = std::min(error, clip);
    total += weight[i] * bounded * (error - bounded / 2);
    d_loss_d_values(0, i) = -scale * weight[i] * bounded;
  }
  sums.value += static_cast<double>(total);
}

template void clipped_surrogate<float>(ConstArrayRef<float>, ConstArrayRef<float>, ConstArrayRef<float>,
                                       ConstArrayRef<float>, float, float, ArrayRef<float>, LossSums&);
template void clipped_surrogate<double>(ConstArrayRef<double>, ConstArrayRef<double>, ConstArrayRef<double>,
                                        ConstArrayRef<double>, double, double, ArrayRef<double>, LossSums&);
template void score_function<float>(ConstArrayRef<float>, ConstArrayRef<float>, ConstArrayRef<float>, float,
                                    ArrayRef<float>, LossSums&);
template void score_function<double>(ConstArrayRef<double>, ConstArrayRef<double>, ConstArrayRef<double>, double,
                                     ArrayRef<double>, LossSums&);
template void value_loss<float>(const ConstMatrixRef<float>&, const ConstMatrixRef<float>&,
                                const ConstMatrixRef<float>&, ConstArrayRef<float>, float, float, MatrixRef<float>,
                                LossSums&);
template void value_loss<double>(const ConstMatrixRef<double>&, const ConstMatrixRef<double>&,
                                 const ConstMatrixRef<double>&, ConstArrayRef<double>, double, double,
                                 MatrixRef<double>, LossSums&);
template void imitation_advantage<float>(const ConstMatrixRef<float>&, const ConstMatrixRef<float>&, float,
                                         ArrayRef<float>);
template void imitation_policy_loss<float>(ConstArrayRef<float>, ConstArrayRef<float>, ConstArrayRef<float>, float,
                                           float, ArrayRef<float>, ArrayRef<float>, LossSums&);
template void imitation_value_loss<float>(const ConstMatrixRef<float>&, const ConstMatrixRef<float>&,
                                          ConstArrayRef<float>, float, float, MatrixRef<float>, LossSums&);
template void imitation_advantage<double>(const ConstMatrixRef<double>&, const ConstMatrixRef<double>&, double,
                                          ArrayRef<double>);
template void imitation_policy_loss<double>(ConstArrayRef<double>, ConstArrayRef<double>, ConstArrayRef<double>, double,
                                            double, ArrayRef<double>, ArrayRef<double>, LossSums&);
template void imitation_value_loss<double>(const ConstMatrixRef<double>&, const ConstMatrixRef<double>&,
                                           ConstArrayRef<double>, double, double, MatrixRef<double>, LossSums&);

}  // namespace cairn::agents
