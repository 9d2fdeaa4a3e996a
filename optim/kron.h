#pragma once

#include <functional>
#include <span>

#include "optim/optimizer.h"

namespace cairn::optim {

/// Kron, PSGD with Kronecker factors (Li 2018; Pooladzandi and Li 2024): momentum times a matrix that is learnt so that
/// it whitens, P E[m̂ m̂ᵀ] P = 1. P acts as Q_Lᵀ Q_L from the left and Q_Rᵀ Q_R from the right, both Q upper triangular.
///
///     m ← β1 m + (1 - β1) g;  G = m̂ + 3.45e-4 mean|m̂| V, V a fresh normal probe
///     A = Q_L G Q_Rᵀ;  B = Q_L⁻ᵀ V Q_R⁻¹
///     Q_L ← Q_L - precond_lr triu(A Aᵀ - B Bᵀ) / lb(A Aᵀ + B Bᵀ) Q_L, Q_R likewise with Aᵀ A and Bᵀ B
///     U = Q_Lᵀ Q_L G Q_Rᵀ Q_R;  U ← min(1, 1.1 / (RMS(U) + 1e-12)) U
///     θ ← θ - lr (U + weight_decay θ), vectors without decay
///
/// lb(S) = ‖S y‖, y = S x / ‖S x‖, x the longest column of S, is a bound of S's largest eigenvalue from below. The Q
/// move at every step for `flat_steps` steps and then at every 1/p-th, p = max(least, exp(-decay (t - flat_steps)));
/// before that, with probability 0.01, they are balanced: brought to one largest element. A vector has a diagonal q, as
/// has a side longer than `max_side`, with the sums of squares in place of the products and their largest in place of
/// lb. Where m̂ is zero throughout there is nothing to whiten and Q stays; the authors' code lets it grow.
///
/// In the authors' code the noise that damps G stays in the G that is stepped along; without `probe_leaks` that is m̂.
/// Draws are a function of the seed, the block's place and the count of updates (Philox).
struct KronOptions {
  double lr = 3e-4;
  double beta1 = 0.9;
  double weight_decay = 0;
  double precond_lr = 0.1;
  std::int64_t flat_steps = 500;
  double decay = 1e-3, least = 0.03;
  int max_side = 1024;
  bool probe_leaks = true;
  std::int64_t seed = 0;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay of matrices, multiplied by the rate");
    v("precond_lr", precond_lr, "[0,1)", "learning rate of what whitens");
    v("flat_steps", flat_steps, "[0,inf)", "steps for which it learns each time");
    v("decay", decay, "[0,inf)", "by which the probability of learning falls afterwards, a step");
    v("least", least, "(0,1]", "probability that it falls to");
    v("max_side", max_side, "[1,1000000]", "longest side with a triangular factor");
    v("probe_leaks", probe_leaks, "true|false", "step along the noise that damps, as the authors' code does");
    v("seed", seed, "[0,4294967295]", "of the probes");
  }

  /// What draws in place of Philox, for recorded traces: fills the probe of a block's place and of a step, counted from
  /// 1, and says whether that step balances.
  std::function<bool(std::size_t place, std::int64_t step, std::span<double> probe)> draw{};
};
Rule kron(const KronOptions& options = {});

}  // namespace cairn::optim
