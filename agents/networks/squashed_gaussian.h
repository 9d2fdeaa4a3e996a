#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "envs/random.h"

namespace cairn::agents {

/// Bounds of log σ (Haarnoja et al. 2018): beyond them it is clamped, and has no gradient.
inline constexpr double least_log_std = -20, largest_log_std = 2;

/// Actions of a batch drawn from a squashed Gaussian (Haarnoja et al. 2018, appendix C), and their log densities:
///
///     u = μ + σ ε,   a = tanh u,   log π(a) = Σ [-½ ε² - log σ - ½ log 2π - log(1 - tanh² u)]
///
/// with log(1 - tanh² u) = 2 (log 2 - |u| - log1p(e^{-2|u|})), which neither overflows nor cancels. The density is that
/// of a in (-1, 1): scaling to a world's bounds is no part of it. Allocates nothing after construction.
template <class Scalar>
struct SquashedGaussian {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Array = Eigen::Array<Scalar, Eigen::Dynamic, 1>;

  Matrix noise;         ///< ε, components x n, standard normal; to be filled in
  Matrix actions;       ///< a, components x n
  Array log_densities;  ///< log π(a), one a sample

  SquashedGaussian() = default;
  /// For up to `columns` samples; allocated once.
  SquashedGaussian(int components, int columns);

  /// Makes actions and log densities of the noise. `outputs`: μ above log σ, 2 components x n.
  void sample(const Eigen::Ref<const Matrix>& outputs);

  /// After `sample`, with the noise held: sets `d_loss_d_outputs` (2 components x n) for a loss whose derivatives by
  /// the actions are those (components x n), and by each log density `d_loss_d_log_density`:
  ///
  ///     ∂a/∂μ = 1 - a²,  ∂a/∂log σ = (1 - a²) σ ε,  ∂log π/∂μ = 2 a,  ∂log π/∂log σ = 2 a σ ε - 1
  void backward(const Eigen::Ref<const Matrix>& d_loss_d_actions, Scalar d_loss_d_log_density,
                Eigen::Ref<Matrix> d_loss_d_outputs) const;

 private:
  Matrix spread_;  // σ ε
  Matrix slopes_;  // 1 - a²
  Matrix inside_;  // 1 where log σ is within its bounds, 0 elsewhere
  Matrix tails_;   // e^{-2|u|}
  Matrix terms_;   // of each component in log π
};

/// One component of an action to take: tanh(μ + σ ε).
inline float squashed_sample(float mean, float log_std, envs::Random& random) {
  const float bounded = std::clamp(log_std, static_cast<float>(least_log_std), static_cast<float>(largest_log_std));
  return std::tanh(mean + std::exp(bounded) * random.normal());
}

extern template struct SquashedGaussian<float>;
extern template struct SquashedGaussian<double>;

}  // namespace cairn::agents
