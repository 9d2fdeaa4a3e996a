#include "optim/inspect.h"

#include "optim/clipping.h"

namespace cairn::optim {

template <class S>
StepInspection Inspector<S>::step(Optimizer<S>& optimizer, std::span<S> parameters, std::span<const S> gradient) {
  StepInspection inspection;
  before_.assign(parameters.begin(), parameters.end());
  const double weights = std::sqrt(sum_of_squares(std::span<const S>(before_)));
  inspection.report = optimizer.step(parameters, gradient);
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
