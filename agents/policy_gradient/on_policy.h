#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "agents/learner/agent.h"
#include "agents/learner/updater.h"
#include "agents/memory/collector.h"
#include "agents/networks/normaliser.h"
#include "agents/policy_gradient/action_distribution.h"
#include "agents/policy_gradient/losses.h"
#include "optim/large_vector.h"
#include "optim/optimizer.h"

namespace cairn::agents {

/// What all policy-gradient agents are made of; each has an option struct of its own that says its defaults.
struct OnPolicyOptions {
  std::vector<int> hidden;
  Activation activation = Activation::tanh;
  int rollout = 1;
  float gamma = 0.99F;
  float reward_scale = 1;
  bool normalise_observations = false, normalise_returns = false;
  float log_std_initial = 0;
  int gradient_shards = 2, max_nonfinite = 10;
  int value_heads = 1;
  bool keep_next = false;
};

/// The machinery of learning from one's own fresh experience: worlds, networks, optimizer, normalisers, and gradients
/// over fixed shards. PPO, A2C and REINFORCE hold one and say only what is theirs: targets, losses and epochs.
class OnPolicy {
 public:
  /// A fixed part of a minibatch with all that its gradient takes, for the actor and for the critic. Matrices have
  /// `size` columns that count; arrays too.
  struct ActorShard {
    Eigen::Index size = 0;
    Eigen::MatrixXf observations, actions, masks;
    Eigen::ArrayXf old_log_probability, advantage, weight;
    ActionDistribution<float> distribution;

    Eigen::ArrayXf d_log_probability, d_entropy;  ///< the agent's loss fills them in, and adds to the sums
    LossSums sums;

    Mlp<float>::Scratch actor;
    Eigen::MatrixXf d_outputs;
    Eigen::VectorXf gradient;  ///< of the actor's stretch of all parameters
  };
  struct CriticShard {
    Eigen::Index size = 0;
    Eigen::MatrixXf observations, old_values, returns;
    Eigen::ArrayXf weight;
    Eigen::MatrixXf values;  ///< heads x size, of the critic as it is

    Eigen::MatrixXf d_values;  ///< the agent's loss fills them in, and adds to the sums
    LossSums sums;

    Mlp<float>::Scratch critic;
    optim::LargeVector<float> gradient;  ///< of the critic's stretch of all parameters, which starts a cache line
  };

  /// `options`: an agent's, which has checked them.
  OnPolicy(const envs::Spec& spec, OnPolicyOptions options, optim::Rule rule);

  /// `largest_batch`: samples an update takes at most; `updates`: in the whole run.
  void begin(const Run& run, int largest_batch, std::int64_t updates);

  /// Plays a rollout and scales its rewards. Moments of observations are used frozen until `finish`.
  void collect();
  Rollout& rollout() { return rollout_; }
  const Eigen::ArrayXf& rewards() const { return rewards_; }  ///< of the rollout, as learning sees them
  /// Computes the rollout's values anew with the critic as it is. Needs `keep_next`.
  void revalue();

  /// One optimizer update on `samples` (indices into the rollout). `policy_loss(actor shard, scale)` and
  /// `value_loss(critic shard, scale)` fill the shards' derivatives and sums; scale is 1 / samples. They run at the
  /// same time, each network on a thread of its own: its parameters, gradient and moments then stay in that core's
  /// cache. Returns the sums. Non-finite gradients change nothing and are counted; throws Diverged when max_nonfinite
  /// came in a row.
  template <class PolicyLoss, class ValueLoss>
  LossSums update(std::span<const int> samples, PolicyLoss policy_loss, ValueLoss value_loss) {
    const float scale = 1.0F / static_cast<float>(samples.size());
    const std::size_t shards = actor_shards_.size();
    const auto groups = std::clamp(static_cast<std::size_t>(run_.pool->threads()) / 2, std::size_t{1}, shards);
    const auto part = [samples, shards](std::size_t i) {
      const std::size_t begin = samples.size() * i / shards, end = samples.size() * (i + 1) / shards;
      return samples.subspan(begin, end - begin);
    };
    for (Stretch* stretch : {&actor_, &critic_}) stretch->shards_left = static_cast<int>(shards);
    // Threads meet once an update: each moves its network by the last gradient when it begins with the next one.
    if (groups > 1) finish_step();
    const bool moves_first = std::exchange(step_begun_, false);
    // All by value: what lies on this thread's stack, another has to fetch line by line.
    run_.pool->run_in_place(static_cast<int>(2 * groups), [=, this](int task) {
      const bool for_actor = is_of_actor(task);
      const std::size_t group = static_cast<std::size_t>(task) / 2;
      if (moves_first) updater_.finish_step(for_actor ? actor_.number : critic_.number);
      for (std::size_t i = shards * group / groups; i < shards * (group + 1) / groups; ++i) {
        if (for_actor) {
          forward(actor_shards_[i], part(i));
          policy_loss(actor_shards_[i], scale);
          backward(actor_shards_[i]);
          if (--actor_.shards_left == 0) reduce(actor_shards_, actor_);  // whoever is last
        } else {
          forward(critic_shards_[i], part(i));
          value_loss(critic_shards_[i], scale);
          backward(critic_shards_[i]);
          if (--critic_.shards_left == 0) reduce(critic_shards_, critic_);
        }
      }
    });
    return begin_step();
  }

