#include "optim/bound.h"

#include <stdexcept>

namespace cairn::optim {

template <class S>
BoundOptimizer<S>::BoundOptimizer(const Layout& layout, Rule::Binding binding, double base_rate)
    : layout_(layout),
      binding_(std::move(binding)),
      base_rate_(base_rate),
      clipper_(binding_.clip, layout),
      clocks_(layout.blocks.size(), 0) {
  for (const Block& block : layout.blocks) weights_.push_back(block.has_tag("weight"));
}

// Order of a step: the reductions over the gradient, which give the clip's run-time factor; then the rule's own passes.
template <class S>
StepReport BoundOptimizer<S>::step(std::span<S> parameters, std::span<const S> gradient) {
  return counted_step(parameters, gradient, [&](const ClippedGradient<S>& clipped, StepReport& report) {
    update(parameters, clipped, report);
  });
}

template <class S>
StepReport BoundOptimizer<S>::step_part(std::string_view tag, std::span<S>, std::span<const S>) {
  throw std::invalid_argument("The optimizer has no part '" + std::string(tag) + "'.");
}

template <class S>
ClippedGradient<S> BoundOptimizer<S>::admit(std::span<const S> parameters, std::span<const S> gradient,
                                            StepReport& report) {
  if (parameters.size() != size() || gradient.size() != size())
    throw std::invalid_argument("The optimizer was bound to " + std::to_string(size()) + " parameters, not " +
                                std::to_string(parameters.size()) + " with " + std::to_string(gradient.size()) +
                                " gradients.");
  const ClippedGradient<S> clipped = clipper_(gradient, parameters, report);
  if (report.applied) {
    skipped_in_a_row_ = 0;
  } else {
    ++skipped_;
    report.skipped_in_a_row = ++skipped_in_a_row_;
  }
  return clipped;
}

// State, in the order in which the rule's constructor asked for it.

template <class S>
S* BoundOptimizer<S>::keep(std::string name, double initial) {
  stores_.push_back({Store::whole, std::move(name), initial, 0, LargeVector<S>(size(), static_cast<S>(initial))});
  return stores_.back().values.data();
}

template <class S>
S* BoundOptimizer<S>::keep(std::string_view name, const Block& block, Eigen::Index rows, Eigen::Index cols,
                           double diagonal) {
  stores_.push_back({index_of(block), std::string(name) + "/" + block.name, diagonal, cols == 1 ? 1 : cols + 1,
                     LargeVector<S>(static_cast<std::size_t>(rows * cols))});
  Store& store = stores_.back();
  store.fill(0, store.values.size());
  return store.values.data();
}

template <class S>
double* BoundOptimizer<S>::keep_scalars(std::string name, double initial, std::size_t count) {
  scalars_.push_back({std::move(name), initial, std::vector<double>(count, initial)});
  return scalars_.back().values.data();
}

template <class S>
std::int64_t* BoundOptimizer<S>::keep_counter() {
  return counters_.emplace_back(std::make_unique<std::int64_t>(0)).get();
}

template <class S>
Optimizer<S>& BoundOptimizer<S>::adopt(std::string name, std::unique_ptr<Optimizer<S>> optimizer) {
  children_.push_back({std::move(name), std::move(optimizer)});
  return *children_.back().optimizer;
}

template <class S>
std::vector<StateArray<S>> BoundOptimizer<S>::arrays() {
  std::vector<StateArray<S>> arrays;
  for (Store& store : stores_) arrays.push_back({store.name, store.values});
  for (const Child& child : children_)
    for (const StateArray<S>& array : child.optimizer->arrays())
      arrays.push_back({child.name + "/" + array.name, array.values});
  return arrays;
}

template <class S>
std::vector<StateArray<double>> BoundOptimizer<S>::scalars() {
  std::vector<StateArray<double>> scalars{{"rate_factor", {&rate_factor_, 1}}};
  for (Scalars& some : scalars_) scalars.push_back({some.name, some.values});
  for (const Child& child : children_)
    for (const StateArray<double>& scalar : child.optimizer->scalars())
      scalars.push_back({child.name + "/" + scalar.name, scalar.values});
  return scalars;
}

template <class S>
std::vector<std::int64_t> BoundOptimizer<S>::counters() const {
  std::vector<std::int64_t> counters{updates_, skipped_, skipped_in_a_row_};
  counters.insert(counters.end(), clocks_.begin(), clocks_.end());
  for (const auto& counter : counters_) counters.push_back(*counter);
  for (const Child& child : children_)
    for (const std::int64_t counter : child.optimizer->counters()) counters.push_back(counter);
  return counters;
}

template <class S>
void BoundOptimizer<S>::set_counters(std::span<const std::int64_t> counters) {
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

template <class S>
void BoundOptimizer<S>::set_updates(std::int64_t updates) {
  updates_ = updates;
  for (const Child& child : children_) child.optimizer->set_updates(updates);
}

template <class S>
void BoundOptimizer<S>::Store::fill(std::size_t first, std::size_t count) {
  if (stride == 0) {
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(first), count, static_cast<S>(initial));
    return;
  }
  std::ranges::fill(values, S(0));
  if (initial == 0) return;
  for (std::size_t i = 0; i < values.size(); i += static_cast<std::size_t>(stride)) values[i] = static_cast<S>(initial);
}

template <class S>
void BoundOptimizer<S>::reset() {
  for (Store& store : stores_) store.fill(0, store.values.size());
  for (Scalars& some : scalars_) std::ranges::fill(some.values, some.initial);
  std::ranges::fill(clocks_, 0);
  for (const Child& child : children_) child.optimizer->reset();
}

template <class S>
void BoundOptimizer<S>::reset(const Block& block) {
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

template <class S>
void BoundOptimizer<S>::restart_clock() {
  std::ranges::fill(clocks_, 0);
  for (const Child& child : children_) child.optimizer->restart_clock();
}

template <class S>
void BoundOptimizer<S>::restart_clock(const Block& block) {
  const std::size_t known = index_of(block);
  if (known < clocks_.size()) clocks_[known] = 0;
  for (const Child& child : children_) child.optimizer->restart_clock(block);
}

template <class S>
void BoundOptimizer<S>::evaluation_point(std::span<const S> parameters, std::span<S> out) const {
  std::ranges::copy(parameters, out.begin());
}

template <class S>
void BoundOptimizer<S>::set_rate_factor(double factor) {
  rate_factor_ = factor;
  for (const Child& child : children_) child.optimizer->set_rate_factor(factor);
}

template <class S>
void BoundOptimizer<S>::on(Event event) {
  for (const Child& child : children_) child.optimizer->on(event);
}

template <class S>
std::size_t BoundOptimizer<S>::index_of(const Block& block) const {
  const auto found = std::ranges::find_if(
      layout_.blocks, [&](const Block& own) { return own.offset == block.offset && own.size() == block.size(); });
  return static_cast<std::size_t>(found - layout_.blocks.begin());
}

template class BoundOptimizer<float>;
template class BoundOptimizer<double>;

}  // namespace cairn::optim
