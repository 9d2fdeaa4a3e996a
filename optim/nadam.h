#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// NAdam (Dozat 2016): Adam that looks ahead along its momentum, which is warmed up.
///
///     μₜ = β1 (1 - ½ 0.96^(t momentum_decay)),  Πₜ = μ₁ … μₜ
///     m ← β1 m + (1 - β1) g;  v ← β2 v + (1 - β2) g²
///     θ ← θ - lr [(1 - μₜ) g / (1 - Πₜ) + μₜ₊₁ m / (1 - Πₜ μₜ₊₁)] / (√v̂ + eps)
///
/// PyTorch 1.13's single-tensor form multiplies by one μ too many; its `foreach` form, and later versions, are this.
struct NadamOptions {
  double lr = 2e-3;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8, momentum_decay = 4e-3;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("eps", eps, "[0,inf)", "added to the root");
    v("momentum_decay", momentum_decay, "[0,inf)", "how fast the look-ahead grows");
    v("weight_decay", weight_decay, "[0,inf)", "L2 regularisation");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule nadam(const NadamOptions& options = {});

}  // namespace cairn::optim
