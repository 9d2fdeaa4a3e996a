#include "optim/schedule_free.h"

#include "optim/bias_correction.h"
#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

/// What both rules are made of.
struct Averaging {
  double lr, beta;
  double warmup, r, weight_lr_power;
  AddDecayedWeights decay;
};

struct PlainDirection {
  static constexpr int slots = 0;
  static constexpr std::array<const char*, 0> names{};
  template <class S>
  auto kernel(const Instant&, S* const*) const {
    return [](S u, S, std::size_t) { return u; };
  }
};

/// g / (√v̂ + eps)
struct RootMeanSquareDirection {
  double beta2, eps;
  static constexpr int slots = 1;
  static constexpr std::array<const char*, 1> names{"v"};
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const double root = 1 / std::sqrt(bias_correction(beta2, instant.clock));
    return [v = slot[0], b2 = static_cast<S>(beta2), c2 = static_cast<S>(1 - beta2), r2 = static_cast<S>(root),
            added = static_cast<S>(eps)](S u, S, std::size_t i) {
      v[i] = b2 * v[i] + c2 * u * u;
      return u / (r2 * std::sqrt(v[i]) + added);
    };
  }
};

template <class S, class Direction>
class ScheduleFree final : public BoundOptimizer<S> {
 public:
  ScheduleFree(const Layout& layout, Rule::Binding binding, const Averaging& averaging, Direction direction)
      : BoundOptimizer<S>(layout, std::move(binding), averaging.lr),
        averaging_(averaging),
        z_(this->keep("z")),
        direction_(std::make_tuple(direction, averaging.decay),
                   [this](const char* name, double initial) { return this->keep(name, initial); }) {}

  // x = (y - (1 - β) z) / β
  void evaluation_point(std::span<const S> parameters, std::span<S> out) const override {
    const S own = static_cast<S>(1 / averaging_.beta);
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      const auto [first, end] = stretch(blocks);
      for (std::size_t i = first; i < end; ++i)
        out[i] = clock == 0 ? parameters[i] : z_[i] + own * (parameters[i] - z_[i]);
    });
  }

 private:
  static std::pair<std::size_t, std::size_t> stretch(std::span<const Block> blocks) {
    return {static_cast<std::size_t>(blocks.front().offset),
            static_cast<std::size_t>(blocks.back().offset + blocks.back().size())};
  }

  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    const double t = ++*steps_;
    const double rate = report.learning_rate * std::min(1.0, t / std::max(averaging_.warmup, 1.0));
    *largest_rate_ = std::max(*largest_rate_, rate);
    const double weight = std::pow(t, averaging_.r) * std::pow(*largest_rate_, averaging_.weight_lr_power);
    *weights_ += weight;
    const double c = *weights_ > 0 ? weight / *weights_ : 0;

    const bool apart = direction_.tells_weights_apart();
    this->for_each_run(
        [&](std::span<const Block> blocks, std::int64_t clock) {
          const auto [first, end] = stretch(blocks);
          if (clock == 1) std::copy_n(parameters.data() + first, end - first, z_ + first);  // x = y = z
          direction_.bind({clock, rate, !apart || this->is_weight(blocks.front())},
                          [&, begin = first, last = end](auto... kernel) {
                            pass(parameters.data(), z_, gradient, begin, last, rate, c, kernel...);
                          });
        },
        apart);
  }

  // x = (1 - c) x + c z' and y = β x + (1 - β) z' with z' = z - η d come to
  //     y ← (1 - c) y + c z - η (1 - β (1 - c)) d,  z ← z - η d.
  template <class... Kernel>
  void pass(S* y, S* z, ClippedGradient<S> g, std::size_t first, std::size_t end, double rate, double c,
            Kernel... kernel) const {
    const S share = static_cast<S>(c), fast = static_cast<S>(rate),
            slow = static_cast<S>(rate * (1 - averaging_.beta * (1 - c)));
#pragma GCC ivdep
    for (std::size_t i = first; i < end; ++i) {
      S d = g[i];
      ((d = kernel(d, y[i], i)), ...);
      y[i] += share * (z[i] - y[i]) - slow * d;
      z[i] -= fast * d;
    }
  }

  Averaging averaging_;
  S* z_;
  Chain<S, Direction, AddDecayedWeights> direction_;
  double *steps_ = this->keep_scalars("steps"), *weights_ = this->keep_scalars("weights"),
         *largest_rate_ = this->keep_scalars("largest_rate");
};

template <class Direction>
Rule schedule_free(std::string description, const Averaging& averaging, Direction direction) {
  return rule_made_by(std::move(description),
                      [=]<class S>(std::type_identity<S>, const Layout& layout, const Rule::Binding& binding) {
                        return std::make_unique<ScheduleFree<S, Direction>>(layout, binding, averaging, direction);
                      });
}

}  // namespace

Rule schedule_free_adamw(const ScheduleFreeAdamWOptions& options) {
  return schedule_free(describe("schedule_free_adamw", options),
                       {options.lr,
                        options.beta1,
                        static_cast<double>(options.warmup),
                        options.r,
                        options.weight_lr_power,
                        {options.weight_decay, options.decay}},
                       RootMeanSquareDirection{options.beta2, options.eps});
}

Rule schedule_free_sgd(const ScheduleFreeSgdOptions& options) {
  return schedule_free(describe("schedule_free_sgd", options),
                       {options.lr,
                        options.beta,
                        static_cast<double>(options.warmup),
                        options.r,
                        options.weight_lr_power,
                        {options.weight_decay, options.decay}},
                       PlainDirection{});
}

}  // namespace cairn::optim
