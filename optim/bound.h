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

template <class S>
class BoundOptimizer : public Optimizer<S> {
 public:
  BoundOptimizer(const Layout& layout, Rule::Setting setting, double base_rate)
      : layout_(layout),
        setting_(std::move(setting)),
        base_rate_(base_rate),
        clipper_(setting_.clip, layout),
        clocks_(layout.blocks.size(), 0) {
    for (const Block& block : layout.blocks) weights_.push_back(block.has_tag("weight"));
  }

  // Order of a step: the reductions over the gradient, which give the clip's run-time factor; then the rule's own
  // passes.
  StepReport step(std::span<S> parameters, std::span<const S> gradient) override {
    return attempt(parameters, gradient, [&](const ClippedGradient<S>& clipped, StepReport& report) {
      report.learning_rate = rate_factor_ * setting_.schedule(updates_, base_rate_, setting_.horizon);
      ++updates_;
      for (std::int64_t& clock : clocks_) ++clock;
      update(parameters, clipped, report);
    });
  }

  StepReport step_part(std::string_view tag, std::span<S>, std::span<const S>) override {
    throw std::invalid_argument("The optimizer has no part '" + std::string(tag) + "'.");
  }

  std::int64_t updates() const override { return updates_; }
  std::int64_t skipped() const override { return skipped_; }
  const Layout& layout() const override { return layout_; }
  std::vector<StateArray<S>> arrays() override {
    std::vector<StateArray<S>> arrays;
    for (Store& store : stores_) arrays.push_back({store.name, store.values});
    for (const Child& child : children_)
      for (const StateArray<S>& array : child.optimizer->arrays())
        arrays.push_back({child.name + "/" + array.name, array.values});
    return arrays;
  }
  std::vector<StateArray<double>> scalars() override {
    std::vector<StateArray<double>> scalars{{"rate_factor", {&rate_factor_, 1}}};
    for (Scalars& some : scalars_) scalars.push_back({some.name, some.values});
    for (const Child& child : children_)
      for (const StateArray<double>& scalar : child.optimizer->scalars())
        scalars.push_back({child.name + "/" + scalar.name, scalar.values});
    return scalars;
  }
  std::vector<std::int64_t> counters() const override {
    std::vector<std::int64_t> counters{updates_, skipped_, skipped_in_a_row_};
    counters.insert(counters.end(), clocks_.begin(), clocks_.end());
    for (const auto& counter : counters_) counters.push_back(*counter);
    for (const Child& child : children_)
      for (const std::int64_t counter : child.optimizer->counters()) counters.push_back(counter);
    return counters;
  }
  void set_counters(std::span<const std::int64_t> counters) override {
    if (counters.size() != this->counters().size())
      throw std::invalid_argument("This optimizer has " + std::to_string(this->counters().size()) + " counters, not " +
                                  std::to_string(counters.size()) + ".");
    auto next = counters.begin();
    for (std::int64_t* counter : {&updates_, &skipped_, &skipped_in_a_row_}) *counter = *next++;
    for (std::int64_t& clock : clocks_) clock = *next++;
    for (const auto& counter : counters_) *counter = *next++;
    for (const Child& child : children_) {
      const std::size_t count = child.optimizer->counters().size();
      child.optimizer->set_counters({next, count});
      next += static_cast<std::ptrdiff_t>(count);
    }
  }
  void set_updates(std::int64_t updates) override {
    updates_ = updates;
    for (const Child& child : children_) child.optimizer->set_updates(updates);
  }
  std::string description() const override { return setting_.description; }

  void reset() override {
    for (Store& store : stores_) store.fill(0, store.values.size());
    for (Scalars& some : scalars_) std::ranges::fill(some.values, some.initial);
    std::ranges::fill(clocks_, 0);
    for (const Child& child : children_) child.optimizer->reset();
  }
  void reset(const Block& block) override {
    const std::size_t known = index_of(block);
    for (Store& store : stores_) {
      if (store.block == Store::whole)
        store.fill(static_cast<std::size_t>(block.offset), static_cast<std::size_t>(block.size()));
      else if (store.block == known)
        store.fill(0, store.values.size());
    }
    if (known < clocks_.size()) clocks_[known] = 0;
    for (const Child& child : children_) child.optimizer->reset(block);
  }
  void restart_clock() override {
    std::ranges::fill(clocks_, 0);
    for (const Child& child : children_) child.optimizer->restart_clock();
  }
  void restart_clock(const Block& block) override {
    const std::size_t known = index_of(block);
    if (known < clocks_.size()) clocks_[known] = 0;
    for (const Child& child : children_) child.optimizer->restart_clock(block);
  }
  void evaluation_point(std::span<const S> parameters, std::span<S> out) const override {
    std::ranges::copy(parameters, out.begin());
  }
  void share_work(std::vector<Eigen::Index> cuts, Workers workers) override {
    for (const Child& child : children_)
      if (child.optimizer->layout().size == layout_.size) child.optimizer->share_work(cuts, workers);
    crew_ = Crew(cuts, layout_.size, std::move(workers));
    clipper_.share_work(crew_);
  }
  void set_rate_factor(double factor) override {
    rate_factor_ = factor;
    for (const Child& child : children_) child.optimizer->set_rate_factor(factor);
  }
  void on(Event event) override {
    for (const Child& child : children_) child.optimizer->on(event);
  }

