#include "agents/q_learning/q_network.h"

namespace cairn::agents {

template <class Scalar>
QNetwork<Scalar>::QNetwork(const QNetworkShape& shape)
    : actions_(shape.actions), quantiles_(shape.quantiles), dueling_(shape.dueling) {
  // Dueling: output 0 (the first quantiles) is V, the others are A.
  const int outputs = (actions_ + (dueling_ ? 1 : 0)) * quantiles_;
  trunk_ = Mlp<Scalar>({shape.inputs, shape.hidden, outputs, shape.activation, shape.norm}, layout_, "q");
}

template <class Scalar>
typename QNetwork<Scalar>::Scratch QNetwork<Scalar>::scratch(int columns) const {
  return {trunk_.scratch(columns), Matrix::Zero(dueling_ ? actions_ * quantiles_ : 0, columns),
          Matrix::Zero(dueling_ ? trunk_.shape().outputs : 0, columns),
          Matrix::Zero(quantiles_ > 1 ? actions_ : 0, columns)};
}

template <class Scalar>
Eigen::Ref<typename QNetwork<Scalar>::Matrix> QNetwork<Scalar>::forward_packed(std::span<const Scalar> parameters,
                                                                               const Eigen::Ref<const Matrix>& inputs,
                                                                               Scratch& scratch) const {
  const auto outputs = trunk_.forward_packed(parameters, inputs, scratch.trunk);
  if (!dueling_) return outputs;
  auto q = scratch.q.leftCols(inputs.cols());
  for (Eigen::Index i = 0; i < inputs.cols(); ++i) {  // Q = V + A - mean A
    if (quantiles_ == 1) {
      const auto advantage = outputs.col(i).tail(actions_).array();
      q.col(i) = (advantage + (outputs(0, i) - advantage.mean())).matrix();
      continue;
    }
    Scalar* out = q.col(i).data();
    const Scalar* value = outputs.col(i).data();
    const Scalar* advantage = value + quantiles_;
    for (int k = 0; k < quantiles_; ++k) {
      Scalar mean = 0;
      for (int a = 0; a < actions_; ++a) mean += advantage[a * quantiles_ + k];
      mean /= Scalar(actions_);
      for (int a = 0; a < actions_; ++a) out[a * quantiles_ + k] = value[k] + advantage[a * quantiles_ + k] - mean;
    }
  }
  return q;
}

template <class Scalar>
Eigen::Ref<typename QNetwork<Scalar>::Matrix> QNetwork<Scalar>::values(const Eigen::Ref<Matrix>& q,
                                                                       Scratch& scratch) const {
  if (quantiles_ == 1) return q;
  auto means = scratch.means.leftCols(q.cols());
  for (Eigen::Index i = 0; i < q.cols(); ++i)
    for (int a = 0; a < actions_; ++a) {
      Scalar sum = 0;
      for (int k = 0; k < quantiles_; ++k) sum += q(a * quantiles_ + k, i);
      means(a, i) = sum / Scalar(quantiles_);
    }
  return means;
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
    if (quantiles_ == 1) {
      const auto d_q = d_loss_d_q.col(i).array();
      d_outputs(0, i) = d_q.sum();
      d_outputs.col(i).tail(actions_) = (d_q - d_q.mean()).matrix();
      continue;
    }
    for (int k = 0; k < quantiles_; ++k) {
      Scalar sum = 0;
      for (int a = 0; a < actions_; ++a) sum += d_loss_d_q(a * quantiles_ + k, i);
      d_outputs(k, i) = sum;
      for (int a = 0; a < actions_; ++a)
        d_outputs(quantiles_ + a * quantiles_ + k, i) = d_loss_d_q(a * quantiles_ + k, i) - sum / Scalar(actions_);
    }
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
  if (!dueling_ && quantiles_ == 1) return flat.template cast<float>();
  // The last two blocks: weight [outputs x hidden] and bias. The rows of an action's quantiles become their mean; then,
  // dueling, each action's row becomes V's + its own - the mean.
  using Rows = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const optim::Block& weight = layout_.blocks[layout_.blocks.size() - 2];
  const optim::Block& bias = layout_.blocks.back();
  Eigen::VectorXf out(weight.offset + actions_ * (weight.cols + 1));
  out.head(weight.offset) = flat.head(weight.offset).template cast<float>();
  const auto fold = [&](const auto& rows, Eigen::Index cols, Eigen::Index at) {
    Rows means = rows;
    if (quantiles_ > 1) {
      means.resize(rows.rows() / quantiles_, cols);
      for (Eigen::Index row = 0; row < means.rows(); ++row)
        means.row(row) = rows.middleRows(row * quantiles_, quantiles_).colwise().mean();
    }
    const Rows own = means.bottomRows(actions_);
    const Rows folded = dueling_ ? Rows(own.rowwise() + (means.row(0) - own.colwise().mean()).eval()) : own;
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

StartingPoint starting_point(std::string_view agent, const QNetwork<float>& network, bool normalises) {
  return {.agent = agent,
          .layout = &network.layout(),
          .acting = "q",
          .head = Head::q_values,
          .shape = network.folded_shape(),
          .normalises = normalises};
}

}  // namespace cairn::agents
