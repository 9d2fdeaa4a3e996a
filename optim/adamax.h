#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Adamax (Kingma and Ba 2015, section 7): Adam with the largest gradient, slowly forgotten, in place of the root mean
/// square.
///
///     m ← β1 m + (1 - β1) g;  u ← max(β2 u, |g| + eps);  θ ← θ - lr / (1 - β1ᵗ) · m / u
///
/// The paper has no eps; PyTorch and Optax add it inside the maximum, as here.
struct AdamaxOptions {
  double lr = 2e-3;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the largest gradient");
    v("eps", eps, "(0,inf)", "added to each magnitude");
    v("weight_decay", weight_decay, "[0,inf)", "L2 regularisation");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule adamax(const AdamaxOptions& options = {});

}  // namespace cairn::optim
