#pragma once

#include "optim/optimizer.h"

namespace cairn::optim {

/// Rprop (Riedmiller and Braun 1993), in PyTorch's form: only the gradient's sign counts, and each parameter's step
/// grows while the sign holds. After a change of sign the step shrinks and the parameter waits once. For whole batches.
///
///     s ← clamp(s · (eta_plus | 1 | eta_minus), step_min, step_max);  θ ← θ - s sign(g);  s₀ = lr
struct RpropOptions {
  double lr = 1e-2;
  double eta_minus = 0.5, eta_plus = 1.2;
  double step_min = 1e-6, step_max = 50;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "(0,inf)", "first step");
    v("eta_minus", eta_minus, "(0,1)", "factor after the sign changed");
    v("eta_plus", eta_plus, "(1,inf)", "factor while it holds");
    v("step_min", step_min, "[0,inf)", "smallest step");
    v("step_max", step_max, "(0,inf)", "largest step");
  }
};
Rule rprop(const RpropOptions& options = {});

}  // namespace cairn::optim
