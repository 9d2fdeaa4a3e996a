#pragma once

#include <Eigen/Core>
#include <functional>
#include <span>
#include <vector>

#include "agents/learner/updater.h"
#include "agents/memory/rollout.h"
#include "agents/networks/actor_critic.h"
#include "agents/networks/normaliser.h"
#include "agents/policy_gradient/action_distribution.h"
#include "agents/policy_gradient/losses.h"
#include "envs/thread_pool.h"
#include "optim/divided_step.h"
#include "optim/large_vector.h"

namespace cairn::agents {

/// A fixed part of a minibatch with all that the actor's gradient takes. Of matrices and arrays the first `size`
/// columns or elements count.
struct ActorShard {
  Eigen::Index size = 0;                                  ///< samples of this shard
  Eigen::MatrixXf observations, actions, masks;           ///< as in the rollout, samples in columns
  Eigen::ArrayXf old_log_probability, advantage, weight;  ///< of each sample, when it was collected
  ActionDistribution<float> distribution;                 ///< of the actor as it is, over `actions`

  Eigen::ArrayXf d_log_probability, d_entropy;  ///< d loss by the distribution's numbers: for the loss to write
  LossSums sums;                                ///< of this shard: for the loss to add to

  Mlp<float>::Scratch scratch;  ///< of the actor
  Eigen::MatrixXf d_outputs;    ///< d loss / d outputs of the actor
  Eigen::VectorXf gradient;     ///< by all parameters, of which the actor's are written
};

/// The same for the critic's gradient.
struct CriticShard {
  Eigen::Index size = 0;                              ///< samples of this shard
  Eigen::MatrixXf observations, old_values, returns;  ///< samples in columns; values and returns: heads x size
  Eigen::ArrayXf weight;                              ///< of each sample in the loss
  Eigen::MatrixXf values;                             ///< heads x size, of the critic as it is

  Eigen::MatrixXf d_values;  ///< d loss / d values: for the loss to write
  LossSums sums;             ///< of this shard: for the loss to add to

  Mlp<float>::Scratch scratch;  ///< of the critic
  /// By all parameters, of which the critic's are written; they start on a cache line's border.
  optim::LargeVector<float> gradient;
};

/// Losses of an agent over one shard: they write its derivatives and add to its sums. `scale` is 1 / samples of the
/// minibatch. Called from several threads at once, each with shards of its own. (A std::function holds a lambda that
/// captures two pointers or less without allocating.)
using PolicyLoss = std::function<void(ActorShard& shard, float scale)>;
/// The same for the critic.
using ValueLoss = std::function<void(CriticShard& shard, float scale)>;

/// Updates of actor and critic, each down the gradient over a minibatch. That is cut into a fixed number of shards:
/// each network's gradient is summed over them in their order, so that the number of threads changes no bits. The two
/// networks run on different threads.
class ActorCriticUpdate {
 public:
  ActorCriticUpdate() = default;
  /// `shards`: at least 1; `largest_batch`: samples of a minibatch at most.
  ActorCriticUpdate(const ActorCritic& networks, const envs::Spec& spec, int shards, int largest_batch);

  /// What an update came to.
  struct Outcome {
    LossSums sums;         ///< over the samples
    bool applied = false;  ///< false: the gradient was not finite, and changed nothing
  };
  /// One step of `updater` on `samples` (indices into the rollout), after `environment_steps`. The last parameters may
  /// be left to move in the next call, or in `finish`. Allocates nothing; throws as Updater::step does, and Diverged
  /// where the gradient was finite and a sum of losses is not, or the networks' outputs are not.
  Outcome run(std::span<float> parameters, Updater& updater, const Rollout& rollout, std::span<const int> samples,
              const PolicyLoss& policy_loss, const ValueLoss& value_loss, std::int64_t environment_steps,
              envs::ThreadPool& pool);
  /// Moves what the last update left, and throws Diverged where that is not finite. Before anybody else looks at
  /// parameters or optimizer.
  void finish(std::span<const float> parameters, const Updater& updater, std::int64_t environment_steps);

  /// After `finish`: writes values, final values and last values of a rollout with `next_observations` anew, by the
  /// critic at `parameters`. `present`: the worlds' observations after the last step, raw; `normaliser`: null where
  /// there is none.
  void revalue(std::span<const float> parameters, const Eigen::Ref<const Eigen::MatrixXf>& present,
               const FrozenNormaliser* normaliser, envs::ThreadPool& pool, Rollout& rollout);

  /// After `finish`: the values (heads x n) of the first n of `observations`, as networks see them, by the critic at
  /// `parameters`.
  void evaluate(std::span<const float> parameters, const Eigen::MatrixXf& observations, Eigen::Index n,
                envs::ThreadPool& pool, Eigen::MatrixXf& values);

 private:
  /// Columns [first, end) of that, by a shard whose weights are packed.
  void evaluate(std::span<const float> parameters, const Eigen::MatrixXf& observations, Eigen::Index first,
                Eigen::Index end, CriticShard& shard, Eigen::MatrixXf& values) const;
  void forward(std::span<const float> parameters, const Rollout& rollout, std::span<const int> samples,
               ActorShard& shard) const;
  void forward(std::span<const float> parameters, const Rollout& rollout, std::span<const int> samples,
               CriticShard& shard) const;
  void backward(std::span<const float> parameters, ActorShard& shard) const;
  void backward(std::span<const float> parameters, CriticShard& shard) const;

  void require_finite_outputs(std::int64_t steps) const;

  // Of the shards' gradients into the whole one.
  void sum_actor();
  void sum_critic();

  ActorCritic networks_;
  Eigen::Index actor_size_ = 0;  // the actor's parameters come first, the critic's are the others
  std::vector<ActorShard> actor_shards_;
  std::vector<CriticShard> critic_shards_;
  Eigen::VectorXf gradient_;
  optim::DividedStep<float>* begun_ = nullptr;  // the step that has parameters still to move
};

}  // namespace cairn::agents
