#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// ADOPT (Taniguchi et al. 2024): Adam that divides by the mean square *before* this gradient, so that it converges for
/// any β2. The first step only fills v.
///
///     u = clamp(g / max(√v, eps), ±(t - 1)^¼);  m ← β1 m + (1 - β1) u;  θ ← θ - lr m;  v ← β2 v + (1 - β2) g²
///
/// pytorch_optimizer clamps by t^¼, one step early.
struct AdoptOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.9999, eps = 1e-6;
  bool clip = true;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean update");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("eps", eps, "(0,inf)", "least denominator");
    v("clip", clip, "true|false", "clamp normalised gradients at the fourth root of the step");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule adopt(const AdoptOptions& options = {});

}  // namespace cairn::optim
