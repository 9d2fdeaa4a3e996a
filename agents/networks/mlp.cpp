#include "agents/networks/mlp.h"

#include <cmath>
#include <mutex>
#include <stdexcept>

#include "agents/networks/product.h"
#include "optim/decompositions.h"

namespace cairn::agents {

void pin_eigen_cache_sizes() {
  static std::once_flag pinned;  // agents may begin on several threads, and Eigen's sizes are plain globals
  std::call_once(pinned, [] { Eigen::setCpuCacheSizes(48 << 10, 1 << 20, 32 << 20); });
}

std::string_view to_string(Activation activation) {
  return activation == Activation::tanh ? "tanh" : "relu";
}

bool parse(std::string_view text, Activation& activation) {
  if (text != "tanh" && text != "relu") return false;
  activation = text == "tanh" ? Activation::tanh : Activation::relu;
  return true;
}

namespace {

// Weights are row-major [outputs x inputs], as PyTorch and safetensors have them.
template <class Scalar>
using Weight = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

}  // namespace

template <class Scalar>
Mlp<Scalar>::Mlp(MlpShape shape, optim::Layout& layout, const std::string& prefix) : shape_(std::move(shape)) {
  int inputs = shape_.inputs;
  std::vector<int> widths = shape_.hidden;
  widths.push_back(shape_.outputs);
  if (inputs < 1) throw std::invalid_argument(prefix + ": a network needs at least one input.");
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] < 1)
      throw std::invalid_argument(prefix + ": a layer of width " + std::to_string(widths[i]) + " is none.");
    const std::string name = prefix + "/" + std::to_string(i), place = i + 1 < widths.size() ? "hidden" : "output";
    const Eigen::Index weight = layout.add(name + "/weight", widths[i], inputs, {"weight", prefix, place});
    const Eigen::Index bias = layout.add(name + "/bias", widths[i], 1, {"bias", prefix, place});
    layers_.push_back({weight, bias, inputs, widths[i]});
    inputs = widths[i];
  }
}

template <class Scalar>
Mlp<Scalar>::Mlp(MlpShape shape) {
  optim::Layout own;
  *this = Mlp(std::move(shape), own, "network");
}

template <class Scalar>
typename Mlp<Scalar>::Scratch Mlp<Scalar>::scratch(int columns) const {
  Scratch scratch;
  for (const Layer& layer : layers_) {
    scratch.activations.push_back(Matrix::Zero(layer.outputs, columns));
    scratch.deltas.push_back(Matrix::Zero(layer.outputs, columns));
    scratch.packed.push_back(Matrix::Zero(layer.outputs, layer.inputs));
    if (layer.inputs < narrow_rows<Scalar>() && scratch.packed_gradient.size() < scratch.packed.back().size())
      scratch.packed_gradient = scratch.packed.back();
  }
  return scratch;
}

template <class Scalar>
void Mlp<Scalar>::initialise_orthogonal(std::span<Scalar> parameters, envs::Random& random, Scalar hidden_gain,
                                        Scalar output_gain) const {
  for (const Layer& layer : layers_) {
    const int longer = std::max(layer.outputs, layer.inputs), shorter = std::min(layer.outputs, layer.inputs);
    Eigen::MatrixXd gaussian(longer, shorter);
    for (int row = 0; row < longer; ++row)
      for (int col = 0; col < shorter; ++col) gaussian(row, col) = static_cast<double>(random.normal());
    Eigen::MatrixXd q = optim::orthonormal_factor(gaussian);  // uniform over the orthogonal matrices
    if (layer.outputs < layer.inputs) q.transposeInPlace();
    const Scalar gain = &layer == &layers_.back() ? output_gain : hidden_gain;
    Eigen::Map<Weight<Scalar>>(parameters.data() + layer.weight, layer.outputs, layer.inputs) = q.cast<Scalar>() * gain;
    Eigen::Map<Vector<Scalar>>(parameters.data() + layer.bias, layer.outputs).setZero();
  }
}

template <class Scalar>
void Mlp<Scalar>::initialise_uniform(std::span<Scalar> parameters, envs::Random& random) const {
  for (const Layer& layer : layers_) {
    const float bound = 1.0F / std::sqrt(static_cast<float>(layer.inputs));
    const auto fill = [&](Eigen::Index offset, Eigen::Index count) {
      for (Eigen::Index i = 0; i < count; ++i)
        parameters[static_cast<std::size_t>(offset + i)] = static_cast<Scalar>(random.uniform(-bound, bound));
    };
    fill(layer.weight, Eigen::Index{layer.outputs} * layer.inputs);
    fill(layer.bias, layer.outputs);
  }
}

template <class Scalar>
void Mlp<Scalar>::pack(std::span<const Scalar> parameters, Scratch& scratch) const {
  for (std::size_t i = 0; i < layers_.size(); ++i)
    if (const Layer& layer = layers_[i]; layer.outputs >= narrow_rows<Scalar>())
      transpose<Scalar>(layer.outputs, layer.inputs, parameters.data() + layer.weight, scratch.packed[i].data());
}

