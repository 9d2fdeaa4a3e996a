#include "optim/intentional.h"

#include "optim/bound.h"
#include "optim/error_step.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

constexpr double least = 1e-8;  // of what is divided by

template <class S>
class Intentional final : public BoundOptimizer<S>, public ErrorStep<S> {
 public:
  Intentional(const Layout& layout, Rule::Binding binding, const IntentionalOptions& options)
      : BoundOptimizer<S>(layout, std::move(binding), options.lr), options_(options) {}

  void end_traces() override { std::fill_n(traces_, this->size(), S(0)); }

 private:
  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    *count_ += 1;
    *kept_ *= this->keep_;
    // δ̄ of values, and of a policy.
    const double memory = options_.error_beta, corrected = 1 - std::pow(memory, *count_);
    *error_square_ = memory * *error_square_ + (1 - memory) * this->error_ * this->error_;
    const double limit = options_.clip * std::sqrt(*error_square_ / corrected);
    const double error = std::clamp(this->error_, -limit, limit);
    *error_size_ = memory * *error_size_ + (1 - memory) * std::abs(error);
    const double relative = error / std::max(*error_size_ / corrected, least);

    const double rate = report.learning_rate, policy_rate = rate * options_.policy_lr / options_.lr;
    const double policy_step = move(true, policy_rate, relative, policy_sensitivity_, parameters, gradient);
    const double step = move(false, rate, error, sensitivity_, parameters, gradient);
    report.learning_rate = step > 0 ? step : policy_step;
  }

  /// Moves the policy or all else, and returns the step; 0 where nothing has a gradient. `sensitivity`: EMA of Σ ∇²/v̂.
  double move(bool policy, double rate, double error, double* sensitivity, std::span<S> parameters,
              const ClippedGradient<S>& gradient) {
    const S keep = static_cast<S>(this->keep_), beta = static_cast<S>(options_.beta2);
    double fresh = 0, traced = 0;  // Σ ∇²/v̂, Σ z²/v̂
    for_each(policy, [&](std::size_t i, double correction) {
      const S g = gradient[i];
      square_[i] = beta * square_[i] + (1 - beta) * g * g;
      traces_[i] = keep * traces_[i] + g;
      const double root = root_of(i, correction);
      fresh += static_cast<double>(g) * static_cast<double>(g) / root;
      traced += static_cast<double>(traces_[i]) * static_cast<double>(traces_[i]) / root;
    });
    *sensitivity = this->keep_ * *sensitivity + (1 - this->keep_) * fresh;
    if (traced == 0) return 0;
    const double step = rate / std::max(std::sqrt(*sensitivity / (1 - *kept_) * traced), least);
    for_each(policy, [&](std::size_t i, double correction) {
      parameters[i] -= static_cast<S>(step * error * static_cast<double>(traces_[i]) / root_of(i, correction));
    });
    return step;
  }

  double root_of(std::size_t i, double correction) const {
    return std::sqrt(static_cast<double>(square_[i]) / correction) + options_.eps;
  }

  template <class F>
  void for_each(bool policy, F&& f) const {
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      const double correction = 1 - std::pow(options_.beta2, static_cast<double>(clock));
      for (const Block& block : blocks) {
        if (block.has_tag(policy_tag) != policy) continue;
        const auto first = static_cast<std::size_t>(block.offset), size = static_cast<std::size_t>(block.size());
        for (std::size_t i = first; i < first + size; ++i) f(i, correction);
      }
    });
  }

  IntentionalOptions options_;
  S* square_ = this->keep("v");
  S* traces_ = this->keep("trace");
  double* sensitivity_ = this->keep_scalars("sensitivity");
  double* policy_sensitivity_ = this->keep_scalars("policy_sensitivity");
  double* error_square_ = this->keep_scalars("error_square", 1);
  double* error_size_ = this->keep_scalars("error_size");
  double* count_ = this->keep_scalars("count");
  double* kept_ = this->keep_scalars("kept", 1);  // (γλ)ᵗ
};

}  // namespace

Rule intentional(const IntentionalOptions& options) {
  return bound_rule<Intentional>(describe("intentional", options), options);
}

}  // namespace cairn::optim
