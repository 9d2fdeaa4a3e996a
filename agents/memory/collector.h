#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "agents/memory/rollout.h"
#include "agents/networks/actor_critic.h"
#include "agents/networks/normaliser.h"
#include "envs/random.h"
#include "envs/thread_pool.h"
#include "envs/vector_environment.h"

namespace cairn::agents {

/// Fills rollouts. Worlds are cut into fixed shards of four columns, which play on their own, so there is one barrier a
/// rollout, and nothing depends on the number of threads. Where there are fewer threads than shards, a thread plays a
/// shard for some steps and then takes whichever is next in turn: a slower core plays fewer of them.
class Collector {
 public:
  Collector() = default;
  /// Allocates for so many worlds; `networks` are copied.
  Collector(const ActorCritic& networks, const envs::Spec& spec, int environments);

  /// Plays rollout.steps steps of `worlds`. Actions of world e come from Random(seed, Stream::policy, e, iteration).
  /// Throws Diverged where a network's outputs are not finite.
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
  /// Steps [begin_step, end_step) of a shard, in a rollout that begins after `before` steps of all worlds.
  static void play(const ActorCritic& networks, std::span<const float> parameters, envs::VectorEnvironment& worlds,
                   const Normaliser* normaliser, std::int64_t before, int begin_step, int end_step, Shard& shard,
                   Rollout& rollout);
  std::vector<Shard> shards_;
  std::vector<std::atomic<int>> turns_;  // that each shard has played of this rollout
};

}  // namespace cairn::agents
