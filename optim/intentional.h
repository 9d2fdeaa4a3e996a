#pragma once

#include "optim/optimizer.h"

namespace cairn::optim {

/// Intentional updates (arXiv:2604.19033): the step is as long as a wanted change of what is learned asks for, for
/// learning from each sample once, with eligibility traces (`optim/error_step.h`). With δ the error and ∇ the gradient
/// of what is learned at the present sample:
///
///     v = EMA_beta2(∇²), v̂ = √v + eps;  z ← γλ z + ∇;  σ = EMA_γλ(Σ ∇²/v̂);  step = lr / max(√(σ Σ z²/v̂), 1e-8)
///     θ ← θ + step δ̄ z/v̂,  δ̄ = δ clipped at ±clip √EMA_error_beta(δ²)
///
/// All means are corrected for their start; that of δ² starts at 1 and is corrected all the same, as in the authors'
/// code, so that the clip sleeps for some thousand steps. Blocks tagged `actor` have a rate of their own, and their δ̄
/// is divided by EMA_error_beta(|δ̄|).
struct IntentionalOptions {
  double lr = 0.5, policy_lr = 0.05;
  double beta2 = 0.999, eps = 1e-8;
  double clip = 20, error_beta = 0.9998;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "(0,inf)", "share of the error that a step undoes, of values");
    v("policy_lr", policy_lr, "[0,inf)", "the same of a policy, that is blocks tagged 'actor'");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("eps", eps, "(0,inf)", "added to its root");
    v("clip", clip, "(0,inf)", "largest error, in root mean square errors");
    v("error_beta", error_beta, "[0,1)", "memory of the errors");
  }
};
Rule intentional(const IntentionalOptions& options = {});

}  // namespace cairn::optim
