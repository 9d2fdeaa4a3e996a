#pragma once

// How an elementwise rule is put together: a chain of small transforms, fused into one pass over memory. For .cpp files
// alone, compiled with -fno-math-errno -fno-trapping-math, as optim's own are, so that std::sqrt vectorises; a rule's
// header shows only its options and a function.
//
// A transform is a struct with
//
//     static constexpr int slots;                      numbers it keeps for each parameter
//     static constexpr std::array<const char*, slots>  names of them, as a checkpoint stores them
//     template <class S> auto kernel(const Instant&, S* const* slot) const;
//     std::array<double, slots> initial() const;       only where they do not start at zero
//
// where the kernel maps (u, p, i), the update so far, the parameter and its index, to the new update. The optimizer
// then subtracts the chain's result: p -= u.

#include <array>
#include <tuple>
#include <utility>

#include "optim/bound.h"
#include "optim/decay.h"
#include "optim/divided_step.h"

namespace cairn::optim {

/// When and where in the run a step happens.
struct Instant {
  std::int64_t clock;   ///< steps since the clock was restarted, 1 at the first: what bias correction counts
  double rate;          ///< learning rate of this step
  bool weights = true;  ///< whether it is of blocks tagged `weight`; true where nothing in the chain asks
};

/// u + decay p. In front of adaptive scaling this is L2 regularisation; behind it, decoupled weight decay.
struct AddDecayedWeights {
  double decay;              ///< share of the parameter that is added
  Decay which = Decay::all;  ///< of all parameters, or of weights alone
  static constexpr int slots = 0;
  static constexpr std::array<const char*, 0> names{};
  template <class S>
  auto kernel(const Instant& instant, S* const*) const {
    return [d = static_cast<S>(instant.weights ? decay : 0)](S u, S p, std::size_t) { return u + d * p; };
  }
};

/// η u, with the schedule's rate.
struct ScaleByLearningRate {
  static constexpr int slots = 0;
  static constexpr std::array<const char*, 0> names{};
  template <class S>
  auto kernel(const Instant& instant, S* const*) const {
    return [rate = static_cast<S>(instant.rate)](S u, S, std::size_t) { return rate * u; };
  }
};

/// Transforms with the arrays that they keep in an optimizer.
template <class S, class... Transform>
class Chain {
 public:
  /// `keep(name, initial)` returns an array of one number for each parameter.
  template <class Keep>
  Chain(std::tuple<Transform...> transforms, Keep&& keep) : transforms_(std::move(transforms)) {
    std::size_t slot = 0;
    const auto add = [&](const auto& transform) {
      std::array<double, std::remove_cvref_t<decltype(transform)>::slots> initial{};
      if constexpr (requires { transform.initial(); }) initial = transform.initial();
      for (std::size_t k = 0; k < initial.size(); ++k) slots_[slot++] = keep(transform.names[k], initial[k]);
      if constexpr (requires { transform.which; }) tells_weights_apart_ |= transform.which == Decay::weights;
    };
    std::apply([&](const auto&... transform) { (add(transform), ...); }, transforms_);
  }

  /// Whether a transform treats weights unlike other parameters.
  bool tells_weights_apart() const { return tells_weights_apart_; }

  /// Calls f(kernel...) with the kernels of an instant.
  template <class F>
  void bind(const Instant& instant, F&& f) const {
    bind(instant, f, std::index_sequence_for<Transform...>{});
  }

 private:
  static constexpr std::size_t first_slot(std::size_t index) {
    constexpr std::array<std::size_t, sizeof...(Transform)> counts{std::size_t{Transform::slots}...};
    std::size_t first = 0;
    for (std::size_t k = 0; k < index; ++k) first += counts[k];
    return first;
  }
  template <class F, std::size_t... I>
  void bind(const Instant& instant, F& f, std::index_sequence<I...>) const {
    f(std::get<I>(transforms_).template kernel<S>(instant, slots_.data() + first_slot(I))...);
  }

