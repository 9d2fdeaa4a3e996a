#include "optim/inspect.h"

#include <algorithm>
#include <cmath>

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

}  // namespace

template <class S>
StepInspection Inspector<S>::step(Optimizer<S>& optimizer, std::span<S> parameters, std::span<const S> gradient,
                                  std::vector<BlockInspection>* blocks) {
  StepInspection inspection;
  before_.assign(parameters.begin(), parameters.end());
  const double weights = std::sqrt(sum_of_squares(std::span<const S>(before_)));
  inspection.report = optimizer.step(parameters, gradient);
  if (blocks != nullptr) {
    blocks->clear();
    for (const Block& block : optimizer.layout().blocks)
      blocks->push_back(look_at(block, std::span<const S>(before_), std::span<const S>(parameters)));
  }
  std::vector<S>& moved = before_;
  for (std::size_t i = 0; i < moved.size(); ++i) moved[i] = std::abs(parameters[i] - moved[i]);
  inspection.update_norm = std::sqrt(sum_of_squares(std::span<const S>(moved)));
  inspection.update_to_weight = weights > 0 ? inspection.update_norm / weights : 0;
  if (moved.empty()) return inspection;
  // Each selection leaves what is larger behind it for the next.
  auto from = moved.begin();
  for (std::size_t k = 0; k < inspection.step_quantiles.size(); ++k) {
    const auto quantile = moved.begin() + static_cast<std::ptrdiff_t>(k * (moved.size() - 1) / 4);
    std::nth_element(from, quantile, moved.end());
    inspection.step_quantiles[k] = static_cast<double>(*quantile);
    from = quantile;
  }
  return inspection;
}

template class Inspector<float>;
template class Inspector<double>;

}  // namespace cairn::optim
