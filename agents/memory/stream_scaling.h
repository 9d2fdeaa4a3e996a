#pragma once

#include <Eigen/Core>
#include <cmath>
#include <string>
#include <utility>

#include "agents/networks/normaliser.h"

namespace cairn::agents {

// Observations and rewards of a single stream, scaled by what it has shown so far (Elsayed, Vasan and Mahmood 2024).

/// Variance of component i over n - 1; 1 before there are two samples.
double sample_variance(const RunningMoments& moments, Eigen::Index i);

/// (x - mean) / √(variance + 1e-8), where x enters the moments first.
class StreamNormaliser {
 public:
  /// For vectors of `size` components.
  explicit StreamNormaliser(Eigen::Index size = 0) : moments_(size) {}
  /// Goes on from moments that others gathered.
  explicit StreamNormaliser(RunningMoments moments) : moments_(std::move(moments)) {}

  /// Takes in one vector and writes it normalised.
  template <class In, class Out>
  void apply(const In& raw, Out&& out) {
    moments_.add(raw);
    for (Eigen::Index i = 0; i < moments_.mean().size(); ++i) {
      const double deviation = std::sqrt(sample_variance(moments_, i) + normaliser_epsilon);
      out[i] = static_cast<std::remove_reference_t<decltype(out[i])>>(
          (static_cast<double>(raw[i]) - moments_.mean()[i]) / deviation);
    }
  }
  /// For a policy that acts without learning. It clips nothing.
  FrozenNormaliser frozen() const;

  void save(Archive& archive, const std::string& name) const { moments_.save(archive, name); }
  void load(const Archive& archive, const std::string& name) { moments_.load(archive, name); }

 private:
  RunningMoments moments_;
};

/// r / √(variance + 1e-8) of the trace γ (1 - ended) trace + r, not shifted. As published: of the trace that ends with
/// an episode its last reward stays, and is the next one's first.
class RewardScaler {
 public:
  /// `gamma`: γ above, in [0, 1].
  explicit RewardScaler(double gamma = 0.99) : gamma_(gamma) {}
  /// Takes in one reward and gives it scaled; `ended`: whether the episode ended with it.
  double apply(double reward, bool ended);
  /// By what rewards are multiplied as of now.
  double factor() const { return 1 / std::sqrt(sample_variance(moments_, 0) + normaliser_epsilon); }

  void save(Archive& archive, const std::string& name) const;
  void load(const Archive& archive, const std::string& name);

 private:
  double gamma_, trace_ = 0;
  RunningMoments moments_{1};
};

}  // namespace cairn::agents