  std::tuple<Transform...> transforms_;
  std::array<S*, (1 + ... + Transform::slots)> slots_{};  // 1 +: an array of none has no data()
  bool tells_weights_apart_ = false;
};

/// A chain bound to a layout: one pass that reads and writes everything.
template <class S, class... Transform>
class FusedOptimizer final : public BoundOptimizer<S>, public DividedStep<S> {
 public:
  /// `base_rate`: the rate that the schedule multiplies.
  FusedOptimizer(const Layout& layout, Rule::Binding binding, double base_rate,
                 const std::tuple<Transform...>& transforms)
      : BoundOptimizer<S>(layout, std::move(binding), base_rate),
        chain_(transforms, [this](const char* name, double initial) { return this->keep(name, initial); }) {}

  StepReport begin_step(std::span<S> parameters, std::span<const S> gradient) override {
    begun_ = {};
    return this->counted_step(parameters, gradient, [&](const ClippedGradient<S>& clipped, const StepReport& report) {
      begun_ = {parameters.data(), clipped, report.learning_rate};
    });
  }

  void move(std::size_t first, std::size_t end) override {
    const FlushSubnormals flush;
    if (begun_.parameters) move(begun_, first, end);
  }

 private:
  /// What the passes of a step take.
  struct Step {
    S* parameters = nullptr;
    ClippedGradient<S> gradient{};
    double rate = 0;
  };

  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    move({parameters.data(), gradient, report.learning_rate}, 0, parameters.size());
  }

  void move(const Step& step, std::size_t from, std::size_t to) {
    const bool apart = chain_.tells_weights_apart();
    this->for_each_run(
        [&](std::span<const Block> blocks, std::int64_t clock) {
          const Instant instant{clock, step.rate, !apart || this->is_weight(blocks.front())};
          const auto first = std::max(from, static_cast<std::size_t>(blocks.front().offset));
          const auto end = std::min(to, static_cast<std::size_t>(blocks.back().offset + blocks.back().size()));
          chain_.bind(instant, [&](auto... kernel) { pass(step.parameters, step.gradient, first, end, kernel...); });
        },
        apart);
  }

  // By value, so that the compiler sees that nothing the loop writes can change a kernel.
  template <class... Kernel>
  static void pass(S* p, ClippedGradient<S> g, std::size_t first, std::size_t end, Kernel... kernel) {
#pragma GCC ivdep
    for (std::size_t i = first; i < end; ++i) {
      S u = g[i];
      ((u = kernel(u, p[i], i)), ...);
      p[i] -= u;
    }
  }

  Step begun_;
  Chain<S, Transform...> chain_;
};

/// A chain with a reduction over the update in its midst. Block by block: what stands before the reduction goes to
/// scratch, the reduction looks at it, and a second pass does the rest. A reduction is a struct with
///
///     template <class S> auto kernel(std::span<const S> u, std::span<const S> p, const ClippedGradient<S>& g) const;
///
/// over one block, where the kernel maps (u, g) to the new update.
template <class S, class Before, class Reduction, class After>
class ReducedOptimizer;
/// The only form there is.
template <class S, class... Before, class Reduction, class... After>
class ReducedOptimizer<S, std::tuple<Before...>, Reduction, std::tuple<After...>> final : public BoundOptimizer<S> {
 public:
  /// `base_rate`: the rate that the schedule multiplies.
  ReducedOptimizer(const Layout& layout, Rule::Binding binding, double base_rate, const std::tuple<Before...>& before,
                   Reduction reduction, const std::tuple<After...>& after)
      : BoundOptimizer<S>(layout, std::move(binding), base_rate),
        before_(before, [this](const char* name, double initial) { return this->keep(name, initial); }),
        reduction_(reduction),
        after_(after, [this](const char* name, double initial) { return this->keep(name, initial); }) {
    Eigen::Index largest = 0;
    for (const Block& block : layout.blocks) largest = std::max(largest, block.size());
    scratch_.resize(static_cast<std::size_t>(largest));
  }

