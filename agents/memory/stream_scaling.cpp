#include "agents/memory/stream_scaling.h"

#include <span>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "agents/networks/finite.h"

namespace cairn::agents {

double sample_variance(const RunningMoments& moments, Eigen::Index i) {
  const double n = moments.count();
  return n < 2 ? 1 : moments.variance(i) * (n / (n - 1));
}

FrozenNormaliser StreamNormaliser::frozen() const {
  constexpr float no_clip = 1e30F;
  FrozenNormaliser frozen;
  frozen.mean = moments_.mean().cast<float>();
  frozen.inverse_std.resize(frozen.mean.size());
  for (Eigen::Index i = 0; i < frozen.mean.size(); ++i)
    frozen.inverse_std[i] = static_cast<float>(1 / std::sqrt(sample_variance(moments_, i) + normaliser_epsilon));
  frozen.clip = no_clip;
  return frozen;
}

double RewardScaler::apply(double reward, bool ended) {
  trace_ = gamma_ * (ended ? 0 : trace_) + reward;
  moments_.add(std::span<const double>(&trace_, 1));
  return reward / std::sqrt(sample_variance(moments_, 0) + normaliser_epsilon);
}

void RewardScaler::save(Archive& archive, const std::string& name) const {
  require_finite(name + "/trace", std::span<const double>(&trace_, 1));
  archive.put_value(name + "/trace", trace_);
  moments_.save(archive, name);
}

void RewardScaler::load(const Archive& archive, const std::string& name) {
  trace_ = archive.get_value<double>(name + "/trace");
  if (!std::isfinite(trace_)) throw std::runtime_error("'" + name + "/trace' is not finite.");
  moments_.load(archive, name);
}

}  // namespace cairn::agents
