#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// RAdam (Liu et al. 2020): Adam that leaves out the denominator while its variance is still unknown.
///
///     ρ∞ = 2 / (1 - β2) - 1,  ρₜ = ρ∞ - 2 t β2ᵗ / (1 - β2ᵗ)
///     ρₜ > 5:  θ ← θ - lr r m̂ / (√v̂ + …),  r² = (ρₜ - 4)(ρₜ - 2) ρ∞ / ((ρ∞ - 4)(ρ∞ - 2) ρₜ);  else θ ← θ - lr m̂
///
/// As in PyTorch eps is added to √v before correction, and the threshold is > 5 (Optax: >= 5). PQN's optimizer.
struct RadamOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("eps", eps, "[0,inf)", "added to the root");
    v("weight_decay", weight_decay, "[0,inf)", "L2 regularisation");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule radam(const RadamOptions& options = {});

}  // namespace cairn::optim
