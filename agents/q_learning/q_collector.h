#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agents/memory/rollout.h"
#include "agents/networks/normaliser.h"
#include "agents/q_learning/q_network.h"
#include "envs/random.h"
#include "envs/thread_pool.h"
#include "envs/vector_environment.h"

namespace cairn::agents {

/// Fills rollouts ε-greedily. Worlds are cut into fixed shards of four columns, which play on their own, so there is
/// one barrier a rollout, and nothing depends on the number of threads.
class QCollector {
 public:
  QCollector() = default;
  /// Allocates for so many worlds; `network` is copied.
  QCollector(const QNetwork<float>& network, const envs::Spec& spec, int environments);

  /// What all samples of a rollout have in common.
  struct Circumstances {
    std::uint64_t seed = 0;       ///< of the run
    std::uint32_t iteration = 0;  ///< the rollout's number
    float epsilon = 0;            ///< share of random actions, in [0, 1]
    std::int64_t steps = 0;       ///< of all worlds, before the rollout
  };
  /// Plays rollout.steps steps of `worlds`. World e draws from Random(seed, Stream::exploration, e, iteration). Values
  /// are max Q over legal actions. Throws Diverged where one is not finite. With a normaliser, observations pass
  /// through its frozen moments, and what was seen is merged into `moments` afterwards, in the order of shards.
  void collect(const QNetwork<float>& network, std::span<const float> parameters, envs::VectorEnvironment& worlds,
               const Circumstances& circumstances, Normaliser* normaliser, envs::ThreadPool& pool, Rollout& rollout);

  static constexpr int width = 4;  ///< worlds of a shard

 private:
  struct Shard {
    int first = 0, count = 0;
    QNetwork<float>::Scratch scratch;
    Eigen::MatrixXf observations;
    RunningMoments moments;
    std::vector<envs::Random> random;
  };
  static void play(const QNetwork<float>& network, std::span<const float> parameters, envs::VectorEnvironment& worlds,
                   const Circumstances& circumstances, const Normaliser* normaliser, Shard& shard, Rollout& rollout);
  std::vector<Shard> shards_;
};

}  // namespace cairn::agents
