#pragma once

// What all bound rules have in common, once: the checks of a step, its clip, its rate, its counters and the named
// arrays of its state. Private to optim's .cpp files. A rule derives from BoundOptimizer, asks in its constructor for
// the arrays it keeps, and says in `update` how the parameters move; chain.h does so for everything elementwise.

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "optim/clipping.h"
#include "optim/flush_subnormals.h"
#include "optim/large_vector.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// What all rules share once they are bound: checks, clip, rate, counters and named state. A rule derives from it and
/// defines `update`.
template <class S>
class BoundOptimizer : public Optimizer<S> {
 public:
  /// `base_rate`: the rate that the schedule multiplies.
  BoundOptimizer(const Layout& layout, Rule::Binding binding, double base_rate);

  StepReport step(std::span<S> parameters, std::span<const S> gradient) override;
  StepReport step_part(std::string_view tag, std::span<S> parameters, std::span<const S> gradient) override;

  std::int64_t updates() const override { return updates_; }
  std::int64_t skipped() const override { return skipped_; }
  const Layout& layout() const override { return layout_; }
  std::vector<StateArray<S>> arrays() override;
  std::vector<StateArray<double>> scalars() override;
  std::vector<std::int64_t> counters() const override;
  void set_counters(std::span<const std::int64_t> counters) override;
  void set_updates(std::int64_t updates) override;
  std::string description() const override { return binding_.description; }

  void reset() override;
  void reset(const Block& block) override;
  void restart_clock() override;
  void restart_clock(const Block& block) override;
  void evaluation_point(std::span<const S> parameters, std::span<S> out) const override;
  void set_rate_factor(double factor) override;
  void on(Event event) override;

 protected:
  /// Moves the parameters with the report's rate. Counters are already those of this step: `updates()` is 1 at the
  /// first. Allocates nothing.
  virtual void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) = 0;

  /// Parameters in the layout.
  std::size_t size() const { return static_cast<std::size_t>(layout_.size); }

  /// Checks, clips and counts what is not finite; where all is well calls apply(clipped gradient, report).
  template <class Apply>
  StepReport attempt(std::span<const S> parameters, std::span<const S> gradient, Apply&& apply) {
    const FlushSubnormals flush;
    StepReport report;
    const ClippedGradient<S> clipped = admit(parameters, gradient, report);
    if (report.applied) apply(clipped, report);
    return report;
  }

  /// As `attempt`, with the step counted and its rate in the report before `apply` is called.
  template <class Apply>
  StepReport counted_step(std::span<const S> parameters, std::span<const S> gradient, Apply&& apply) {
    return attempt(parameters, gradient, [&](const ClippedGradient<S>& clipped, StepReport& report) {
      report.learning_rate = rate_factor_ * binding_.schedule(updates_, base_rate_, binding_.horizon);
      ++updates_;
      for (std::int64_t& clock : clocks_) ++clock;
      apply(clipped, report);
    });
  }

  /// Calls f(blocks, clock) for every longest run of neighbouring blocks whose clocks agree: one run, unless a block
  /// has been reset alone. With `apart`, runs end where weights do too, so that a run is all weights or none.
  template <class F>
  void for_each_run(F&& f, bool apart = false) const {
    for (std::size_t first = 0, end = 0; first < clocks_.size(); first = end) {
      while (end < clocks_.size() && clocks_[end] == clocks_[first] && (!apart || weights_[end] == weights_[first]))
        ++end;
      f(std::span<const Block>(layout_.blocks).subspan(first, end - first), clocks_[first]);
    }
  }
  /// Whether the block that starts a run is tagged `weight`.
  bool is_weight(const Block& block) const {
    return weights_[static_cast<std::size_t>(&block - layout_.blocks.data())];
  }

  // For constructors: state, which resets, checkpoints and restores by itself. What they return stays where it is.

  /// One number for each parameter.
  S* keep(std::string name, double initial = 0);
  /// A matrix of a block of the layout, saved as `name/block`. It starts with `diagonal` on its diagonal, else zero; a
  /// vector, of cols 1, with `diagonal` in all places.
  S* keep(std::string_view name, const Block& block, Eigen::Index rows, Eigen::Index cols, double diagonal = 0);
  /// Numbers for the whole rule, in double whatever the parameters are.
  double* keep_scalars(std::string name, double initial = 0, std::size_t count = 1);
  /// A count for the whole rule, which resets leave alone.
  std::int64_t* keep_counter();
  /// Another optimizer, whose state is saved as `name/…` and which hears of all that this one does.
  Optimizer<S>& adopt(std::string name, std::unique_ptr<Optimizer<S>> optimizer);

 private:
  struct Store {
    static constexpr std::size_t whole = static_cast<std::size_t>(-1);
    std::size_t block;  // that it belongs to, or `whole`: a number for each parameter
    std::string name;
    double initial;
    Eigen::Index stride;  // 0: all start at `initial`; else only every stride-th does, as on a diagonal
    LargeVector<S> values;

    void fill(std::size_t first, std::size_t count);
  };
  struct Scalars {
    std::string name;
    double initial;
    std::vector<double> values;
  };
  struct Child {
    std::string name;
    std::unique_ptr<Optimizer<S>> optimizer;
  };

  /// The checks of a step: what the rule is to read, or a report that says that the step does not apply.
  ClippedGradient<S> admit(std::span<const S> parameters, std::span<const S> gradient, StepReport& report);
  /// Of a block of this layout, or the count of blocks for any other stretch.
  std::size_t index_of(const Block& block) const;

  Layout layout_;
  Rule::Binding binding_;
  double base_rate_;
  Clipper<S> clipper_;
  std::vector<Store> stores_;
  std::vector<Scalars> scalars_;
  std::vector<std::unique_ptr<std::int64_t>> counters_;
  std::vector<Child> children_;
  std::int64_t updates_ = 0, skipped_ = 0, skipped_in_a_row_ = 0;
  std::vector<std::int64_t> clocks_;  // one a block
  std::vector<bool> weights_;         // blocks tagged so
  double rate_factor_ = 1;
};

extern template class BoundOptimizer<float>;
extern template class BoundOptimizer<double>;

/// The Rule whose bound form `make(std::type_identity<S>, layout, binding)` makes.
template <class Make>
Rule rule_made_by(std::string description, Make make) {
  return {std::move(description),
          [make](const Layout& layout, const Rule::Binding& binding) -> std::unique_ptr<Optimizer<float>> {
            return make(std::type_identity<float>{}, layout, binding);
          },
          [make](const Layout& layout, const Rule::Binding& binding) -> std::unique_ptr<Optimizer<double>> {
            return make(std::type_identity<double>{}, layout, binding);
          }};
}

/// The Rule whose bound form is `Bound<S>(layout, binding, arguments...)`.
template <template <class> class Bound, class... Argument>
Rule bound_rule(std::string description, Argument... arguments) {
  return rule_made_by(std::move(description), [arguments...]<class S>(std::type_identity<S>, const Layout& layout,
                                                                      const Rule::Binding& binding) {
    return std::make_unique<Bound<S>>(layout, binding, arguments...);
  });
}

}  // namespace cairn::optim
