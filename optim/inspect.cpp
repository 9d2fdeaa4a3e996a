#include "optim/inspect.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "optim/clipping.h"

namespace cairn::optim {

void Magnitudes::add(double number) {
  if (number == 0) {
    ++zeros;
    return;
  }
  const double bin = std::floor((std::log10(std::abs(number)) - lowest) * bins_a_decade);
  ++counts[static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(bins - 1)))];
}

namespace {

template <class S>
BlockInspection look_at(const Block& block, std::span<const S> before, std::span<const S> after) {
  BlockInspection seen{.name = block.name, .update_to_weight = 0, .steps = {}, .ratios = {}};
  const auto first = static_cast<std::size_t>(block.offset), end = first + static_cast<std::size_t>(block.size());
  double moved = 0, weights = 0;
  for (std::size_t i = first; i < end; ++i) {
    const double weight = std::abs(static_cast<double>(before[i]));
    const double step = std::abs(static_cast<double>(after[i]) - static_cast<double>(before[i]));
    moved += step * step;
    weights += weight * weight;
    seen.steps.add(step);
    if (weight > 0) seen.ratios.add(step / weight);
  }
  if (weights > 0) seen.update_to_weight = std::sqrt(moved / weights);
  return seen;
}

/// The smallest of `numbers` (at least one, none negative), the quartiles and the largest. Numbers that are not
/// negative are in the order of their bit patterns: one counting sort by the leading bits leaves little to search.
/// `sorted` is as long as `numbers`.
template <class S>
std::array<double, 5> quantiles(std::span<const S> numbers, std::span<S> sorted) {
  using Bits = std::conditional_t<sizeof(S) == 4, std::uint32_t, std::uint64_t>;
  constexpr int leading = 11;  // all of a double's exponent, a float's with three bits more
  const auto bin_of = [](S number) { return std::bit_cast<Bits>(number) >> (8 * sizeof(S) - 1 - leading); };
  std::array<std::uint32_t, (1 << leading) + 1> ends{};
  for (const S number : numbers) ++ends[bin_of(number) + 1];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());  // where each bin starts
  for (const S number : numbers) sorted[ends[bin_of(number)]++] = number;
  std::array<double, 5> quantiles{};
  for (std::size_t k = 0; k < quantiles.size(); ++k) {
    const std::size_t rank = k * (numbers.size() - 1) / (quantiles.size() - 1);
    const auto end = std::ranges::upper_bound(ends, rank);
    const auto at = [&](std::size_t place) { return sorted.begin() + static_cast<std::ptrdiff_t>(place); };
    std::nth_element(at(end == ends.begin() ? 0 : *std::prev(end)), at(rank), at(*end));
    quantiles[k] = static_cast<double>(sorted[rank]);
  }
  return quantiles;
}

}  // namespace

template <class S>
StepInspection Inspector<S>::step(Optimizer<S>& optimizer, std::span<S> parameters, std::span<const S> gradient,
                                  std::vector<BlockInspection>* blocks) {
  remember(parameters);
  const StepReport report = optimizer.step(parameters, gradient);
  StepInspection inspection = compare(optimizer.layout(), parameters, blocks);
  inspection.report = report;
  return inspection;
}

template <class S>
void Inspector<S>::remember(std::span<const S> parameters) {
  before_.assign(parameters.begin(), parameters.end());
}

template <class S>
StepInspection Inspector<S>::compare(const Layout& layout, std::span<const S> parameters,
                                     std::vector<BlockInspection>* blocks) {
  StepInspection inspection;
  const double weights = std::sqrt(sum_of_squares(std::span<const S>(before_)));
  if (blocks != nullptr) {
    blocks->clear();
    for (const Block& block : layout.blocks) blocks->push_back(look_at(block, std::span<const S>(before_), parameters));
  }
  std::vector<S>& moved = before_;
  for (std::size_t i = 0; i < moved.size(); ++i) moved[i] = std::abs(parameters[i] - moved[i]);
  inspection.update_norm = std::sqrt(sum_of_squares(std::span<const S>(moved)));
  inspection.update_to_weight = weights > 0 ? inspection.update_norm / weights : 0;
  if (moved.empty()) return inspection;
  sorted_.resize(moved.size());
  inspection.step_quantiles = quantiles(std::span<const S>(moved), std::span<S>(sorted_));
  return inspection;
}

template class Inspector<float>;
template class Inspector<double>;

}  // namespace cairn::optim
