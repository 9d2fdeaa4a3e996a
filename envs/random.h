#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace cairn::envs {

/// What a stream of random numbers is for. One stream a purpose, so that adding draws to one changes no other.
enum class Stream : std::uint32_t {
  initialisation,     ///< network weights
  environment,        ///< episodes of the training worlds
  policy,             ///< sampled actions
  shuffle,            ///< minibatches
  replay,             ///< sampling from replay memory, relabelling
  exploration,        ///< epsilon-greedy and other exploration noise
  evaluation,         ///< episodes of the evaluation worlds
  evaluation_policy,  ///< sampled actions in stochastic evaluation
  demonstration,      ///< episodes flown by a hand-written pilot
  problem,            ///< data of an optimization problem
  resampling,         ///< bootstrap and permutation tests
  show,               ///< episodes of worlds that are only looked at
  show_policy,        ///< sampled actions in them
  evaluation_sample,  ///< which observations of an evaluation are kept
  curriculum,         ///< how a training episode starts
  bonus,              ///< weights and samples of an intrinsic reward
};

/// Counter-based random numbers (Philox4x32-10, Salmon et al. 2011): a pure function of user seed and the counter
/// (stream, index, episode, draw). Copying it copies the place in the sequence.
class Random {
 public:
  Random() = default;
  /// `index`: which environment, shard or column; `episode`: which episode, rollout or update of it.
  Random(std::uint64_t seed, Stream stream, std::uint32_t index = 0, std::uint32_t episode = 0);

  std::uint32_t bits();                  ///< 32 random bits
  float uniform();                       ///< [0, 1), 24 random bits
  float uniform(float low, float high);  ///< [low, high)
  double uniform_double();               ///< [0, 1), 53 random bits
  float normal();                        ///< standard normal (Box-Muller, both halves used)
  std::uint32_t below(std::uint32_t n);  ///< {0, …, n-1}, unbiased (Lemire)
  /// Fisher-Yates, from the back: the same draws as swapping each value with values[below(its place + 1)].
  void shuffle(std::span<int> values);

  /// All there is to save: seed (two words), stream, index, episode, draws made, and where the waiting half of a
  /// normal pair was drawn (0: none waits).
  std::array<std::uint64_t, 6> state() const;
  /// The sequence that `state` told of, at the same place.
  static Random from_state(const std::array<std::uint64_t, 6>& state);

 private:
  std::uint64_t seed_ = 0;
  std::uint32_t stream_ = 0, index_ = 0, episode_ = 0;
  std::uint64_t draws_ = 0;               // 32-bit words handed out
  std::array<std::uint32_t, 4> words_{};  // block number draws_ / 4
  std::uint64_t pair_end_ = 0;            // draws_ right after the pair whose second half waits; 0: none waits
  float normal_ = 0;
};

}  // namespace cairn::envs
