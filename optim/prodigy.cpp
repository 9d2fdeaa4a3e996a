#include "optim/prodigy.h"

#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

template <class S>
class Prodigy final : public BoundOptimizer<S> {
 public:
  Prodigy(const Layout& layout, Rule::Binding binding, const ProdigyOptions& options)
      : BoundOptimizer<S>(layout, std::move(binding), options.lr), options_(options) {}

 private:
  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    const double d = *d_, rate = report.learning_rate * d;
    *alignment_ *= std::sqrt(options_.beta2);
    double length = 0;
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      const auto [first, end] = range(blocks);
      if (clock == 1) std::copy_n(parameters.data() + first, end - first, start_ + first);
      const auto [along, steps] = gather(parameters.data(), gradient, first, end, rate);
      *alignment_ += d / options_.d0 * rate * along;
      length += steps;
    });
    if (length > 0 && report.learning_rate > 0) *d_ = std::max(d, *alignment_ / length);
    this->for_each_run(
        [&](std::span<const Block> blocks, std::int64_t) {
          const auto [first, end] = range(blocks);
          const bool decays = options_.decay == Decay::all || this->is_weight(blocks.front());
          move(parameters.data(), first, end, rate, decays ? options_.weight_decay : 0);
        },
        options_.decay == Decay::weights);
  }

  static std::pair<std::size_t, std::size_t> range(std::span<const Block> blocks) {
    return {static_cast<std::size_t>(blocks.front().offset),
            static_cast<std::size_t>(blocks.back().offset + blocks.back().size())};
  }

  struct Sums {
    double along, steps;  // ⟨g, θ₀ - θ⟩ and ‖s‖₁
  };

  /// m, v and s of parameters [first, end), with d as it was.
  Sums gather(const S* p, ClippedGradient<S> gradient, std::size_t first, std::size_t end, double rate) {
    const double d = *d_;
    const S b1 = static_cast<S>(options_.beta1), c1 = static_cast<S>((1 - options_.beta1) * d);
    const S b2 = static_cast<S>(options_.beta2), c2 = static_cast<S>((1 - options_.beta2) * d * d);
    const S b3 = static_cast<S>(std::sqrt(options_.beta2)), c3 = static_cast<S>(d / options_.d0 * rate);
    S *const m = m_, *const v = v_, *const s = s_;
    const S* const start = start_;
    Sums sums{0, 0};
    while (first < end) {
      // Both sums in lanes that the compiler makes one register of, and every few thousand terms in double.
      S along[lanes]{}, steps[lanes]{};
      const auto add = [&](std::size_t i, std::size_t lane) {
        const S g = gradient[i];
        along[lane] += g * (start[i] - p[i]);
        m[i] = b1 * m[i] + c1 * g;
        v[i] = b2 * v[i] + c2 * g * g;
        s[i] = b3 * s[i] + c3 * g;
        steps[lane] += std::abs(s[i]);
      };
      const std::size_t last = std::min(first + run, end);
      for (; first + lanes <= last; first += lanes)
#pragma GCC ivdep
        for (std::size_t lane = 0; lane < lanes; ++lane) add(first + lane, lane);
      for (; first < last; ++first) add(first, 0);
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        sums.along += static_cast<double>(along[lane]);
        sums.steps += static_cast<double>(steps[lane]);
      }
    }
    return sums;
  }

  /// θ ← θ - rate (m / (√v + d eps) + weight_decay θ), with d renewed and the rate from before.
  void move(S* p, std::size_t first, std::size_t end, double rate, double weight_decay) const {
    const S eps = static_cast<S>(*d_ * options_.eps), step = static_cast<S>(rate);
    const S shrink = static_cast<S>(rate * weight_decay);
    const S *const m = m_, *const v = v_;
#pragma GCC ivdep
    for (std::size_t i = first; i < end; ++i) p[i] -= shrink * p[i] + step * m[i] / (std::sqrt(v[i]) + eps);
  }

  static constexpr std::size_t lanes = 16, run = 4096;

  ProdigyOptions options_;
  S *m_ = this->keep("m"), *v_ = this->keep("v"), *s_ = this->keep("s"), *start_ = this->keep("start");
  double* d_ = this->keep_scalars("d", options_.d0);
  double* alignment_ = this->keep_scalars("alignment");
};

}  // namespace

Rule prodigy(const ProdigyOptions& options) {
  return bound_rule<Prodigy>(describe("prodigy", options), options);
}

}  // namespace cairn::optim
