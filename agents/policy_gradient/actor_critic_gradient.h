#pragma once

#include <Eigen/Core>
#include <functional>
#include <span>
#include <vector>

#include "agents/memory/rollout.h"
#include "agents/networks/actor_critic.h"
#include "agents/networks/normaliser.h"
#include "agents/policy_gradient/action_distribution.h"
#include "agents/policy_gradient/losses.h"
#include "envs/thread_pool.h"

namespace cairn::agents {

/// A fixed part of a minibatch with all that the actor's gradient takes. Of matrices and arrays the first `size`
/// columns or elements count.
struct ActorShard {
  Eigen::Index size = 0;
  Eigen::MatrixXf observations, actions, masks;
  Eigen::ArrayXf old_log_probability, advantage, weight;
  ActionDistribution<float> distribution;  ///< of the actor as it is, over `actions`

  Eigen::ArrayXf d_log_probability, d_entropy;  ///< d loss by the distribution's numbers: for the loss to write
  LossSums sums;                                ///< of this shard: for the loss to add to

  Mlp<float>::Scratch scratch;
  Eigen::MatrixXf d_outputs;
  Eigen::VectorXf gradient;  ///< by all parameters, of which the actor's are written
};

/// The same for the critic's gradient.
struct CriticShard {
  Eigen::Index size = 0;
  Eigen::MatrixXf observations, old_values, returns;
  Eigen::ArrayXf weight;
  Eigen::MatrixXf values;  ///< heads x size, of the critic as it is

  Eigen::MatrixXf d_values;  ///< d loss / d values: for the loss to write
  LossSums sums;

  Mlp<float>::Scratch scratch;
  Eigen::VectorXf gradient;  ///< by all parameters, of which the critic's are written
};

/// Losses of an agent over one shard: they write its derivatives and add to its sums. `scale` is 1 / samples of the
/// minibatch. Called from several threads at once, each with shards of its own. (A std::function holds a lambda that
/// captures two pointers or less without allocating.)
using PolicyLoss = std::function<void(ActorShard& shard, float scale)>;
using ValueLoss = std::function<void(CriticShard& shard, float scale)>;

/// The gradient of actor and critic over a minibatch, which is cut into a fixed number of shards: each network's
/// gradient is summed over them in their order, so that the number of threads changes no bits. The two networks run on
/// different threads.
class ActorCriticGradient {
 public:
  ActorCriticGradient() = default;
  /// `shards`: at least 1; `largest_batch`: samples of a minibatch at most.
  ActorCriticGradient(const ActorCritic& networks, const envs::Spec& spec, int shards, int largest_batch);

  /// Over `samples` (indices into the rollout) at `parameters`; `gradient` is as long as they are. Returns the sums of
  /// the losses. Allocates nothing.
  LossSums compute(std::span<const float> parameters, const Rollout& rollout, std::span<const int> samples,
                   const PolicyLoss& policy_loss, const ValueLoss& value_loss, envs::ThreadPool& pool,
                   std::span<float> gradient);

  /// Writes values, final values and last values of a rollout with `next_observations` anew, by the critic at
  /// `parameters`. `present`: the worlds' observations after the last step, raw; `normaliser`: null where there is
  /// none.
  void revalue(std::span<const float> parameters, const Eigen::Ref<const Eigen::MatrixXf>& present,
               const FrozenNormaliser* normaliser, envs::ThreadPool& pool, Rollout& rollout);

 private:
  void forward(std::span<const float> parameters, const Rollout& rollout, std::span<const int> samples,
               ActorShard& shard) const;
  void forward(std::span<const float> parameters, const Rollout& rollout, std::span<const int> samples,
               CriticShard& shard) const;
  void backward(std::span<const float> parameters, ActorShard& shard) const;
  void backward(std::span<const float> parameters, CriticShard& shard) const;

  ActorCritic networks_;
  Eigen::Index actor_size_ = 0;  // the actor's parameters come first, the critic's are the others
  std::vector<ActorShard> actor_shards_;
  std::vector<CriticShard> critic_shards_;
};

}  // namespace cairn::agents
