#pragma once

#include <cmath>
#include <cstdint>

namespace cairn::optim {

/// 1 - βᵗ: the weights that a running mean m ← β m + (1 - β) x has given to t numbers, where it began at zero (Kingma
/// and Ba 2015, section 3). m divided by it is a mean of them.
inline double bias_correction(double beta, std::int64_t t) {
  return 1 - std::pow(beta, static_cast<double>(t));
}

/// What a mean m and the root of a mean square v are multiplied by: m̂ = front m, √v̂ = root √v.
struct Corrections {
  double front, root;  ///< factors of m and of √v, at least 1
};
/// The corrections after t steps, t ≥ 1.
inline Corrections corrections(double beta1, double beta2, std::int64_t t) {
  return {1 / bias_correction(beta1, t), 1 / std::sqrt(bias_correction(beta2, t))};
}

}  // namespace cairn::optim
