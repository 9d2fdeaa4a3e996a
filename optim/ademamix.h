#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// AdEMAMix (Pagliardini et al. 2024): Adam with a second, far longer memory of the gradient beside the first.
///
///     m ← β1 m + (1 - β1) g;  l ← β3 l + (1 - β3) g;  v ← β2 v + (1 - β2) g²
///     θ ← θ - lr [(m̂ + α l) / (√v̂ + eps) + weight_decay θ]
///
/// The slow mean is not bias-corrected, as in Optax; pytorch_optimizer corrects it as the fast one. Over `warmup` steps
/// α climbs from 0 and β3 from β1, so that its half-life grows evenly.
struct AdemamixOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999, beta3 = 0.9999, alpha = 5, eps = 1e-8;
  std::int64_t warmup = 0;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "(0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("beta3", beta3, "(0,1)", "memory of the slow mean gradient");
    v("alpha", alpha, "[0,inf)", "weight of the slow mean");
    v("eps", eps, "[0,inf)", "added to the root");
    v("warmup", warmup, "[0,inf)", "updates over which alpha and beta3 climb; 0: none");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule ademamix(const AdemamixOptions& options = {});

}  // namespace cairn::optim
