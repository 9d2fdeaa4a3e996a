#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "agents/archive/archive.h"
#include "agents/networks/normaliser.h"

namespace cairn::agents {

/// Brings bonuses to the scale of one (Burda et al. 2019, section 2.4): of each world's stream
///
///     f ← γ f + b,  over time, never reset where episodes end
///
/// and b is divided by the standard deviation of all f so far, those of the bonuses at hand included; their mean is not
/// subtracted. With γ = 0 that is the deviation of the bonuses themselves.
class BonusScale {
 public:
  /// `gamma`: γ above.
  explicit BonusScale(int environments = 1, double gamma = 0)
      : gamma_(gamma), sums_(static_cast<std::size_t>(environments), 0), moments_(1) {}

  /// Takes in bonuses of all worlds, in the order of time: b[t * environments + e].
  template <class Scalar>
  void take(std::span<const Scalar> bonuses) {
    for (std::size_t i = 0; i < bonuses.size(); ++i) {
      double& sum = sums_[i % sums_.size()];
      sum = gamma_ * sum + static_cast<double>(bonuses[i]);
      moments_.add(std::span<const double>(&sum, 1));
    }
  }
  /// What a bonus is multiplied by.
  double factor() const { return 1 / std::sqrt(moments_.variance(0) + normaliser_epsilon); }
  /// Of all f so far.
  const RunningMoments& moments() const { return moments_; }
  /// f of each world as it stands.
  std::span<const double> sums() const { return sums_; }

  void save(Archive& archive, const std::string& name) const {
    archive.put(name + "/sums", sums_);
    moments_.save(archive, name);
  }
  void load(const Archive& archive, const std::string& name) {
    archive.get_into<double>(name + "/sums", sums_);
    if (!std::ranges::all_of(sums_, [](double sum) { return std::isfinite(sum); }))
      throw std::runtime_error("'" + name + "/sums' holds a number that is not finite.");
    moments_.load(archive, name);
  }

 private:
  double gamma_;
  std::vector<double> sums_;  // f of each world
  RunningMoments moments_;    // of all f
};

}  // namespace cairn::agents
