#pragma once

#include <span>
#include <vector>

namespace cairn::optim {

/// ObGD, overshooting-bounded gradient descent (Elsayed, Vasan and Mahmood 2024, "Streaming Deep Reinforcement Learning
/// Finally Works"), for learning from each sample once, with eligibility traces. With δ the error and ∇ the gradient of
/// what is learned (a value, or a log-probability), both at the present sample:
///
///     z ← γλ z + ∇;  M = lr κ max(|δ|, 1) ‖z‖₁;  θ ← θ + min(lr, lr / M) δ z
///
/// The bound keeps a step from overshooting: where no component of ∇ exceeds 1, it undoes at most 1/κ of the error, and
/// moves what is learned by at most 1/κ.
struct ObgdOptions {
  double lr = 1;
  double gamma = 0.99, lambda = 0.8;
  double kappa = 2;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "largest learning rate");
    v("gamma", gamma, "[0,1]", "discount");
    v("lambda", lambda, "[0,1]", "how far traces reach back");
    v("kappa", kappa, "(0,inf)", "how cautious: the paper uses 2 for values and 3 for policies");
  }
};

/// Not an Optimizer, because its step takes the error beside the gradient.
template <class S>
class Obgd {
 public:
  /// Throws std::invalid_argument for options out of range.
  Obgd(std::size_t size, const ObgdOptions& options);

  /// `gradient` points uphill, as ∇v and ∇ log π do. Returns the rate used. A gradient or error that is not finite
  /// changes nothing and returns 0.
  double step(std::span<S> parameters, S delta, std::span<const S> gradient);
  /// Forgets the traces: at the end of an episode.
  void end_episode();

  std::span<S> traces() { return traces_; }  ///< z: all there is to save

 private:
  ObgdOptions options_;
  std::vector<S> traces_;
};

}  // namespace cairn::optim
