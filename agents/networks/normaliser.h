#pragma once

#include <Eigen/Core>
#include <string>

namespace cairn::agents {

class Archive;

/// Running mean and variance of vectors, exact in the order of what is added. Parts collected apart are merged (Chan,
/// Golub and LeVeque 1979) in a fixed order, so that the number of threads changes nothing.
class RunningMoments {
 public:
  /// For vectors of `size` components.
  explicit RunningMoments(Eigen::Index size = 0) : mean_(Eigen::VectorXd::Zero(size)), squares_(mean_) {}

  /// As if nothing had been added.
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
  /// Adds all that `other` was given.
  void merge(const RunningMoments& other);

  /// Vectors that were added.
  double count() const { return count_; }
  /// Zeros before anything was added.
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

/// x becomes clamp((x - mean) * inverse_std, ±clip): what acting needs of a normaliser.
struct FrozenNormaliser {
  Eigen::VectorXf mean, inverse_std;  ///< of each component
  float clip = 10;                    ///< largest magnitude of what comes out
  /// `raw` and `out`: features x n; they may be the same.
  void apply(const Eigen::Ref<const Eigen::MatrixXf>& raw, Eigen::Ref<Eigen::MatrixXf> out) const;
};

/// Moments that go on while a policy acts by those of the last `freeze`: inverse_std = 1 / sqrt(variance + 1e-8).
struct Normaliser {
  /// For vectors of `size` components.
  explicit Normaliser(Eigen::Index size = 0, float clip = 10);

  RunningMoments moments;   ///< of all that was seen
  FrozenNormaliser frozen;  ///< by which a policy acts

  /// Acts by the moments as they are now.
  void freeze();
};

/// Added to the variance under a normaliser's root.
inline constexpr double normaliser_epsilon = 1e-8;

}  // namespace cairn::agents
