#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Adan (Xie et al. 2022): Nesterov momentum on means of the gradient and of its change.
///
///     d = g - g₋ (0 at first);  m ← β1 m + (1 - β1) g;  v ← β2 v + (1 - β2) d;  n ← β3 n + (1 - β3)(g + β2 d)²
///     θ ← (θ - lr (m̂ + β2 v̂) / (√n̂ + eps)) / (1 + lr weight_decay)
///
/// The betas are memories, as in the authors' code; Optax multiplies d by 1 - β2 where the rule has β2.
struct AdanOptions {
  double lr = 1e-3;
  double beta1 = 0.98, beta2 = 0.92, beta3 = 0.99, eps = 1e-8;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of its mean change");
    v("beta3", beta3, "[0,1)", "memory of the mean square");
    v("eps", eps, "[0,inf)", "added to the root");
    v("weight_decay", weight_decay, "[0,inf)", "proximal decay, multiplied by the rate");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule adan(const AdanOptions& options = {});

}  // namespace cairn::optim