  /// The update that A2C and REINFORCE share, along the score function:
  ///
  ///     L = -A log p + value_coefficient (V - R)² - entropy H,  in the mean over samples
  LossSums follow_score(std::span<const int> samples, float entropy, float value_coefficient);

  /// Ends the iteration: reports what updates had in common, thaws the normaliser, hands over finished episodes.
  void finish(Telemetry& telemetry);
  /// Means over the iteration's updates, for what an agent reports besides.
  const LossSums& sums() const { return sums_; }

  std::int64_t steps() const { return iteration_ * rollout_.size(); }
  std::int64_t iteration() const { return iteration_; }
  const Run& run() const { return run_; }
  Policy policy() const;
  Policy critic() const;
  Updater& updater() { return updater_; }
  const envs::VectorEnvironment& worlds() const { return *worlds_; }
  void save(Archive& archive) const;
  void load(const Archive& archive);

 private:
  /// What one network has of the flat parameter vector. On a cache line of its own: threads count down at once.
  struct alignas(64) Stretch {
    std::size_t number = 0;  // among the optimizer's stretches
    Eigen::Index offset = 0, size = 0;
    std::atomic<int> shards_left = 0;  // of this update, whose gradient is still to come
  };

  /// Task 0 is the caller's, who starts first: it has the critic, which takes longer when both run.
  static bool is_of_actor(int task) { return task % 2 == 1; }
  void forward(ActorShard& shard, std::span<const int> samples) const;
  void forward(CriticShard& shard, std::span<const int> samples) const;
  void backward(ActorShard& shard) const;
  void backward(CriticShard& shard) const;
  template <class Shard>
  void reduce(const std::vector<Shard>& shards, const Stretch& stretch);
  LossSums begin_step();
  void finish_step();
  std::span<const float> parameters() const {
    return {parameters_.data(), static_cast<std::size_t>(parameters_.size())};
  }

  Stretch actor_, critic_;

  envs::Spec spec_;
  OnPolicyOptions options_;
  optim::Rule rule_;
  ActorCritic networks_;

  Run run_;
  std::unique_ptr<envs::VectorEnvironment> worlds_;
  Eigen::VectorXf parameters_, gradient_;
  Updater updater_;
  Collector collector_;
  Rollout rollout_;
  Eigen::ArrayXf rewards_;
  std::vector<ActorShard> actor_shards_;
  std::vector<CriticShard> critic_shards_;

  Normaliser normaliser_;
  RunningMoments return_moments_{1};
  std::vector<double> running_returns_;  // discounted, of each world

  std::int64_t iteration_ = 0;
  LossSums sums_;            // of this iteration
  bool step_begun_ = false;  // and not finished: the parameters are still to move
};

/// Number of iterations of `batch` environment steps that a run of `total` takes.
std::int64_t iterations_of(std::int64_t total, std::int64_t batch);

/// Shifts and scales to mean 0 and standard deviation 1; a constant becomes 0.
void standardise(Eigen::Ref<Eigen::ArrayXf> values);

}  // namespace cairn::agents
