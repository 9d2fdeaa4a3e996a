#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// AdaBelief (Zhuang et al. 2020): divides by how far gradients stray from their own mean.
///
///     m ← β1 m + (1 - β1) g;  s ← β2 s + (1 - β2)(g - m)² + eps;  θ ← (1 - lr weight_decay) θ - lr m̂ / (√ŝ + eps)
///
/// eps is added to s at every step and so accumulates there, as in the authors' code and not in all others.
struct AdabeliefOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-16;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the mean squared deviation");
    v("eps", eps, "[0,inf)", "added to the mean squared deviation and to its root");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule adabelief(const AdabeliefOptions& options = {});

}  // namespace cairn::optim
