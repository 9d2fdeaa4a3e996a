#pragma once

// Adam's scaling, a transform that several rules share. Private to optim's .cpp files.

#include "optim/bias_correction.h"
#include "optim/chain.h"

namespace cairn::optim {

/// Adam's constants.
struct Betas {
  double beta1, beta2, eps;  ///< memories of mean and mean square; added to the root
  bool epsilon_hat = false;  ///< eps is added to √v, before the correction

  /// m̂ / (√v̂ + eps) = front m / (root √v + eps). The ε̂ form leaves the root as it is and puts its correction's inverse
  /// in front: (front/root) m / (√v + eps).
  Corrections corrections(std::int64_t clock) const {
    const auto [front, root] = optim::corrections(beta1, beta2, clock);
    return epsilon_hat ? Corrections{front / root, 1} : Corrections{front, root};
  }
};

/// Turns a gradient into Adam's step of rate 1 (Kingma and Ba 2015).
struct ScaleByAdam {
  Betas betas;  ///< its constants
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"m", "v"};
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const auto [front, root] = betas.corrections(instant.clock);
    return [m = slot[0], v = slot[1], b1 = static_cast<S>(betas.beta1), c1 = static_cast<S>(1 - betas.beta1),
            b2 = static_cast<S>(betas.beta2), c2 = static_cast<S>(1 - betas.beta2), eps = static_cast<S>(betas.eps),
            r1 = static_cast<S>(front), r2 = static_cast<S>(root)](S u, S, std::size_t i) {
      m[i] = b1 * m[i] + c1 * u;
      v[i] = b2 * v[i] + c2 * u * u;
      return r1 * m[i] / (r2 * std::sqrt(v[i]) + eps);
    };
  }
};

}  // namespace cairn::optim
