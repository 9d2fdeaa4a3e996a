#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "agents/memory/rollout.h"
#include "agents/memory/sum_tree.h"
#include "envs/environment.h"
#include "envs/random.h"

namespace cairn::agents {

class Archive;

/// What learning makes of a world's reward: clamp(factor · reward, ±clip).
struct RewardScale {
  float factor = 1;                                     ///< multiplies the reward
  float clip = std::numeric_limits<float>::infinity();  ///< largest magnitude after that
  /// The reward as learning sees it.
  float operator()(float reward) const { return std::clamp(factor * reward, -clip, clip); }
  /// Whether it makes the same of every reward.
  bool operator==(const RewardScale&) const = default;
};

/// Whole episodes that earned something, step by step with what each went on to earn,
///
///     R_t = r_t + γ R_{t+1},
///
/// in a ring, drawn from by priority (Schaul et al. 2016). An episode that the world ended is worth 0 at its end; one
/// that the horizon cut is worth what the critic then took its final observation for. Episodes in which no reward is
/// above 0 are forgotten. Observations are kept raw, and so are rewards: `rescale` says what they are worth by now.
/// Allocates once.
class EpisodeMemory {
 public:
  EpisodeMemory() = default;
  /// `capacity`: steps. Throws std::invalid_argument where that is less than one whole episode.
  EpisodeMemory(const envs::Spec& spec, int environments, std::int64_t capacity, float gamma, float alpha);
  /// Throws that; `what`: how to call the memory.
  static void require_capacity(const envs::Spec& spec, std::int64_t capacity, const std::string& what);

  /// Takes the next rollout of all worlds. Episodes that end in it enter the memory, as worth drawing as the best so
  /// far. Raw observations must be kept in it where a normaliser changes them.
  void add(const Rollout& rollout, const RewardScale& scale);
  /// Returns by this scale from now on.
  void rescale(const RewardScale& scale);
  std::int64_t size() const { return std::min(placed_, capacity_); }  ///< steps of whole episodes
  /// R of a step, discounted and scaled.
  float returns(std::int64_t index) const { return returns_[static_cast<std::size_t>(index)]; }

  /// Draws origins.size() steps, of which there must be some, into the first columns of `batch`: raw observations,
  /// actions, masks, returns of the first head, and weights (N P)^-beta over the largest of them.
  void draw(envs::Random& random, double beta, std::span<std::int64_t> origins, Rollout& batch) const;
  /// Priorities max(advantage, 1e-6)^alpha of steps that were drawn.
  void set_priorities(std::span<const std::int64_t> origins, const Eigen::ArrayXf& advantages);

  /// All of it, running episodes too, under `name/…`. `load` throws std::runtime_error for what no run has left.
  void save(Archive& archive, const std::string& name) const;
  /// Reads what `save` wrote for the same world and capacity.
  void load(const Archive& archive, const std::string& name);

  /// In bytes.
  static double bytes(const envs::Spec& spec, int environments, std::int64_t capacity);

 private:
  /// Steps in columns.
  struct Steps {
    Steps() = default;
    Steps(const envs::Spec& spec, std::int64_t n);
    void put(std::int64_t to, const Steps& from, std::int64_t at);
    void save(Archive& archive, const std::string& name, std::int64_t n) const;
    void load(const Archive& archive, const std::string& name, std::int64_t n);
    Eigen::MatrixXf observations, actions, masks;
    Eigen::VectorXf rewards;
  };
  void finish(std::int64_t first, std::int64_t length, float tail, const RewardScale& scale);
  void require_actions(const Steps& steps, std::int64_t n, const std::string& name) const;

  envs::Spec spec_;
  std::int64_t capacity_ = 0, longest_ = 0;  // steps of the memory, and of an episode
  float gamma_ = 1, alpha_ = 0;
  Steps running_;                      // world e's from e · longest_ on
  std::vector<std::int64_t> lengths_;  // of each world's running episode
  Steps kept_;
  std::vector<float> returns_, tails_;  // tails: of an episode's last step, what follows it, in the worlds' own rewards
  std::vector<std::uint8_t> last_;      // whether a step is its episode's last
  std::int64_t placed_ = 0;             // steps ever
  RewardScale scale_;                   // of the returns
  SumTree priorities_;
  double largest_priority_ = 1;
};

}  // namespace cairn::agents