template <class Scalar>
typename Mlp<Scalar>::MatrixRef Mlp<Scalar>::forward_packed(std::span<const Scalar> parameters, ConstMatrixRef inputs,
                                                            Scratch& scratch) const {
  const Eigen::Index n = inputs.cols();
  const Scalar* below = inputs.data();
  Eigen::Index below_stride = inputs.outerStride();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    const Scalar* weight = parameters.data() + layer.weight;
    const Scalar* bias = parameters.data() + layer.bias;
    auto out = scratch.activations[i].leftCols(n);
    if (layer.outputs < narrow_rows<Scalar>())
      multiply_narrow<Scalar>(layer.outputs, n, layer.inputs, weight, layer.inputs, below, below_stride, bias,
                              out.data(), layer.outputs);
    else
      multiply<Scalar>(layer.outputs, n, layer.inputs, scratch.packed[i].data(), layer.outputs,
                       {below, 1, below_stride}, bias, 0, out.data(), layer.outputs);
    if (i + 1 == layers_.size()) break;
    if (shape_.activation == Activation::tanh)
      out.array() = out.array().tanh();
    else
      out.array() = out.array().max(Scalar(0));
    below = out.data();
    below_stride = layer.outputs;
  }
  return scratch.activations.back().leftCols(n);
}

template <class Scalar>
typename Mlp<Scalar>::MatrixRef Mlp<Scalar>::forward(std::span<const Scalar> parameters, ConstMatrixRef inputs,
                                                     Scratch& scratch) const {
  pack(parameters, scratch);
  return forward_packed(parameters, inputs, scratch);
}

template <class Scalar>
void Mlp<Scalar>::backward(std::span<const Scalar> parameters, ConstMatrixRef inputs, ConstMatrixRef d_loss_d_output,
                           Scratch& scratch, std::span<Scalar> gradient) const {
  backward_layers(parameters, inputs, d_loss_d_output, scratch, gradient, nullptr);
}

template <class Scalar>
void Mlp<Scalar>::backward(std::span<const Scalar> parameters, ConstMatrixRef inputs, ConstMatrixRef d_loss_d_output,
                           Scratch& scratch, std::span<Scalar> gradient, MatrixRef d_loss_d_inputs) const {
  backward_layers(parameters, inputs, d_loss_d_output, scratch, gradient, &d_loss_d_inputs);
}

template <class Scalar>
void Mlp<Scalar>::backward_layers(std::span<const Scalar> parameters, ConstMatrixRef inputs,
                                  ConstMatrixRef d_loss_d_output, Scratch& scratch, std::span<Scalar> gradient,
                                  MatrixRef* d_loss_d_inputs) const {
  const Eigen::Index n = inputs.cols();
  const Scalar one = 1;
  scratch.deltas.back().leftCols(n) = d_loss_d_output;
  for (std::size_t i = layers_.size(); i-- > 0;) {
    const Layer& layer = layers_[i];
    const Scalar* delta = scratch.deltas[i].data();

    if (!gradient.empty()) {
      const Scalar* below = i == 0 ? inputs.data() : scratch.activations[i - 1].data();
      const Eigen::Index below_stride = i == 0 ? inputs.outerStride() : layer.inputs;
      Scalar* d_weight = gradient.data() + layer.weight;
      Scalar* d_bias = gradient.data() + layer.bias;
      // dL/db = Σ δ: the bias is a weight on a constant input of one.
      multiply<Scalar>(layer.outputs, 1, n, delta, layer.outputs, {&one, 0, 0}, d_bias, 0, d_bias, layer.outputs);
      // dL/dW = δ xᵀ. Row-major W is column-major Wᵀ, and dL/dWᵀ = x δᵀ; with few inputs, rather by way of dL/dW.
      if (layer.inputs >= narrow_rows<Scalar>()) {
        multiply<Scalar>(layer.inputs, layer.outputs, n, below, below_stride, {delta, layer.outputs, 1}, d_weight,
                         layer.inputs, d_weight, layer.inputs);
      } else {
        Matrix& product = scratch.packed_gradient;
        multiply<Scalar>(layer.outputs, layer.inputs, n, delta, layer.outputs, {below, below_stride, 1}, nullptr, 0,
                         product.data(), layer.outputs);
        Eigen::Map<Weight<Scalar>>(d_weight, layer.outputs, layer.inputs) +=
            Eigen::Map<const Matrix>(product.data(), layer.outputs, layer.inputs);
      }
    }

    // dL/dx = Wᵀ δ, then through the activation.
    const auto through_weights = [&](Scalar* d_x, Eigen::Index stride) {
      multiply<Scalar>(layer.inputs, n, layer.outputs, parameters.data() + layer.weight, layer.inputs,
                       {delta, 1, layer.outputs}, nullptr, 0, d_x, stride);
    };
    if (i == 0) {
      if (d_loss_d_inputs != nullptr) through_weights(d_loss_d_inputs->data(), d_loss_d_inputs->outerStride());
      break;
    }
    through_weights(scratch.deltas[i - 1].data(), layer.inputs);
    auto delta_below = scratch.deltas[i - 1].leftCols(n).array();
    const auto y = scratch.activations[i - 1].leftCols(n).array();
    if (shape_.activation == Activation::tanh)
      delta_below *= Scalar(1) - y.square();  // tanh' = 1 - tanh²
    else
      delta_below = (y > Scalar(0)).select(delta_below, Scalar(0));
  }
}

template class Mlp<float>;
template class Mlp<double>;

}  // namespace cairn::agents
