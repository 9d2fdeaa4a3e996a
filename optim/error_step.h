#pragma once

namespace cairn::optim {

/// Rules for learning from each sample once, with eligibility traces z ← keep z + ∇: how far they go depends on the
/// error δ of the sample, beside its gradient. An agent that has errors finds out by dynamic_cast whether its optimizer
/// is one of them, tells it of the error before each step, and gives as gradient -∇, that of minus the value or the
/// log-probability: the step goes along δ z. Nobody's word stands for δ = 1, as for a log-probability that paid 1, and
/// keep = 0.99 · 0.8.
template <class Scalar>
class ErrorStep {
 public:
  virtual ~ErrorStep() = default;

  /// Of the next step: δ, finite, and γλ.
  void tell(double error, double keep) {
    error_ = error;
    keep_ = keep;
  }
  /// Forgets the traces: at the end of an episode, and behind an action that was not the greedy one.
  virtual void end_traces() = 0;

 protected:
  double error_ = 1, keep_ = 0.99 * 0.8;  ///< δ and the traces' decay of the next step
};

/// The tag of blocks that hold a policy, which these rules treat apart from values.
inline constexpr const char* policy_tag = "actor";

}  // namespace cairn::optim
