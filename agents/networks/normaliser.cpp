#include "agents/networks/normaliser.h"

#include <cmath>
#include <stdexcept>

#include "agents/archive/archive.h"

namespace cairn::agents {

void RunningMoments::clear() {
  count_ = 0;
  mean_.setZero();
  squares_.setZero();
}

void RunningMoments::merge(const RunningMoments& other) {
  if (other.count_ == 0) return;
  const double total = count_ + other.count_, share = other.count_ / total;
  for (Eigen::Index i = 0; i < mean_.size(); ++i) {
    const double difference = other.mean_[i] - mean_[i];
    mean_[i] += difference * share;
    squares_[i] += other.squares_[i] + difference * difference * count_ * share;
  }
  count_ = total;
}

void RunningMoments::save(Archive& archive, const std::string& name) const {
  const auto size = static_cast<std::size_t>(mean_.size());
  archive.put_value(name + "/count", count_);
  archive.put(name + "/mean", std::span<const double>(mean_.data(), size));
  archive.put(name + "/squares", std::span<const double>(squares_.data(), size));
}

void RunningMoments::load(const Archive& archive, const std::string& name) {
  const auto size = static_cast<std::size_t>(mean_.size());
  count_ = archive.get_value<double>(name + "/count");
  archive.get_into<double>(name + "/mean", {mean_.data(), size});
  archive.get_into<double>(name + "/squares", {squares_.data(), size});
  if (!(count_ >= 0) || !std::isfinite(count_) || !mean_.allFinite() || !squares_.allFinite() ||
      (squares_.array() < 0).any())
    throw std::runtime_error("'" + name + "' holds moments that no data have.");
}

void FrozenNormaliser::apply(const Eigen::Ref<const Eigen::MatrixXf>& raw, Eigen::Ref<Eigen::MatrixXf> out) const {
  for (Eigen::Index i = 0; i < raw.cols(); ++i)
    out.col(i) = ((raw.col(i) - mean).array() * inverse_std.array()).cwiseMax(-clip).cwiseMin(clip).matrix();
}

Normaliser::Normaliser(Eigen::Index size, float clip) : moments(size) {
  frozen.clip = clip;
  freeze();
}

void Normaliser::freeze() {
  frozen.mean = moments.mean().cast<float>();
  frozen.inverse_std.resize(frozen.mean.size());
  for (Eigen::Index i = 0; i < frozen.mean.size(); ++i)
    frozen.inverse_std[i] = static_cast<float>(1 / std::sqrt(moments.variance(i) + normaliser_epsilon));
}

}  // namespace cairn::agents