 private:
  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    const bool apart = before_.tells_weights_apart() || after_.tells_weights_apart();
    this->for_each_run(
        [&](std::span<const Block> blocks, std::int64_t clock) {
          const Instant instant{clock, report.learning_rate, !apart || this->is_weight(blocks.front())};
          for (const Block& block : blocks) update(block, parameters, gradient, instant);
        },
        apart);
  }

  void update(const Block& block, std::span<S> parameters, const ClippedGradient<S>& gradient, const Instant& instant) {
    const auto first = static_cast<std::size_t>(block.offset), size = static_cast<std::size_t>(block.size());
    const auto p = parameters.subspan(first, size);
    const ClippedGradient<S> g{gradient.raw + first, gradient.factor, gradient.limit};
    before_.bind(instant, [&](auto... kernel) { fill(scratch_.data(), p.data(), g, first, size, kernel...); });
    const auto reduced = reduction_.template kernel<S>({scratch_.data(), size}, p, g);
    after_.bind(instant, [&](auto... kernel) { apply(p.data(), scratch_.data(), g, first, size, reduced, kernel...); });
  }

  template <class... Kernel>
  static void fill(S* out, const S* p, ClippedGradient<S> g, std::size_t first, std::size_t size, Kernel... kernel) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < size; ++i) {
      S u = g[i];
      ((u = kernel(u, p[i], first + i)), ...);
      out[i] = u;
    }
  }
  template <class Reduced, class... Kernel>
  static void apply(S* p, const S* updates, ClippedGradient<S> g, std::size_t first, std::size_t size, Reduced reduced,
                    Kernel... kernel) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < size; ++i) {
      S u = reduced(updates[i], g[i]);
      ((u = kernel(u, p[i], first + i)), ...);
      p[i] -= u;
    }
  }

  Chain<S, Before...> before_;
  Reduction reduction_;
  Chain<S, After...> after_;
  LargeVector<S> scratch_;
};

/// Cautious updates (Liang et al. 2024): components that the gradient disagrees with are left out, and the others made
/// longer by the share that is left, at most a thousandfold. Per block, as in the authors' code.
struct Cautious {
  /// The kernel for a block whose update is `u`.
  template <class S>
  auto kernel(std::span<const S> u, std::span<const S>, const ClippedGradient<S>& g) const {
    std::size_t agreed = 0;
    for (std::size_t i = 0; i < u.size(); ++i) agreed += u[i] * g[i] > 0 ? 1 : 0;
    const double share = static_cast<double>(agreed) / static_cast<double>(u.size());
    return [longer = static_cast<S>(1 / std::max(share, 1e-3))](S own, S gradient) {
      return own * gradient > 0 ? longer * own : S(0);
    };
  }
};

/// The Rule of a chain.
template <class... Transform>
Rule chain(std::string description, double base_rate, Transform... transforms) {
  return rule_made_by(std::move(description),
                      [base_rate, parts = std::make_tuple(transforms...)]<class S>(
                          std::type_identity<S>, const Layout& layout, const Rule::Binding& binding) {
                        return std::make_unique<FusedOptimizer<S, Transform...>>(layout, binding, base_rate, parts);
                      });
}

/// The Rule of `before`, a reduction over the update, and `after` (both std::make_tuple(transform...)).
template <class Before, class Reduction, class After>
Rule reduced_chain(std::string description, double base_rate, Before before, Reduction reduction, After after) {
  return rule_made_by(std::move(description),
                      [=]<class S>(std::type_identity<S>, const Layout& layout, const Rule::Binding& binding) {
                        return std::make_unique<ReducedOptimizer<S, Before, Reduction, After>>(
                            layout, binding, base_rate, before, reduction, after);
                      });
}

/// The Rule of scaling, then decoupled decay, then the rate, the scaling cautious or not.
template <class Scaling>
Rule decoupled_chain(const std::string& description, double base_rate, Scaling scaling, AddDecayedWeights decay,
                     bool cautious) {
  if (cautious)
    return reduced_chain(description, base_rate, std::make_tuple(scaling), Cautious{},
                         std::make_tuple(decay, ScaleByLearningRate{}));
  return chain(description, base_rate, scaling, decay, ScaleByLearningRate{});
}

}  // namespace cairn::optim
