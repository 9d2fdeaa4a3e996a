#pragma once

#include <Eigen/Core>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "agents/networks/mlp.h"
#include "agents/normaliser.h"
#include "agents/policy.h"
#include "envs/thread_pool.h"
#include "envs/vector_environment.h"

namespace cairn::agents {

/// Separate actor and critic in one flat parameter vector: blocks `actor/…`, for continuous worlds `actor/log_std`,
/// then `critic/…`, whose outputs are the value heads.
struct ActorCritic {
  ActorCritic() = default;
  /// Throws std::invalid_argument for sizes that make no network.
  ActorCritic(const envs::Spec& spec, const std::vector<int>& hidden, Activation activation, int value_heads);

  Head head = Head::logits;
  optim::Layout layout;
  Mlp<float> actor, critic;
  Eigen::Index log_std_offset = -1, log_std_size = 0;  ///< size 0 for discrete worlds

  /// Orthogonal, gain √2 in hidden layers, 0.01 for the actor's output, 1 for the critic's.
  Eigen::VectorXf initial_parameters(std::uint64_t seed, float log_std) const;
  std::span<const float> log_std(std::span<const float> parameters) const;
};

/// Experience of `steps` steps of all worlds. Sample t * environments + e is step t of world e; samples are columns.
struct Rollout {
  Rollout() = default;
  Rollout(const envs::Spec& spec, int environments, int steps, int value_heads, bool keep_next);

  int environments = 0, steps = 0;
  Eigen::MatrixXf observations;             ///< features x n, as the networks saw them
  Eigen::MatrixXf next_observations;        ///< features x n, raw, final where done; empty unless kept
  Eigen::MatrixXf actions;                  ///< as drawn, before any clamping
  Eigen::MatrixXf masks;                    ///< actions x n; empty where all actions are always legal
  Eigen::ArrayXf log_probability, rewards;  ///< rewards are the world's own
  Eigen::MatrixXf values;                   ///< heads x n
  Eigen::MatrixXf final_values;             ///< heads x n, V(final observation) where truncated
  Eigen::MatrixXf last_values;              ///< heads x environments, of the observations after the last step
  std::vector<std::uint8_t> terminated, truncated;

  Eigen::MatrixXf returns;           ///< heads x n, targets of the value heads
  Eigen::ArrayXf advantage, weight;  ///< weight: of each sample in the losses, 1 unless somebody knows better

  int size() const { return environments * steps; }
};

/// Fills rollouts. Worlds are cut into fixed shards of four columns, which play on their own, so there is one barrier a
/// rollout, and nothing depends on the number of threads. Where there are fewer threads than shards, a thread plays a
/// shard for some steps and then takes whichever is next in turn: a slower core plays fewer of them.
class Collector {
 public:
  Collector() = default;
  Collector(const ActorCritic& networks, const envs::Spec& spec, int environments);

  /// Plays rollout.steps steps of `worlds`. Actions of world e come from Random(seed, Stream::policy, e, iteration).
  /// With a normaliser, observations pass through its frozen moments, and what was seen is merged into `moments`
  /// afterwards, in the order of shards.
  void collect(const ActorCritic& networks, std::span<const float> parameters, envs::VectorEnvironment& worlds,
               std::uint64_t seed, std::uint32_t iteration, Normaliser* normaliser, envs::ThreadPool& pool,
               Rollout& rollout);

 private:
  static constexpr int width = 4;
  struct Shard {
    int first = 0, count = 0;
    Mlp<float>::Scratch actor, critic;
    Eigen::MatrixXf observations;
    RunningMoments moments;
    std::vector<envs::Random> random;
  };
  /// Steps [begin_step, end_step) of a shard.
  static void play(const ActorCritic& networks, std::span<const float> parameters, envs::VectorEnvironment& worlds,
                   const Normaliser* normaliser, int begin_step, int end_step, Shard& shard, Rollout& rollout);
  std::vector<Shard> shards_;
  std::vector<std::atomic<int>> turns_;  // that each shard has played of this rollout
};

}  // namespace cairn::agents
