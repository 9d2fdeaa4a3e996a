#include "agents/q_learning/q_network.h"

namespace cairn::agents {

template <class Scalar>
QNetwork<Scalar>::QNetwork(const QNetworkShape& shape) : actions_(shape.actions), dueling_(shape.dueling) {
  // Dueling: output 0 is V, the others are A.
  const int outputs = actions_ + (dueling_ ? 1 : 0);
  trunk_ = Mlp<Scalar>({shape.inputs, shape.hidden, outputs, shape.activation, shape.norm}, layout_, "q");
}

template <class Scalar>
typename QNetwork<Scalar>::Scratch QNetwork<Scalar>::scratch(int columns) const {
  return {trunk_.scratch(columns), Matrix::Zero(actions_, columns), Matrix::Zero(trunk_.shape().outputs, columns)};
}

template <class Scalar>
Eigen::Ref<typename QNetwork<Scalar>::Matrix> QNetwork<Scalar>::forward_packed(std::span<const Scalar> parameters,
                                                                               const Eigen::Ref<const Matrix>& inputs,
                                                                               Scratch& scratch) const {
  const auto outputs = trunk_.forward_packed(parameters, inputs, scratch.trunk);
  if (!dueling_) return outputs;
  auto q = scratch.q.leftCols(inputs.cols());
  for (Eigen::Index i = 0; i < inputs.cols(); ++i) {  // Q = V + A - mean A
    const auto advantage = outputs.col(i).tail(actions_).array();
    q.col(i) = (advantage + (outputs(0, i) - advantage.mean())).matrix();
  }
  return q;
}

template <class Scalar>
void QNetwork<Scalar>::backward(std::span<const Scalar> parameters, const Eigen::Ref<const Matrix>& inputs,
                                const Eigen::Ref<const Matrix>& d_loss_d_q, Scratch& scratch,
                                std::span<Scalar> gradient) const {
  if (!dueling_) {
    trunk_.backward(parameters, inputs, d_loss_d_q, scratch.trunk, gradient);
    return;
  }
  auto d_outputs = scratch.d_outputs.leftCols(inputs.cols());
  for (Eigen::Index i = 0; i < inputs.cols(); ++i) {
    const auto d_q = d_loss_d_q.col(i).array();
    d_outputs(0, i) = d_q.sum();
    d_outputs.col(i).tail(actions_) = (d_q - d_q.mean()).matrix();
  }
  trunk_.backward(parameters, inputs, d_outputs, scratch.trunk, gradient);
}

template <class Scalar>
MlpShape QNetwork<Scalar>::folded_shape() const {
  MlpShape shape = trunk_.shape();
  shape.outputs = actions_;
  return shape;
}

template <class Scalar>
Eigen::VectorXf QNetwork<Scalar>::folded(std::span<const Scalar> parameters) const {
  const Eigen::Map<const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>> flat(parameters.data(),
                                                                        static_cast<Eigen::Index>(parameters.size()));
  if (!dueling_) return flat.template cast<float>();
  // The last two blocks: weight [(1 + actions) x hidden] and bias; each output's row becomes V's + its own - the mean.
  using Rows = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const optim::Block& weight = layout_.blocks[layout_.blocks.size() - 2];
  const optim::Block& bias = layout_.blocks.back();
  Eigen::VectorXf out(weight.offset + actions_ * (weight.cols + 1));
  out.head(weight.offset) = flat.head(weight.offset).template cast<float>();
  const auto fold = [&](const auto& rows, Eigen::Index cols, Eigen::Index at) {
    const Rows advantage = rows.bottomRows(actions_);
    const Rows folded = advantage.rowwise() + (rows.row(0) - advantage.colwise().mean()).eval();
    for (int a = 0; a < actions_; ++a)
      for (Eigen::Index c = 0; c < cols; ++c) out[at + a * cols + c] = static_cast<float>(folded(a, c));
  };
  fold(Rows(Eigen::Map<const Rows>(flat.data() + weight.offset, weight.rows, weight.cols)), weight.cols, weight.offset);
  fold(Rows(Eigen::Map<const Rows>(flat.data() + bias.offset, bias.rows, 1)), 1,
       weight.offset + actions_ * weight.cols);
  return out;
}

template class QNetwork<float>;
template class QNetwork<double>;

}  // namespace cairn::agents