 protected:
  /// Moves the parameters with the report's rate. Counters are already those of this step: `updates()` is 1 at the
  /// first. Allocates nothing.
  virtual void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) = 0;

  std::size_t size() const { return static_cast<std::size_t>(layout_.size); }

  /// Checks, clips and counts what is not finite; where all is well calls apply(clipped gradient, report).
  template <class Apply>
  StepReport attempt(std::span<const S> parameters, std::span<const S> gradient, Apply&& apply) {
    if (parameters.size() != size() || gradient.size() != size())
      throw std::invalid_argument("The optimizer was bound to " + std::to_string(size()) + " parameters, not " +
                                  std::to_string(parameters.size()) + " with " + std::to_string(gradient.size()) +
                                  " gradients.");
    const FlushSubnormals flush;
    StepReport report;
    const ClippedGradient<S> clipped = clipper_(gradient, parameters, report);
    if (!report.applied) {
      ++skipped_;
      report.skipped_in_a_row = ++skipped_in_a_row_;
      return report;
    }
    skipped_in_a_row_ = 0;
    apply(clipped, report);
    return report;
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
  /// Calls f(first, end) for stretches that together are all parameters, perhaps at the same time.
  template <class F>
  void for_each_stretch(F&& f) const {
    if (crew_.alone())
      f(std::size_t{0}, size());
    else
      crew_.for_each_stretch(f);
  }
  /// Whether the block that starts a run is tagged `weight`.
  bool is_weight(const Block& block) const {
    return weights_[static_cast<std::size_t>(&block - layout_.blocks.data())];
  }

  // For constructors: state, which resets, checkpoints and restores by itself. What they return stays where it is.

  /// One number for each parameter.
  S* keep(std::string name, double initial = 0) {
    stores_.push_back({Store::whole, std::move(name), initial, 0, LargeVector<S>(size(), static_cast<S>(initial))});
    return stores_.back().values.data();
  }
  /// A matrix of a block of the layout, saved as `name/block`. It starts with `diagonal` on its diagonal, else zero;
  /// cols 1 makes a vector of zeros.
  S* keep(std::string_view name, const Block& block, Eigen::Index rows, Eigen::Index cols, double diagonal = 0) {
    stores_.push_back({index_of(block), std::string(name) + "/" + block.name, diagonal, cols + 1,
                       LargeVector<S>(static_cast<std::size_t>(rows * cols))});
    Store& store = stores_.back();
    store.fill(0, store.values.size());
    return store.values.data();
  }
  /// Numbers for the whole rule, in double whatever the parameters are.
  double* keep_scalars(std::string name, double initial = 0, std::size_t count = 1) {
    scalars_.push_back({std::move(name), initial, std::vector<double>(count, initial)});
    return scalars_.back().values.data();
  }
  /// A count for the whole rule, which resets leave alone.
  std::int64_t* keep_counter() { return counters_.emplace_back(std::make_unique<std::int64_t>(0)).get(); }
  /// Another optimizer, whose state is saved as `name/…` and which hears of all that this one does.
  Optimizer<S>& adopt(std::string name, std::unique_ptr<Optimizer<S>> optimizer) {
    children_.push_back({std::move(name), std::move(optimizer)});
    return *children_.back().optimizer;
  }

 private:
  struct Store {
    static constexpr std::size_t whole = static_cast<std::size_t>(-1);
    std::size_t block;  // that it belongs to, or `whole`: a number for each parameter
    std::string name;
    double initial;
    Eigen::Index stride;  // 0: all start at `initial`; else only every stride-th does, the diagonal
    LargeVector<S> values;

    void fill(std::size_t first, std::size_t count) {
      if (stride == 0) {
        std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(first), count, static_cast<S>(initial));
        return;
      }
      std::ranges::fill(values, S(0));
      if (initial == 0) return;
      for (std::size_t i = 0; i < values.size(); i += static_cast<std::size_t>(stride))
        values[i] = static_cast<S>(initial);
    }
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

  /// Of a block of this layout, or the count of blocks for any other stretch.
  std::size_t index_of(const Block& block) const {
    const auto found = std::ranges::find_if(
        layout_.blocks, [&](const Block& own) { return own.offset == block.offset && own.size() == block.size(); });
    return static_cast<std::size_t>(found - layout_.blocks.begin());
  }

  Layout layout_;
  Rule::Setting setting_;
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
  Crew crew_;
};

/// The Rule whose bound form `make(std::type_identity<S>, layout, setting)` makes.
template <class Make>
Rule rule_made_by(std::string description, Make make) {
  return {std::move(description),
          [make](const Layout& layout, const Rule::Setting& setting) -> std::unique_ptr<Optimizer<float>> {
            return make(std::type_identity<float>{}, layout, setting);
          },
          [make](const Layout& layout, const Rule::Setting& setting) -> std::unique_ptr<Optimizer<double>> {
            return make(std::type_identity<double>{}, layout, setting);
          }};
}

/// The Rule whose bound form is `Bound<S>(layout, setting, arguments...)`.
template <template <class> class Bound, class... Argument>
Rule bound_rule(std::string description, Argument... arguments) {
  return rule_made_by(std::move(description), [arguments...]<class S>(std::type_identity<S>, const Layout& layout,
                                                                      const Rule::Setting& setting) {
    return std::make_unique<Bound<S>>(layout, setting, arguments...);
  });
}

}  // namespace cairn::optim
