#pragma once

#include "optim/adam.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// TRAC (Muppidi et al. 2024): parameter-free control of how far any rule may carry the parameters from where they
/// began, against loss of plasticity.
///
///     δ = (θ - θ₀) / (S + eps) + u,  u the step of `rule` at θ
///     h = ⟨g, θ - θ₀⟩ / (S + eps);  for each β: σ ← β σ - h,  v ← β² v + h²
///     S = max(0, Σ s0 erfi(σ / (√(2 v) + eps)) / erfi(1/√2)),  θ ← θ₀ + S δ
///
/// with β = 0.9, 0.99, …, 0.999999 and σ = 1e-8 at first, as in the authors' code, whose erfi is single precision. S
/// starts near 6 s0 and grows while gradients point along the way gone.
struct TracOptions {
  Rule rule = adam();
  double s0 = 1e-8, eps = 1e-8;
  template <class V>
  void fields(V&& v) {
    v("rule", rule, "optimizer", "what takes the steps");
    v("s0", s0, "(0,inf)", "first share of the way that is allowed");
    v("eps", eps, "(0,inf)", "added to divisors");
  }
};
Rule trac(const TracOptions& options = {});

/// The imaginary error function 2/√π ∫₀ˣ exp(t²) dt, to double precision; held at erfi(±26), near the largest double.
double erfi(double x);

}  // namespace cairn::optim
