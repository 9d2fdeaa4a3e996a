#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Prodigy (Mishchenko and Defazio 2024): Adam that estimates its own rate, the distance d to the solution.
///
///     r ← √β2 r + (1 - √β2) lr d² ⟨g, θ₀ - θ⟩;  s ← √β2 s + (1 - √β2) lr d² g  (both up to a common factor)
///     m ← β1 m + (1 - β1) d g;  v ← β2 v + (1 - β2) d² g²
///     d' ← max(d, r / ‖s‖₁);  θ ← θ - lr d (m / (√v + d' eps) + weight_decay θ);  d ← d'
///
/// lr = 1 is meant to be left alone; a schedule may bend it. As in the authors' code there is no bias correction, eps
/// is in units of the renewed d while the rate is that from before, and r and s are kept divided by (1 - √β2) d0². d is
/// of the whole vector.
struct ProdigyOptions {
  double lr = 1;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double d0 = 1e-6;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "factor on the estimated rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("eps", eps, "[0,inf)", "added to the root, in units of d");
    v("d0", d0, "(0,inf)", "first estimate of the distance");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule prodigy(const ProdigyOptions& options = {});

}  // namespace cairn::optim
