#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Adadelta (Zeiler 2012): steps in the parameters' own units.
///
///     v ← ρ v + (1 - ρ) g²;  Δ = √(a + eps) / √(v + eps) g;  a ← ρ a + (1 - ρ) Δ²;  θ ← θ - lr Δ
///
/// The paper has no lr, which is 1 here as in PyTorch; Keras has 0.001, and ρ = 0.95.
struct AdadeltaOptions {
  double lr = 1;
  double rho = 0.9, eps = 1e-6;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("rho", rho, "[0,1)", "memory of both mean squares");
    v("eps", eps, "(0,inf)", "under both roots; sets the first steps");
    v("weight_decay", weight_decay, "[0,inf)", "L2 regularisation");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule adadelta(const AdadeltaOptions& options = {});

}  // namespace cairn::optim
