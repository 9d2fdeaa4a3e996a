#pragma once

#include <Eigen/Core>
#include <string>

namespace cairn::agents {

class Archive;

/// Running mean and variance of vectors, exact in the order of what is added. Parts collected apart are merged (Chan,
/// Golub and LeVeque 1979) in a fixed order, so that the number of threads changes nothing.
class RunningMoments {
 public:
  explicit RunningMoments(Eigen::Index size = 0) : mean_(Eigen::VectorXd::Zero(size)), squares_(mean_) {}

  void clear();
  /// Welford 1962: one observation.
  template <class Vector>
  void add(const Vector& x) {
    count_ += 1;
    const double weight = 1 / count_;
    for (Eigen::Index i = 0; i < mean_.size(); ++i) {
      const double value = static_cast<double>(x[i]), deviation = value - mean_[i];
      mean_[i] += weight * deviation;
      squares_[i] += deviation * (value - mean_[i]);
    }
  }
  void merge(const RunningMoments& other);

  double count() const { return count_; }
  const Eigen::VectorXd& mean() const { return mean_; }
  /// Population variance of component i; 1 before anything was added.
  double variance(Eigen::Index i) const { return count_ == 0 ? 1 : squares_[i] / count_; }

  void save(Archive& archive, const std::string& name) const;
  /// Throws std::runtime_error when the archive's moments are of another size or make no sense.
  void load(const Archive& archive, const std::string& name);

 private:
  double count_ = 0;
  Eigen::VectorXd mean_, squares_;  // squares_: sum of squared deviations from the mean
};

/// x becomes clamp((x - mean) / sqrt(variance + 1e-8), ±clip), by moments frozen at the last `freeze`.
struct Normaliser {
  explicit Normaliser(Eigen::Index size = 0, float clip_at = 10);

  RunningMoments moments;
  Eigen::VectorXf mean, inverse_std;  ///< frozen
  float clip;

  void freeze();
  void apply(const Eigen::Ref<const Eigen::MatrixXf>& raw, Eigen::Ref<Eigen::MatrixXf> out) const;
};

inline constexpr double normaliser_epsilon = 1e-8;

}  // namespace cairn::agents
