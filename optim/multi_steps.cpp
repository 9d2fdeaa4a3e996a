#include "optim/multi_steps.h"

#include "optim/wrapper.h"

namespace cairn::optim {

namespace {

Rule::Binding shortened(Rule::Binding binding, std::int64_t k) {
  binding.horizon.updates /= k;
  return binding;
}

template <class S>
class MultiSteps final : public Wrapper<S> {
 public:
  MultiSteps(const Layout& layout, const Rule::Binding& binding, const MultiStepsOptions& options)
      : Wrapper<S>(layout, shortened(binding, options.k), options.rule), k_(options.k) {}

  StepReport step(std::span<S> parameters, std::span<const S> gradient) override {
    return this->attempt(parameters, gradient, [&](const ClippedGradient<S>&, StepReport& report) {
      for (std::size_t i = 0; i < gradient.size(); ++i) sum_[i] += gradient[i];
      if (++*held_ < k_) {
        report.accumulated = true;
        report.learning_rate = *rate_;
        return;
      }
      const S share = 1 / static_cast<S>(k_);
      for (std::size_t i = 0; i < gradient.size(); ++i) sum_[i] *= share;
      report = this->inner_.step(parameters, {sum_, gradient.size()});
      *rate_ = report.learning_rate;
      *held_ = 0;
      std::fill_n(sum_, gradient.size(), S(0));
    });
  }

  void reset() override {
    Wrapper<S>::reset();
    *held_ = 0;
  }

 private:
  void update(std::span<S>, const ClippedGradient<S>&, StepReport&) override {}

  std::int64_t k_;
  S* sum_ = this->keep("sum");
  std::int64_t* held_ = this->keep_counter();
  double* rate_ = this->keep_scalars("rate");  // of the last step, for reports between
};

}  // namespace

Rule multi_steps(const MultiStepsOptions& options) {
  return wrapping_rule<MultiSteps>("multi_steps", options);
}

}  // namespace cairn::optim
