#include "agents/networks/mlp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <numeric>
#include <stdexcept>

#include "agents/networks/product.h"
#include "optim/decompositions.h"

namespace cairn::agents {

void pin_eigen_cache_sizes() {
  static std::once_flag pinned;  // agents may begin on several threads, and Eigen's sizes are plain globals
  std::call_once(pinned, [] { Eigen::setCpuCacheSizes(48 << 10, 1 << 20, 32 << 20); });
}

std::string_view to_string(Activation activation) {
  constexpr std::array names{"tanh", "relu", "leaky_relu"};
  return names[static_cast<std::size_t>(activation)];
}

bool parse(std::string_view text, Activation& activation) {
  for (const Activation candidate : {Activation::tanh, Activation::relu, Activation::leaky_relu})
    if (text == to_string(candidate)) {
      activation = candidate;
      return true;
    }
  return false;
}

namespace {

// Weights are row-major [outputs x inputs], as PyTorch and safetensors have them.
template <class Scalar>
using Weight = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

/// Σ f(i) over i < count, in an order that depends on nothing but count: Eigen's sums depend on where the numbers lie,
/// and so on the column.
template <class Scalar, class F>
Scalar sum_in_order(Eigen::Index count, F&& f) {
  constexpr Eigen::Index lanes = 16;
  std::array<Scalar, lanes> part{};
  const Eigen::Index whole = count - count % lanes;
  for (Eigen::Index i = 0; i < whole; i += lanes)
    for (Eigen::Index k = 0; k < lanes; ++k) part[static_cast<std::size_t>(k)] += f(i + k);
  for (Eigen::Index i = whole; i < count; ++i) part[static_cast<std::size_t>(i - whole)] += f(i);
  for (std::size_t half = lanes / 2; half > 0; half /= 2)
    for (std::size_t k = 0; k < half; ++k) part[k] += part[k + half];
  return part[0];
}

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
    if (shape_.norm && i + 1 < widths.size()) {
      layers_.back().gain = layout.add(name + "/gain", widths[i], 1, {"norm", prefix, place});
      layers_.back().offset = layout.add(name + "/offset", widths[i], 1, {"norm", prefix, place});
    }
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
    if (layer.gain >= 0) {
      scratch.normalised.push_back(Matrix::Zero(layer.outputs, columns));
      scratch.inverse_std.push_back(Matrix::Zero(1, columns));
    }
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
  reset_norms(parameters);
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
  reset_norms(parameters);
}

template <class Scalar>
void Mlp<Scalar>::initialise_sparse(std::span<Scalar> parameters, envs::Random& random, double sparsity) const {
  std::vector<int> order;
  for (const Layer& layer : layers_) {
    const float bound = 1.0F / std::sqrt(static_cast<float>(layer.inputs));
    const int zeros = std::min(layer.inputs - 1, static_cast<int>(std::ceil(sparsity * layer.inputs)));
    order.resize(static_cast<std::size_t>(layer.inputs));
    Eigen::Map<Weight<Scalar>> weight(parameters.data() + layer.weight, layer.outputs, layer.inputs);
    for (int unit = 0; unit < layer.outputs; ++unit) {
      for (int i = 0; i < layer.inputs; ++i) weight(unit, i) = static_cast<Scalar>(random.uniform(-bound, bound));
      std::iota(order.begin(), order.end(), 0);
      random.shuffle(order);
      for (int i = 0; i < zeros; ++i) weight(unit, order[static_cast<std::size_t>(i)]) = 0;
    }
    Eigen::Map<Vector<Scalar>>(parameters.data() + layer.bias, layer.outputs).setZero();
  }
  reset_norms(parameters);
}

template <class Scalar>
void Mlp<Scalar>::reset_norms(std::span<Scalar> parameters) const {
  for (const Layer& layer : layers_) {
    if (layer.gain < 0) continue;
    Eigen::Map<Vector<Scalar>>(parameters.data() + layer.gain, layer.outputs).setOnes();
    Eigen::Map<Vector<Scalar>>(parameters.data() + layer.offset, layer.outputs).setZero();
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
    if (layer.gain >= 0) normalise(parameters, i, n, scratch);
    if (shape_.activation == Activation::tanh)
      out.array() = out.array().tanh();
    else if (shape_.activation == Activation::relu)
      out.array() = out.array().max(Scalar(0));
    else
      out.array() = out.array().max(Scalar(leak) * out.array());
    below = out.data();
    below_stride = layer.outputs;
  }
  return scratch.activations.back().leftCols(n);
}

// x̂ = (x - mean) / sqrt(variance + ε) over the units of each sample, y = gain x̂ + offset, in place.
template <class Scalar>
void Mlp<Scalar>::normalise(std::span<const Scalar> parameters, std::size_t layer, Eigen::Index n,
                            Scratch& scratch) const {
  const Eigen::Index units = layers_[layer].outputs;
  const Scalar* gain = parameters.data() + layers_[layer].gain;
  const Scalar* offset = parameters.data() + layers_[layer].offset;
  for (Eigen::Index col = 0; col < n; ++col) {
    Scalar* x = scratch.activations[layer].col(col).data();
    Scalar* hat = scratch.normalised[layer].col(col).data();
    const Scalar mean = sum_in_order<Scalar>(units, [=](Eigen::Index i) { return x[i]; }) / Scalar(units);
    for (Eigen::Index i = 0; i < units; ++i) hat[i] = x[i] - mean;
    const Scalar variance =
        sum_in_order<Scalar>(units, [=](Eigen::Index i) { return hat[i] * hat[i]; }) / Scalar(units);
    const Scalar inverse = Scalar(1) / std::sqrt(variance + Scalar(layer_norm_epsilon));
    scratch.inverse_std[layer](0, col) = inverse;
    for (Eigen::Index i = 0; i < units; ++i) {
      hat[i] *= inverse;
      x[i] = gain[i] * hat[i] + offset[i];
    }
  }
}

// dL/dgain = Σ dy x̂, dL/doffset = Σ dy, and with dx̂ = gain dy: dL/dx = (dx̂ - mean dx̂ - x̂ mean(dx̂ x̂)) / deviation,
// in place of dy in the layer's deltas.
template <class Scalar>
void Mlp<Scalar>::backward_norm(std::span<const Scalar> parameters, std::size_t layer, Eigen::Index n, Scratch& scratch,
                                std::span<Scalar> gradient) const {
  const Eigen::Index units = layers_[layer].outputs;
  const Scalar* gain = parameters.data() + layers_[layer].gain;
  for (Eigen::Index col = 0; col < n; ++col) {
    Scalar* delta = scratch.deltas[layer].col(col).data();
    const Scalar* hat = scratch.normalised[layer].col(col).data();
    if (!gradient.empty()) {
      Scalar* d_gain = gradient.data() + layers_[layer].gain;
      Scalar* d_offset = gradient.data() + layers_[layer].offset;
      for (Eigen::Index i = 0; i < units; ++i) {
        d_gain[i] += delta[i] * hat[i];
        d_offset[i] += delta[i];
      }
    }
    for (Eigen::Index i = 0; i < units; ++i) delta[i] *= gain[i];
    const Scalar mean = sum_in_order<Scalar>(units, [=](Eigen::Index i) { return delta[i]; }) / Scalar(units);
    const Scalar along = sum_in_order<Scalar>(units, [=](Eigen::Index i) { return delta[i] * hat[i]; }) / Scalar(units);
    const Scalar inverse = scratch.inverse_std[layer](0, col);
    for (Eigen::Index i = 0; i < units; ++i) delta[i] = (delta[i] - mean - along * hat[i]) * inverse;
  }
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
    if (layer.gain >= 0) backward_norm(parameters, i, n, scratch, gradient);
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
    else if (shape_.activation == Activation::relu)
      delta_below = (y > Scalar(0)).select(delta_below, Scalar(0));
    else
      delta_below = (y > Scalar(0)).select(delta_below, Scalar(leak) * delta_below);
  }
}

template class Mlp<float>;
template class Mlp<double>;

}  // namespace cairn::agents
