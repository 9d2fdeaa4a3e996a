#include "optim/trac.h"

#include <array>
#include <numbers>

#include "optim/wrapper.h"

namespace cairn::optim {

// 2/√π Σ x²ᵏ⁺¹ / (k! (2k + 1)): all terms have one sign, so nothing cancels.
double erfi(double x) {
  const double near = std::clamp(x, -26.0, 26.0), square = near * near;
  double power = near, total = near;
  for (int k = 1; k < 4096; ++k) {
    power *= square / k;
    const double term = power / (2 * k + 1);
    total += term;
    if (std::abs(term) <= 1e-17 * std::abs(total)) break;
  }
  return 2 * std::numbers::inv_sqrtpi * total;
}

namespace {

constexpr std::array betas{0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999};
constexpr double first_sigma = 1e-8;

// The clip is this rule's own: the tuner and the wrapped rule see the same gradient.
template <class S>
class Trac final : public BoundOptimizer<S> {
 public:
  Trac(const Layout& layout, const Rule::Binding& binding, const TracOptions& options)
      : BoundOptimizer<S>(layout, binding, 0),
        options_(options),
        inner_(this->adopt("rule",
                           options.rule.with_schedule(binding.schedule).template bind<S>(layout, binding.horizon))),
        before_(this->size()),
        clipped_(this->size()) {}

 private:
  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      const auto first = static_cast<std::size_t>(blocks.front().offset);
      const auto end = static_cast<std::size_t>(blocks.back().offset + blocks.back().size());
      if (clock == 1) std::copy_n(parameters.data() + first, end - first, start_ + first);
    });
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      before_[i] = parameters[i];
      clipped_[i] = gradient[i];
    }
    const StepReport step = inner_.step(parameters, clipped_);
    report.learning_rate = step.learning_rate;
    report.accumulated = step.accumulated;
    if (step.accumulated) return;

    const double nearness = 1 / (*share_ + options_.eps);
    const double h = nearness * sum_along<S>(clipped_, {start_, parameters.size()}, before_);
    const double unit = options_.s0 / erfi(1 / std::numbers::sqrt2);
    double share = 0;
    for (std::size_t j = 0; j < betas.size(); ++j) {
      sigma_[j] = betas[j] * sigma_[j] - h;
      variance_[j] = betas[j] * betas[j] * variance_[j] + h * h;
      share += unit * erfi(sigma_[j] / (std::numbers::sqrt2 * std::sqrt(variance_[j]) + options_.eps));
    }
    *share_ = share;
    const S scale = static_cast<S>(std::max(share, 0.0)), old = static_cast<S>(nearness);
    for (std::size_t i = 0; i < parameters.size(); ++i)
      parameters[i] = start_[i] + scale * (old * (before_[i] - start_[i]) + (parameters[i] - before_[i]));
  }

  TracOptions options_;
  Optimizer<S>& inner_;
  S* start_ = this->keep("start");
  double *sigma_ = this->keep_scalars("sigma", first_sigma, betas.size()),
         *variance_ = this->keep_scalars("variance", 0, betas.size()), *share_ = this->keep_scalars("share");
  std::vector<S> before_, clipped_;
};

}  // namespace

Rule trac(const TracOptions& options) {
  return wrapping_rule<Trac>("trac", options);
}

}  // namespace cairn::optim
