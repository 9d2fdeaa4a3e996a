#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Adagrad (Duchi, Hazan and Singer 2011), in PyTorch's form.
///
///     s ← s + g²;  θ ← θ - lr / (1 + (t - 1) lr_decay) · g / (√s + eps)
///
/// Optax starts s at 0.1 and uses eps = 1e-7.
struct AdagradOptions {
  double lr = 1e-2;
  double lr_decay = 0, eps = 1e-10, initial_accumulator = 0;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("lr_decay", lr_decay, "[0,inf)", "the rate falls as 1 / (1 + lr_decay steps)");
    v("eps", eps, "[0,inf)", "added to the root");
    v("initial_accumulator", initial_accumulator, "[0,inf)", "sum of squares before the first step");
    v("weight_decay", weight_decay, "[0,inf)", "L2 regularisation");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule adagrad(const AdagradOptions& options = {});

}  // namespace cairn::optim
