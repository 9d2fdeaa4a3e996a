#include "optim/l2_init.h"

#include "optim/wrapper.h"

namespace cairn::optim {

namespace {

template <class S>
class L2Init final : public Wrapper<S> {
 public:
  L2Init(const Layout& layout, const Rule::Binding& binding, const L2InitOptions& options)
      : Wrapper<S>(layout, binding, options.rule), options_(options), pulled_(this->size()) {}

  StepReport step(std::span<S> parameters, std::span<const S> gradient) override {
    if (parameters.size() != pulled_.size() || gradient.size() != pulled_.size())
      return this->inner_.step(parameters, gradient);  // which says what is wrong
    const bool first = *known_ == 0;
    if (first) std::ranges::copy(parameters, start_);
    for (const Block& block : this->layout().blocks) {
      const bool pulls = options_.decay == Decay::all || this->is_weight(block);
      const S strength = static_cast<S>(pulls ? options_.strength : 0);
      const auto begin = static_cast<std::size_t>(block.offset);
      for (std::size_t i = begin; i < begin + static_cast<std::size_t>(block.size()); ++i)
        pulled_[i] = gradient[i] + strength * (parameters[i] - start_[i]);
    }
    const StepReport report = this->inner_.step(parameters, pulled_);
    if (first && !report.applied) std::fill_n(start_, parameters.size(), S(0));  // as if it had never been
    if (first && report.applied) *known_ = 1;
    return report;
  }

  // θ₀ stays: a new problem is no reason to forget where the network was able to learn.
  void reset() override { this->inner_.reset(); }
  void reset(const Block& block) override { this->inner_.reset(block); }

 private:
  void update(std::span<S>, const ClippedGradient<S>&, StepReport&) override {}

  L2InitOptions options_;
  S* start_ = this->keep("start");
  std::int64_t* known_ = this->keep_counter();
  std::vector<S> pulled_;
};

}  // namespace

Rule l2_init(const L2InitOptions& options) {
  return wrapping_rule<L2Init>("l2_init", options);
}

}  // namespace cairn::optim
