#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "agents/learner/starting_weights.h"
#include "agents/networks/mlp.h"
#include "agents/networks/policy.h"
#include "envs/environment.h"
#include "optim/layout.h"

namespace cairn::agents {

/// The sizes of a QNetwork.
struct QNetworkShape {
  int inputs = 0, actions = 0;               ///< components of an observation, and discrete actions
  std::vector<int> hidden = {64, 64};        ///< widths of the hidden layers
  Activation activation = Activation::relu;  ///< after each hidden layer
  bool dueling = false;                      ///< whether it ends in V and advantages
  bool norm = false;                         ///< LayerNorm in the hidden layers
  int quantiles = 1;                         ///< of the return of each action; 1: its mean
};

/// Q(s, a) for all discrete actions, or the quantiles of its distribution, those of an action side by side. `dueling`
/// (Wang et al. 2016) ends in V and advantages, Q = V + A - mean A, both linear in the last hidden layer, so that a
/// policy can fold them into one ordinary output layer; with quantiles each of them so, and the policy folds their
/// mean.
template <class Scalar>
class QNetwork {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  /// Buffers of a thread; allocated once.
  struct Scratch {
    typename Mlp<Scalar>::Scratch trunk;  ///< of the network below V and advantages
    Matrix q, d_outputs, means;           ///< Q values; d loss / d outputs; means over quantiles, actions x n
  };

  QNetwork() = default;
  /// Throws std::invalid_argument for sizes that make no network.
  explicit QNetwork(const QNetworkShape& shape);

  /// Of its parameters.
  const optim::Layout& layout() const { return layout_; }
  /// Discrete actions.
  int actions() const { return actions_; }
  /// Of each action's return; 1: its mean.
  int quantiles() const { return quantiles_; }
  /// Buffers for up to so many samples.
  Scratch scratch(int columns) const;
  /// Uniform in ±1/sqrt(inputs), as PyTorch's linear layers start.
  void initialise(std::span<Scalar> parameters, envs::Random& random) const {
    trunk_.initialise_uniform(parameters, random);
  }

  /// As Mlp has it.
  void initialise_sparse(std::span<Scalar> parameters, envs::Random& random, double sparsity) const {
    trunk_.initialise_sparse(parameters, random, sparsity);
  }

  /// Lays the weights for the product, for many passes with the same parameters.
  void pack(std::span<const Scalar> parameters, Scratch& scratch) const { trunk_.pack(parameters, scratch.trunk); }
  /// actions · quantiles x n, into `scratch`; after `pack` with the same parameters.
  Eigen::Ref<Matrix> forward_packed(std::span<const Scalar> parameters, const Eigen::Ref<const Matrix>& inputs,
                                    Scratch& scratch) const;
  /// actions x n: the mean of each action's quantiles, of what `forward_packed` gave with this scratch.
  Eigen::Ref<Matrix> values(const Eigen::Ref<Matrix>& q, Scratch& scratch) const;
  /// After forward with the same inputs: adds d loss / d parameters to `gradient`.
  void backward(std::span<const Scalar> parameters, const Eigen::Ref<const Matrix>& inputs,
                const Eigen::Ref<const Matrix>& d_loss_d_q, Scratch& scratch, std::span<Scalar> gradient) const;

  /// The shape and parameters of an ordinary perceptron with the same outputs.
  MlpShape folded_shape() const;
  /// Parameters of the ordinary perceptron that gives the same Q values.
  Eigen::VectorXf folded(std::span<const Scalar> parameters) const;

 private:
  int actions_ = 0, quantiles_ = 1;
  bool dueling_ = false;
  optim::Layout layout_;
  Mlp<Scalar> trunk_;
};

/// What an agent that acts by this network has for another run's weights to be put into. The network outlives it.
StartingPoint starting_point(std::string_view agent, const QNetwork<float>& network, bool normalises);

}  // namespace cairn::agents
