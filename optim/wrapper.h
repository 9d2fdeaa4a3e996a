#pragma once

// Rules around another rule. Private to optim's .cpp files.

#include "optim/bound.h"
#include "optim/options.h"

namespace cairn::optim {

/// The Rule of a wrapper, `Bound<S>(layout, binding, options)`, whose options hold the inner rule as `rule`. It takes
/// over that rule's schedule and clip, and finds them in its binding.
template <template <class> class Bound, class Options>
Rule wrapping_rule(const char* name, Options options) {
  const Rule inner = options.rule;
  if (inner.empty()) throw std::invalid_argument(std::string(name) + ": there is no rule to wrap.");
  options.rule = inner.bare();
  return bound_rule<Bound>(describe(name, options), options).with_schedule(inner.schedule()).with_clip(inner.clip());
}

/// What a wrapper keeps of its binding when the inner rule clips.
inline Rule::Binding without_clip(Rule::Binding binding) {
  binding.clip = Clip();
  return binding;
}

/// A wrapper that leaves counting, clipping and the rate to the inner optimizer.
template <class S>
class Wrapper : public BoundOptimizer<S> {
 public:
  /// `rule`: the inner one, without schedule and clip, which `binding` holds.
  Wrapper(const Layout& layout, const Rule::Binding& binding, const Rule& rule)
      : BoundOptimizer<S>(layout, without_clip(binding), 0),
        inner_(this->adopt(
            "rule",
            rule.with_schedule(binding.schedule).with_clip(binding.clip).template bind<S>(layout, binding.horizon))) {}

  std::int64_t updates() const override { return inner_.updates(); }
  std::int64_t skipped() const override { return BoundOptimizer<S>::skipped() + inner_.skipped(); }
  void evaluation_point(std::span<const S> parameters, std::span<S> out) const override {
    inner_.evaluation_point(parameters, out);
  }

 protected:
  Optimizer<S>& inner_;  ///< the inner rule, bound to the whole layout
};

}  // namespace cairn::optim
