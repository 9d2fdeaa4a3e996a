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

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

#include "optim/optimizer.h"

namespace cairn::optim {

/// When in the run a step happens.
struct Moment {
  std::int64_t clock;  ///< steps since the clock was restarted, 1 at the first: what bias correction counts
  double rate;         ///< learning rate of this step
};

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

/// A chain of transforms bound to a layout. Order of a step: one reduction over the gradient (finite? how long?), which
/// gives the clip's run-time factor; then one pass that reads and writes everything.
template <class S, class... Transform>
class FusedOptimizer final : public Optimizer<S> {
 public:
  FusedOptimizer(const Layout& layout, Rule::Setting setting, double base_rate, std::tuple<Transform...> transforms)
      : size_(static_cast<std::size_t>(layout.size)),
        setting_(std::move(setting)),
        base_rate_(base_rate),
        transforms_(std::move(transforms)),
        state_(size_ * total_slots) {
    FusedOptimizer::reset();
  }

  StepReport step(std::span<S> parameters, std::span<const S> gradient) override {
    if (parameters.size() != size_ || gradient.size() != size_)
      throw std::invalid_argument("The optimizer was bound to " + std::to_string(size_) + " parameters, not " +
                                  std::to_string(parameters.size()) + " with " + std::to_string(gradient.size()) +
                                  " gradients.");
    StepReport report;
    report.gradient_norm = std::sqrt(sum_of_squares(gradient));
    report.applied = std::isfinite(report.gradient_norm);
    if (!report.applied) return report;

    double factor = 1;
    if (setting_.clip.kind == Clip::Kind::global_norm)
      factor = std::min(1.0, setting_.clip.limit / (report.gradient_norm + 1e-6));
    report.clipped_norm = factor * report.gradient_norm;
    report.learning_rate = rate_factor_ * setting_.schedule(updates_, base_rate_, setting_.horizon);
    ++updates_;
    ++clock_;
    pass(parameters.data(), gradient.data(), static_cast<S>(factor), {clock_, report.learning_rate},
         std::index_sequence_for<Transform...>{});
    return report;
  }

  std::int64_t updates() const override { return updates_; }
  std::vector<StateArray<S>> arrays() override {
    std::vector<StateArray<S>> arrays;
    std::size_t slot = 0;
    std::apply(
        [&](const auto&... transform) {
          const auto add = [&](const auto& names) {
            for (const char* name : names) arrays.push_back({name, {state_.data() + size_ * slot++, size_}});
          };
          (add(transform.names), ...);
        },
        transforms_);
    return arrays;
  }
  std::vector<std::int64_t> counters() const override { return {updates_, clock_}; }
  void set_counters(std::span<const std::int64_t> counters) override {
    if (counters.size() != 2) throw std::invalid_argument("An optimizer of one part has 2 counters.");
    updates_ = counters[0];
    clock_ = counters[1];
  }
  std::string description() const override { return setting_.description; }

  void reset() override {
    clear(0, size_);
    updates_ = clock_ = 0;
  }
  void reset(const Block& block) override {
    clear(static_cast<std::size_t>(block.offset), static_cast<std::size_t>(block.size()));
  }
  void restart_clock() override { clock_ = 0; }
  void evaluation_point(std::span<const S> parameters, std::span<S> out) const override {
    std::ranges::copy(parameters, out.begin());
  }
  void set_rate_factor(double factor) override { rate_factor_ = factor; }

 private:
  static constexpr std::size_t total_slots = (0 + ... + Transform::slots);

  void clear(std::size_t first, std::size_t count) {
    std::size_t slot = 0;
    const auto fill = [&](const auto& transform) {
      std::array<double, std::remove_cvref_t<decltype(transform)>::slots> values{};
      if constexpr (requires { transform.initial(); }) values = transform.initial();
      for (const double value : values)
        std::fill_n(state_.data() + size_ * slot++ + first, count, static_cast<S>(value));
    };
    std::apply([&](const auto&... transform) { (fill(transform), ...); }, transforms_);
  }

  // Runs are summed in the gradient's own precision, which vectorises, and the runs' sums in double, in a fixed order.
  static double sum_of_squares(std::span<const S> gradient) {
    constexpr std::size_t run = 4096;
    double total = 0;
    for (std::size_t first = 0; first < gradient.size(); first += run) {
      const auto count = static_cast<Eigen::Index>(std::min(run, gradient.size() - first));
      const Eigen::Map<const Eigen::Array<S, Eigen::Dynamic, 1>> part(gradient.data() + first, count);
      total += static_cast<double>(part.square().sum());
    }
    return total;
  }

  template <std::size_t... I>
  void pass(S* p, const S* g, S factor, const Moment& moment, std::index_sequence<I...>) {
    std::array<S*, total_slots + 1> slot{};
    for (std::size_t k = 0; k < total_slots; ++k) slot[k] = state_.data() + size_ * k;
    constexpr auto first_slot = [](std::size_t index) {
      constexpr std::array<int, sizeof...(Transform)> counts{Transform::slots...};
      int first = 0;
      for (std::size_t k = 0; k < index; ++k) first += counts[k];
      return first;
    };
    const S limit =
        setting_.clip.kind == Clip::Kind::value ? static_cast<S>(setting_.clip.limit) : std::numeric_limits<S>::max();
    loop(p, g, size_, factor, limit,
         std::get<I>(transforms_).template kernel<S>(moment, slot.data() + first_slot(I))...);
  }

  // By value, so that the compiler sees that nothing the loop writes can change a kernel. The clamp is written as one
  // minimum and one maximum, each of which is a machine instruction.
  template <class... Kernel>
  static void loop(S* p, const S* g, std::size_t size, S factor, S limit, Kernel... kernel) {
#pragma GCC ivdep
    for (std::size_t i = 0; i < size; ++i) {
      S u = g[i] * factor;
      u = u < limit ? u : limit;
      u = u > -limit ? u : -limit;
      ((u = kernel(u, p[i], i)), ...);
      p[i] -= u;
    }
  }

  std::size_t size_;
  Rule::Setting setting_;
  double base_rate_;
  std::tuple<Transform...> transforms_;
  std::vector<S> state_;  // slots one behind the other, `size_` numbers each
  std::int64_t updates_ = 0, clock_ = 0;
  double rate_factor_ = 1;
};

/// The Rule of a chain.
template <class... Transform>
Rule chain(std::string description, double base_rate, Transform... transforms) {
  const auto parts = std::make_tuple(transforms...);
  const auto bind = [base_rate, parts]<class S>(std::type_identity<S>, const Layout& layout,
                                                const Rule::Setting& setting) {
    return std::make_unique<FusedOptimizer<S, Transform...>>(layout, setting, base_rate, parts);
  };
  return {std::move(description),
          [bind](const Layout& layout, const Rule::Setting& setting) -> std::unique_ptr<Optimizer<float>> {
            return bind(std::type_identity<float>{}, layout, setting);
          },
          [bind](const Layout& layout, const Rule::Setting& setting) -> std::unique_ptr<Optimizer<double>> {
            return bind(std::type_identity<double>{}, layout, setting);
          }};
}

}  // namespace cairn::optim
