#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "agents/networks/mlp.h"
#include "envs/thread_pool.h"
#include "optim/layout.h"

namespace cairn::agents {

/// What is learned from, as networks take it: n samples in columns, actions in (-1, 1).
template <class Scalar>
struct Transitions {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Array = Eigen::Array<Scalar, Eigen::Dynamic, 1>;

  Transitions() = default;
  /// Allocates for `columns` samples.
  Transitions(int features, int action_size, int columns);

  Matrix here;                        ///< [s; a], (features + components) x n
  Matrix ahead;                       ///< [s'; ·], likewise: the action there is chosen by whoever learns
  Array rewards, discounts, weights;  ///< of each sample: Σ γᵏ r, γ^length (0 past an end), and its weight in the loss

  /// Samples.
  Eigen::Index size() const { return rewards.size(); }
};

/// One or more independent estimates Q_i(s, a) of the same values, each a perceptron over [s; a] with parameters of its
/// own in one flat vector (Fujimoto et al. 2018: the least of two is not too hopeful). Each is one task of a pool, so
/// that the number of threads changes no bit.
template <class Scalar>
class Critics {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Array = Eigen::Array<Scalar, Eigen::Dynamic, 1>;

  /// For up to so many samples; allocated once.
  struct Scratch {
    std::vector<typename Mlp<Scalar>::Scratch> networks;  ///< of each critic
    Matrix values;                                        ///< Q_i, critics x n
    std::vector<Matrix> d_values;                         ///< d loss / d Q_i, 1 x n
    std::vector<Matrix> d_inputs;                         ///< d loss / d [s; a] by way of critic i
    Eigen::Array<double, -1, 1> sums;                     ///< of losses, one a critic
  };

  Critics() = default;
  /// Adds the blocks `critic/i/…` to `layout`, all with the tag `critic`.
  /// `norm`: with LayerNorm.
  Critics(int features, int action_size, int count, const std::vector<int>& hidden, Activation activation, bool norm,
          optim::Layout& layout);

  /// Critics.
  int count() const { return static_cast<int>(networks_.size()); }
  /// Of each of them.
  const MlpShape& shape() const { return networks_.front().shape(); }
  std::size_t size() const { return places_.size() * places_.front().second; }  ///< parameters of all
  /// Of critic i, its offset and size in the flat vector.
  std::pair<std::size_t, std::size_t> place(int i) const { return places_[static_cast<std::size_t>(i)]; }
  /// Buffers for up to so many samples.
  Scratch scratch(int columns) const;
  /// Uniform in ±1/sqrt(inputs), as PyTorch's linear layers start; critic i by stream index 1 + i.
  void initialise(std::span<Scalar> parameters, std::uint64_t seed) const;

  /// Q_i of the first `count` critics (count x n) for `inputs` [s; a], into `scratch`.
  Eigen::Ref<Matrix> evaluate(envs::ThreadPool& pool, std::span<const Scalar> parameters,
                              const Eigen::Ref<const Matrix>& inputs, int count, Scratch& scratch) const;
  /// Sets the critics' part of `gradient` to that of
  ///
  ///     L = Σ_i 1/n Σ_b ½ w_b (Q_i(s_b, a_b) - y_b)²
  ///
  /// and returns L, with the values in `scratch`.
  double regress(envs::ThreadPool& pool, std::span<const Scalar> parameters, const Eigen::Ref<const Matrix>& inputs,
                 const Array& targets, const Array& weights, Scratch& scratch, std::span<Scalar> gradient) const;
  /// After `evaluate` with the same inputs: sets `d_loss_d_actions` (components x n) for `scratch.d_values`, through
  /// the first `count` critics, whose parameters stay as they are.
  void backward_to_actions(envs::ThreadPool& pool, std::span<const Scalar> parameters,
                           const Eigen::Ref<const Matrix>& inputs, int count, Scratch& scratch,
                           Eigen::Ref<Matrix> d_loss_d_actions) const;

 private:
  std::vector<Mlp<Scalar>> networks_;
  std::vector<std::pair<std::size_t, std::size_t>> places_;
};

/// θ' += τ (θ - θ') (Lillicrap et al. 2016), over as many parameters as the target has.
template <class Scalar>
void move_towards(std::span<const Scalar> parameters, Scalar tau, std::span<Scalar> target);

extern template struct Transitions<float>;
extern template struct Transitions<double>;
extern template class Critics<float>;
extern template class Critics<double>;

}  // namespace cairn::agents
