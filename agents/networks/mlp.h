#pragma once

#include <Eigen/Core>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "envs/random.h"
#include "optim/layout.h"

namespace cairn::agents {

/// Eigen blocks its large products by the sizes of the caches it finds, and so their last bits depend on the machine.
/// Agents call this when they begin; it fixes the sizes for the whole program, once, from whichever thread is first.
void pin_eigen_cache_sizes();

/// What follows each hidden layer.
enum class Activation { tanh, relu, leaky_relu };
/// Slope of leaky_relu below 0.
inline constexpr float leak = 0.01F;
std::string_view to_string(Activation activation);
bool parse(std::string_view text, Activation& activation);

/// Added to the variance under LayerNorm's root, as PyTorch has it.
inline constexpr float layer_norm_epsilon = 1e-5F;

/// A multilayer perceptron's sizes. A hidden layer is linear, LayerNorm where wanted, activation; the output layer is
/// linear.
struct MlpShape {
  int inputs = 0;                            ///< components of an input
  std::vector<int> hidden = {64, 64};        ///< widths of the hidden layers; may be empty
  int outputs = 0;                           ///< of the last layer, which is linear
  Activation activation = Activation::tanh;  ///< after each hidden layer
  /// LayerNorm (Ba, Kiros and Hinton 2016) in each hidden layer: gain (x - mean) / sqrt(variance + 1e-5) + offset over
  /// the layer's units.
  bool norm = false;
};

/// A multilayer perceptron over a stretch of a flat parameter vector. It holds no numbers itself: parameters, gradients
/// and activations are handed in, so one network serves any number of threads, target copies and precisions.
/// Samples are columns. A column's bits do not depend on the columns beside it nor on their number.
template <class Scalar>
class Mlp {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using MatrixRef = Eigen::Ref<Matrix>;
  using ConstMatrixRef = Eigen::Ref<const Matrix>;

  /// Activations and their derivatives for up to `columns` samples; allocated once.
  struct Scratch {
    std::vector<Matrix> activations;  ///< output of layer i, after its activation; the last is the network's output
    std::vector<Matrix> deltas;       ///< d loss / d (layer i before its activation)
    std::vector<Matrix> normalised;   ///< of hidden layer i: (x - mean) / deviation; where the network has LayerNorm
    std::vector<Matrix> inverse_std;  ///< of hidden layer i: 1 / deviation of each sample, 1 x columns
    std::vector<Matrix> packed;       ///< weights of layer i as `pack` laid them, column-major
    Matrix packed_gradient;           ///< of a layer's weights, as its product lays it
  };

  /// Adds the blocks `prefix/i/weight` ([outputs x inputs], row-major) and `prefix/i/bias` to `layout`. Tags: `weight`
  /// or `bias`, `prefix`, and `hidden` or `output`. With LayerNorm a hidden layer adds `prefix/i/gain` and
  /// `prefix/i/offset`, tagged `norm`.
  Mlp(MlpShape shape, optim::Layout& layout, const std::string& prefix);
  /// A network whose parameters are a vector of their own.
  explicit Mlp(MlpShape shape);
  Mlp() = default;  ///< no layers: to be assigned to

  /// Its sizes.
  const MlpShape& shape() const { return shape_; }
  /// Buffers for up to so many samples.
  Scratch scratch(int columns) const;

  /// Orthogonal weights (Saxe et al. 2014) with `hidden_gain` and `output_gain`, zero biases. Here and below LayerNorm
  /// starts with gain 1 and offset 0.
  void initialise_orthogonal(std::span<Scalar> parameters, envs::Random& random, Scalar hidden_gain,
                             Scalar output_gain) const;
  /// Uniform in ±1/sqrt(inputs) for weights and biases alike, PyTorch's default.
  void initialise_uniform(std::span<Scalar> parameters, envs::Random& random) const;
  /// Sparse weights (Elsayed, Vasan and Mahmood 2024): uniform in ±1/sqrt(inputs), and of each unit's weights a share
  /// `sparsity`, rounded up, is 0; but one weight a unit stays, or units with few inputs would see none. Biases 0.
  void initialise_sparse(std::span<Scalar> parameters, envs::Random& random, double sparsity) const;

  /// Outputs x n for `inputs` x n; the reference returned is into `scratch` and lives as long as it is not reused.
  MatrixRef forward(std::span<const Scalar> parameters, ConstMatrixRef inputs, Scratch& scratch) const;

  /// Forward in two parts, for many passes with the same parameters: lay the weights for the product once, then use
  /// that.
  void pack(std::span<const Scalar> parameters, Scratch& scratch) const;
  /// As `forward`, after `pack` with the same parameters and scratch.
  MatrixRef forward_packed(std::span<const Scalar> parameters, ConstMatrixRef inputs, Scratch& scratch) const;

  /// After forward with the same inputs and scratch: *adds* d loss / d parameters to `gradient` (the whole flat
  /// vector).
  void backward(std::span<const Scalar> parameters, ConstMatrixRef inputs, ConstMatrixRef d_loss_d_output,
                Scratch& scratch, std::span<Scalar> gradient) const;
  /// Also *sets* `d_loss_d_inputs` (inputs x n), for whatever comes before this network. `gradient` may be empty where
  /// only that is wanted: an actor learns through a critic that stays as it is.
  void backward(std::span<const Scalar> parameters, ConstMatrixRef inputs, ConstMatrixRef d_loss_d_output,
                Scratch& scratch, std::span<Scalar> gradient, MatrixRef d_loss_d_inputs) const;

 private:
  struct Layer {
    Eigen::Index weight, bias;  // offsets in the flat vector
    int inputs, outputs;
    Eigen::Index gain = -1, offset = -1;  // of LayerNorm; -1 where there is none
  };
  void reset_norms(std::span<Scalar> parameters) const;
  void normalise(std::span<const Scalar> parameters, std::size_t layer, Eigen::Index n, Scratch& scratch) const;
  void backward_norm(std::span<const Scalar> parameters, std::size_t layer, Eigen::Index n, Scratch& scratch,
                     std::span<Scalar> gradient) const;
  void backward_layers(std::span<const Scalar> parameters, ConstMatrixRef inputs, ConstMatrixRef d_loss_d_output,
                       Scratch& scratch, std::span<Scalar> gradient, MatrixRef* d_loss_d_inputs) const;
  MlpShape shape_;
  std::vector<Layer> layers_;
};

}  // namespace cairn::agents
