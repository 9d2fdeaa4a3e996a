#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cairn::optim {

// Averages of parameters over time: often better to evaluate at, or to bootstrap from, than the last point. Their
// members are all there is to save.

/// a ← a + share (x - a). With share τ this is the target network of DDPG (Lillicrap et al. 2016), called Polyak
/// averaging; with 1 - decay, an exponential moving average. Start a at x: there is nothing to correct then.
template <class S>
void track(std::span<S> average, std::span<const S> x, double share);

/// Exponential moving average that starts at zero and is corrected for it as Adam's means are: the average of t points
/// is sum / (1 - decayᵗ).
template <class S>
struct DebiasedEma {
  double decay;            ///< in [0,1)
  std::vector<S> sum;      ///< (1 - decay) Σ decayᵗ⁻ᵏ xₖ
  std::int64_t count = 0;  ///< points so far

  /// For points of `size` numbers; `memory` is the decay.
  DebiasedEma(std::size_t size, double memory) : decay(memory), sum(size, S(0)) {}
  /// One more point.
  void add(std::span<const S> x);
  /// The average of what was added; zeros before that.
  void value(std::span<S> out) const;
};

/// Stochastic weight averaging (Izmailov et al. 2018): the plain mean of every `every`-th point from number `start` on,
/// counted from 0.
template <class S>
struct WeightAverage {
  std::int64_t start, every;  ///< number of the first point that counts, and how many there are from one to the next
  std::vector<S> mean;        ///< zeros before `start`
  std::int64_t seen = 0, averaged = 0;  ///< points so far, and how many of them are in the mean

  /// For points of `size` numbers; `stride`: of every so many points one counts.
  WeightAverage(std::size_t size, std::int64_t first, std::int64_t stride)
      : start(first), every(stride), mean(size, S(0)) {}
  /// One more point, which is averaged in where it counts.
  void add(std::span<const S> x);
};

}  // namespace cairn::optim
