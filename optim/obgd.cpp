#include "optim/obgd.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "optim/options.h"

namespace cairn::optim {

template <class S>
Obgd<S>::Obgd(std::size_t size, const ObgdOptions& options) : options_(checked("obgd", options)), traces_(size, S(0)) {}

template <class S>
double Obgd<S>::step(std::span<S> parameters, S delta, std::span<const S> gradient) {
  if (parameters.size() != traces_.size() || gradient.size() != traces_.size())
    throw std::invalid_argument("ObGD has traces for " + std::to_string(traces_.size()) + " parameters, not " +
                                std::to_string(parameters.size()) + " with " + std::to_string(gradient.size()) +
                                " gradients.");
  double gradient_sum = 0;
  for (const S g : gradient) gradient_sum += std::abs(static_cast<double>(g));
  if (!std::isfinite(gradient_sum) || !std::isfinite(delta)) return 0;

  const S keep = static_cast<S>(options_.gamma * options_.lambda);
  double length = 0;  // ‖z‖₁
  for (std::size_t i = 0; i < traces_.size(); ++i) {
    traces_[i] = keep * traces_[i] + gradient[i];
    length += std::abs(static_cast<double>(traces_[i]));
  }
  const double overshoot = options_.lr * options_.kappa * std::max(std::abs(static_cast<double>(delta)), 1.0) * length;
  const double rate = options_.lr / std::max(1.0, overshoot);
  const S along = static_cast<S>(rate) * delta;
  for (std::size_t i = 0; i < traces_.size(); ++i) parameters[i] += along * traces_[i];
  return rate;
}

template <class S>
void Obgd<S>::end_episode() {
  std::ranges::fill(traces_, S(0));
}

template class Obgd<float>;
template class Obgd<double>;

}  // namespace cairn::optim
