#pragma once

// How a rule is put together: a chain of small transforms, fused into one pass over memory. Private to optim's .cpp
// files (they are compiled so that std::sqrt vectorises); a rule's header shows only its options and a function.
//
// A transform is a struct with
//     static constexpr int slots;                      numbers it keeps for each parameter
//     static constexpr std::array<const char*, slots>  names of them, as a checkpoint stores them
//     template <class S> auto kernel(const Moment&, S* const* slot) const;
//     std::array<double, slots> initial() const;       only where they do not start at zero
// where the kernel maps (u, p, i), the update so far, the parameter and its index, to the new update. The optimizer
// then subtracts the chain's result: p -= u.

#include <array>
#include <tuple>

#include "optim/bound.h"

namespace cairn::optim {

/// u + decay p. In front of adaptive scaling this is L2 regularisation; behind it, decoupled weight decay.
struct AddDecayedWeights {
  double decay;
  static constexpr int slots = 0;
  static constexpr std::array<const char*, 0> names{};
  template <class S>
  auto kernel(const Moment&, S* const*) const {
    return [d = static_cast<S>(decay)](S u, S p, std::size_t) { return u + d * p; };
  }
};

/// η u, with the schedule's rate.
struct ScaleByLearningRate {
  static constexpr int slots = 0;
  static constexpr std::array<const char*, 0> names{};
  template <class S>
  auto kernel(const Moment& moment, S* const*) const {
    return [rate = static_cast<S>(moment.rate)](S u, S, std::size_t) { return rate * u; };
  }
};

/// A chain of transforms bound to a layout: one pass that reads and writes everything.
template <class S, class... Transform>
class FusedOptimizer final : public BoundOptimizer<S> {
 public:
  FusedOptimizer(const Layout& layout, Rule::Setting setting, double base_rate,
                 const std::tuple<Transform...>& transforms)
      : BoundOptimizer<S>(layout, std::move(setting), base_rate), transforms_(transforms) {
    std::size_t slot = 0;
    const auto add = [&](const auto& transform) {
      std::array<double, std::remove_cvref_t<decltype(transform)>::slots> initial{};
      if constexpr (requires { transform.initial(); }) initial = transform.initial();
      for (std::size_t k = 0; k < initial.size(); ++k) slots_[slot++] = this->keep(transform.names[k], initial[k]);
    };
    std::apply([&](const auto&... transform) { (add(transform), ...); }, transforms_);
  }

 private:
  static constexpr std::size_t total_slots = (0 + ... + Transform::slots);
  static constexpr std::size_t first_slot(std::size_t index) {
    constexpr std::array<std::size_t, sizeof...(Transform)> counts{std::size_t{Transform::slots}...};
    std::size_t first = 0;
    for (std::size_t k = 0; k < index; ++k) first += counts[k];
    return first;
  }

  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, double rate) override {
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      const auto first = static_cast<std::size_t>(blocks.front().offset);
      const auto end = static_cast<std::size_t>(blocks.back().offset + blocks.back().size());
      pass(parameters.data(), gradient, first, end, {clock, rate}, std::index_sequence_for<Transform...>{});
    });
  }

  template <std::size_t... I>
  void pass(S* p, const ClippedGradient<S>& g, std::size_t first, std::size_t end, const Moment& moment,
            std::index_sequence<I...>) {
    loop(p, g, first, end, std::get<I>(transforms_).template kernel<S>(moment, slots_.data() + first_slot(I))...);
  }

  // By value, so that the compiler sees that nothing the loop writes can change a kernel.
  template <class... Kernel>
  static void loop(S* p, ClippedGradient<S> g, std::size_t first, std::size_t end, Kernel... kernel) {
#pragma GCC ivdep
    for (std::size_t i = first; i < end; ++i) {
      S u = g[i];
      ((u = kernel(u, p[i], i)), ...);
      p[i] -= u;
    }
  }

  std::tuple<Transform...> transforms_;
  std::array<S*, total_slots + 1> slots_{};  // + 1: an array of none has no data()
};

/// The Rule of a chain.
template <class... Transform>
Rule chain(std::string description, double base_rate, Transform... transforms) {
  const auto parts = std::make_tuple(transforms...);
  const auto bind = [base_rate, parts]<class S>(std::type_identity<S>, const Layout& layout,
                                                const Rule::Setting& setting) -> std::unique_ptr<Optimizer<S>> {
    return std::make_unique<FusedOptimizer<S, Transform...>>(layout, setting, base_rate, parts);
  };
  return {std::move(description),
          [bind](const Layout& layout, const Rule::Setting& setting) {
            return bind(std::type_identity<float>{}, layout, setting);
          },
          [bind](const Layout& layout, const Rule::Setting& setting) {
            return bind(std::type_identity<double>{}, layout, setting);
          }};
}

}  // namespace cairn::optim
