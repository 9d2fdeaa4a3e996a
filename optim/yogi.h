#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Yogi (Zaheer et al. 2018): the mean square moves by at most (1 - β2) g², so that it forgets slowly.
///
///     m ← β1 m + (1 - β1) g;  v ← v - (1 - β2) sign(v - g²) g²;  θ ← θ - lr m / (√v + eps)
///
/// The paper has no bias correction; Optax adds it, and starts m at initial_v too.
struct YogiOptions {
  double lr = 1e-2;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-3, initial_v = 1e-6;
  bool bias_correction = false;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "how slowly the mean square follows");
    v("eps", eps, "[0,inf)", "added to the root");
    v("initial_v", initial_v, "[0,inf)", "mean square before the first step");
    v("bias_correction", bias_correction, "true|false", "correct both means as Adam does");
    v("weight_decay", weight_decay, "[0,inf)", "L2 regularisation");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule yogi(const YogiOptions& options = {});

}  // namespace cairn::optim
