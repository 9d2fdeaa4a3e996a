#pragma once

#include <array>
#include <cstdint>

namespace cairn::optim {

/// Random numbers for a problem's data and noise, and for rules that probe: a pure function of (seed, step, place in
/// the sequence), so that a step sees the same whatever came before it. Philox4x32-10 (Salmon et al. 2011).
class Draws {
 public:
  /// `step`: a step of the descent, or `data` for what is drawn once.
  Draws(std::uint64_t seed, std::int64_t step) : seed_(seed), step_(static_cast<std::uint64_t>(step)) {}
  static constexpr std::int64_t data = -1;  ///< in place of a step, for what is drawn once

  double uniform();  ///< [0, 1), 53 random bits
  /// Likewise in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal();                   ///< standard normal (Box-Muller)
  std::size_t below(std::size_t n);  ///< {0, …, n-1}; n far below 2^53

 private:
  std::uint64_t seed_, step_;
  std::uint64_t drawn_ = 0;  // doubles handed out; two a block
  std::array<double, 2> block_{};
};

}  // namespace cairn::optim
