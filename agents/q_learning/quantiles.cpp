#include "agents/q_learning/quantiles.h"

#include <algorithm>
#include <cmath>

namespace cairn::agents {

template <class Scalar>
QuantileLoss<Scalar> quantile_huber_loss(std::span<const Scalar> quantiles, std::span<const Scalar> targets,
                                         Scalar kappa, Scalar weight, std::span<Scalar> d_quantiles) {
  const auto n = static_cast<Scalar>(quantiles.size()), m = static_cast<Scalar>(targets.size());
  QuantileLoss<Scalar> loss{};
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    const Scalar tau = (2 * static_cast<Scalar>(i) + 1) / (2 * n);
    Scalar slope = 0;
    for (const Scalar target : targets) {
      const Scalar u = target - quantiles[i], size = std::abs(u), share = u < 0 ? 1 - tau : tau;
      loss.value += share * (size <= kappa ? u * u / 2 : kappa * (size - kappa / 2));
      loss.error += size;
      slope += share * std::clamp(u, -kappa, kappa);
    }
    d_quantiles[i] = -weight * slope / (m * kappa);
  }
  loss.value /= m * kappa;
  loss.error /= m * n;
  return loss;
}

template <class Scalar>
int best_by_mean(std::span<const Scalar> quantiles, int count, std::span<const float> mask) {
  const auto each = static_cast<std::size_t>(count);
  int best = 0;
  Scalar most = 0;
  bool found = false;
  for (std::size_t a = 0; a < quantiles.size() / each; ++a) {
    if (!mask.empty() && mask[a] == 0) continue;
    Scalar sum = 0;  // of as many numbers for each action: compares as the mean does
    for (const Scalar quantile : quantiles.subspan(a * each, each)) sum += quantile;
    if (found && !(sum > most)) continue;
    best = static_cast<int>(a);
    most = sum;
    found = true;
  }
  return best;
}

template <class Scalar>
void quantile_targets(std::span<const Scalar> chooser, std::span<const Scalar> delayed, std::span<const float> mask,
                      Scalar reward, Scalar discount, std::span<Scalar> targets) {
  const std::size_t n = targets.size();
  const auto first = static_cast<std::size_t>(best_by_mean(chooser, static_cast<int>(n), mask)) * n;
  for (std::size_t j = 0; j < n; ++j) {
    const Scalar ahead = discount > 0 ? delayed[first + j] : 0;
    targets[j] = reward + discount * ahead;
  }
}

template QuantileLoss<float> quantile_huber_loss(std::span<const float>, std::span<const float>, float, float,
                                                 std::span<float>);
template QuantileLoss<double> quantile_huber_loss(std::span<const double>, std::span<const double>, double, double,
                                                  std::span<double>);
template int best_by_mean(std::span<const float>, int, std::span<const float>);
template int best_by_mean(std::span<const double>, int, std::span<const float>);
template void quantile_targets(std::span<const float>, std::span<const float>, std::span<const float>, float, float,
                               std::span<float>);
template void quantile_targets(std::span<const double>, std::span<const double>, std::span<const float>, double, double,
                               std::span<double>);

}  // namespace cairn::agents
