#include "optim/obgd.h"

#include "optim/bound.h"
#include "optim/error_step.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

template <class S>
class Obgd final : public BoundOptimizer<S>, public ErrorStep<S> {
 public:
  Obgd(const Layout& layout, Rule::Binding binding, const ObgdOptions& options)
      : BoundOptimizer<S>(layout, std::move(binding), options.lr), options_(options) {}

  void end_traces() override { std::fill_n(traces_, this->size(), S(0)); }

 private:
  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    const double rate = report.learning_rate;
    for (const bool policy : {true, false}) {
      const double kappa = policy ? options_.policy_kappa : options_.kappa;
      const S keep = static_cast<S>(this->keep_);
      double length = 0;  // ‖z‖₁
      for_each(policy, [&](std::size_t i) {
        traces_[i] = keep * traces_[i] + gradient[i];
        length += std::abs(static_cast<double>(traces_[i]));
      });
      const double overshoot = rate * kappa * std::max(std::abs(this->error_), 1.0) * length;
      const double bounded = rate / std::max(1.0, overshoot);
      const S along = static_cast<S>(bounded) * static_cast<S>(this->error_);
      for_each(policy, [&](std::size_t i) { parameters[i] -= along * traces_[i]; });
      if (length > 0) report.learning_rate = bounded;
    }
  }

  template <class F>
  void for_each(bool policy, F&& f) const {
    for (const Block& block : this->layout().blocks) {
      if (block.has_tag(policy_tag) != policy) continue;
      const auto first = static_cast<std::size_t>(block.offset), size = static_cast<std::size_t>(block.size());
      for (std::size_t i = first; i < first + size; ++i) f(i);
    }
  }

  ObgdOptions options_;
  S* traces_ = this->keep("trace");
};

}  // namespace

Rule obgd(const ObgdOptions& options) {
  return bound_rule<Obgd>(describe("obgd", options), options);
}

}  // namespace cairn::optim
