#pragma once

#include "optim/optimizer.h"

namespace cairn::optim {

/// ObGD, overshooting-bounded gradient descent (Elsayed, Vasan and Mahmood 2024, "Streaming Deep Reinforcement Learning
/// Finally Works"), for learning from each sample once, with eligibility traces (`optim/error_step.h`). With δ the
/// error and ∇ the gradient of what is learned (a value, or a log-probability), both at the present sample:
///
///     z ← γλ z + ∇;  M = lr κ max(|δ|, 1) ‖z‖₁;  θ ← θ + min(lr, lr / M) δ z
///
/// The bound keeps a step from overshooting: where no component of ∇ exceeds 1, it undoes at most 1/κ of the error, and
/// moves what is learned by at most 1/κ. Blocks tagged `actor` have a bound of their own.
struct ObgdOptions {
  double lr = 1;
  double kappa = 2, policy_kappa = 3;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "largest learning rate");
    v("kappa", kappa, "(0,inf)", "how cautious with values");
    v("policy_kappa", policy_kappa, "(0,inf)", "how cautious with a policy, that is blocks tagged 'actor'");
  }
};
Rule obgd(const ObgdOptions& options = {});

}  // namespace cairn::optim
