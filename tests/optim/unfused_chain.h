#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "optim/chain.h"

namespace cairn::optim {

/// A chain without fusion: the clip, each transform, the reduction and the subtraction in passes of their own.
/// `Reduction`: of a chain without one, std::monostate.
template <class S, class Before, class Reduction, class After>
class UnfusedOptimizer;
template <class S, class... Before, class Reduction, class... After>
class UnfusedOptimizer<S, std::tuple<Before...>, Reduction, std::tuple<After...>> final : public BoundOptimizer<S> {
 public:
  UnfusedOptimizer(const Layout& layout, Rule::Binding binding, double base_rate, const std::tuple<Before...>& before,
                   Reduction reduction, const std::tuple<After...>& after)
      : BoundOptimizer<S>(layout, std::move(binding), base_rate),
        before_(before, [this](const char* name, double initial) { return this->keep(name, initial); }),
        reduction_(reduction),
        after_(after, [this](const char* name, double initial) { return this->keep(name, initial); }),
        u_(this->size()),
        clipped_(this->size()) {}

 private:
  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    const bool apart = before_.tells_weights_apart() || after_.tells_weights_apart();
    for (std::size_t i = 0; i < u_.size(); ++i) u_[i] = clipped_[i] = gradient[i];
    this->for_each_run(
        [&](std::span<const Block> blocks, std::int64_t clock) {
          const Instant instant{clock, report.learning_rate, !apart || this->is_weight(blocks.front())};
          const auto first = static_cast<std::size_t>(blocks.front().offset);
          const auto end = static_cast<std::size_t>(blocks.back().offset + blocks.back().size());
          const auto each = [&](auto... kernel) { (apply(kernel, parameters.data(), first, end), ...); };
          before_.bind(instant, each);
          if constexpr (!std::same_as<Reduction, std::monostate>)
            for (const Block& block : blocks) reduce(block, parameters);
          after_.bind(instant, each);
        },
        apart);
    for (std::size_t i = 0; i < u_.size(); ++i) parameters[i] -= u_[i];
  }

  template <class Kernel>
  void apply(Kernel kernel, const S* p, std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) u_[i] = kernel(u_[i], p[i], i);
  }
  void reduce(const Block& block, std::span<const S> parameters) {
    const auto first = static_cast<std::size_t>(block.offset), size = static_cast<std::size_t>(block.size());
    const ClippedGradient<S> g{clipped_.data() + first};
    const auto reduced =
        reduction_.template kernel<S>(std::span<const S>(u_).subspan(first, size), parameters.subspan(first, size), g);
    for (std::size_t i = 0; i < size; ++i) u_[first + i] = reduced(u_[first + i], g[i]);
  }

  Chain<S, Before...> before_;
  Reduction reduction_;
  Chain<S, After...> after_;
  std::vector<S> u_, clipped_;
};

/// The chains that rules were made of, unfused, by the rule's description.
inline std::map<std::string, Rule>& unfused() {
  static std::map<std::string, Rule> rules;
  return rules;
}

template <class Before, class Reduction, class After>
void record(const std::string& description, double base_rate, Before before, Reduction reduction, After after) {
  unfused()[description] = rule_made_by(
      description, [=]<class S>(std::type_identity<S>, const Layout& layout, const Rule::Binding& binding) {
        return std::make_unique<UnfusedOptimizer<S, Before, Reduction, After>>(layout, binding, base_rate, before,
                                                                               reduction, after);
      });
}

// What chain.h has of these names, which also remembers the transforms.
template <class... Transform>
Rule recorded_chain(const std::string& description, double base_rate, Transform... transforms) {
  record(description, base_rate, std::make_tuple(transforms...), std::monostate(), std::tuple<>());
  return chain(description, base_rate, transforms...);
}
template <class Before, class Reduction, class After>
Rule recorded_reduced_chain(const std::string& description, double base_rate, Before before, Reduction reduction,
                            After after) {
  record(description, base_rate, before, reduction, after);
  return reduced_chain(description, base_rate, before, reduction, after);
}
template <class Scaling>
Rule recorded_decoupled_chain(const std::string& description, double base_rate, Scaling scaling,
                              AddDecayedWeights decay, bool cautious) {
  if (cautious)
    record(description, base_rate, std::make_tuple(scaling), Cautious{}, std::make_tuple(decay, ScaleByLearningRate{}));
  else
    record(description, base_rate, std::make_tuple(scaling, decay, ScaleByLearningRate{}), std::monostate(),
           std::tuple<>());
  return decoupled_chain(description, base_rate, scaling, decay, cautious);
}

}  // namespace cairn::optim
