#pragma once

#include <memory>
#include <span>
#include <vector>

#include "agents/learner/agent.h"
#include "agents/learner/memory_need.h"
#include "agents/learner/starting_weights.h"
#include "agents/learner/updater.h"
#include "agents/memory/bonus.h"
#include "agents/memory/collector.h"
#include "agents/memory/episode_memory.h"
#include "agents/networks/normaliser.h"
#include "agents/policy_gradient/actor_critic_update.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

namespace cairn::agents {

/// What all policy-gradient agents are made of; each has an option struct of its own that says its defaults.
struct OnPolicyOptions {
  std::vector<int> hidden;                   ///< widths of the hidden layers, of actor and critic each
  Activation activation = Activation::tanh;  ///< after each hidden layer
  int rollout = 1;                           ///< steps of each world between updates
  float gamma = 0.99F;                       ///< discount, by which returns are normalised
  float reward_scale = 1;                    ///< multiplies every reward
  bool normalise_observations = false, normalise_returns = false;  ///< by running moments, clipped at 10
  float log_std_initial = 0;                 ///< log standard deviation of continuous actions at first
  int gradient_shards = 2;                   ///< parts of a minibatch that threads can share
  int max_nonfinite = 10;                    ///< updates in a row with a gradient not finite that end the run
  int value_heads = 1;                       ///< outputs of the critic
  bool keep_next = false, keep_raw = false;  ///< whether rollouts keep next observations, and raw ones
};

/// The machinery of learning from one's own fresh experience: worlds, networks, optimizer and normalisers. PPO, A2C and
/// REINFORCE hold one and say only what is theirs: targets, losses and epochs.
class OnPolicy {
 public:
  /// `options`: an agent's, which has checked them.
  OnPolicy(const envs::Spec& spec, OnPolicyOptions options, optim::Rule rule);

  /// As `Agent::start_from`; `agent`: its name.
  void start_from(const Archive& checkpoint, std::string_view agent);
  /// `largest_batch`: samples an update takes at most; `updates`: in the whole run.
  void begin(const Run& run, int largest_batch, std::int64_t updates);

  /// Plays a rollout and scales its rewards. Moments of observations are used frozen until `finish`.
  void collect();
  /// The latest one; advantages and returns are for the agent to fill in.
  Rollout& rollout() { return rollout_; }
  const Eigen::ArrayXf& rewards() const { return rewards_; }         ///< of the rollout, as learning sees them
  const RewardScale& reward_scale() const { return reward_scale_; }  ///< by which these are made of the worlds' own
  /// Computes the rollout's values anew with the critic as it is. Needs `keep_next`.
  void revalue();

  /// One optimizer update on `samples` (indices into the rollout), down the gradient of both losses. Returns the sums
  /// of the losses over the samples. Non-finite gradients change nothing and are counted; throws Diverged when
  /// max_nonfinite came in a row.
  LossSums update(std::span<const int> samples, const PolicyLoss& policy_loss, const ValueLoss& value_loss);

  // Samples from elsewhere, in the first columns of a rollout with as many value heads:
  /// Brings raw observations to what the networks see, in place.
  void normalise(const Eigen::Ref<Eigen::MatrixXf>& observations) const;
  /// Writes the first n values, by the critic as it is.
  void evaluate(Rollout& batch, Eigen::Index n);
  /// An optimizer of its own for them: the same rule, with moments and a schedule of its own.
  Updater another_updater(std::int64_t updates) const;
  /// As `update`, by that; counts among no sums.
  void update(Updater& updater, const Rollout& batch, std::span<const int> samples, const PolicyLoss& policy_loss,
              const ValueLoss& value_loss);

  /// Ends the iteration: reports what updates had in common, freezes the normaliser anew at all that was seen, hands
  /// over finished episodes.
  void finish(Telemetry& telemetry);
  /// Sums over the samples of this iteration's updates, for what an agent reports besides.
  const LossSums& sums() const { return sums_; }

  /// Environment steps done, of all worlds together.
  std::int64_t steps() const { return iteration_ * rollout_.size(); }
  /// Outputs of the critic.
  int value_heads() const { return options_.value_heads; }
  /// Iterations finished.
  std::int64_t iteration() const { return iteration_; }
  /// What `begin` was given.
  const Run& run() const { return run_; }
  /// The actor with the frozen normaliser.
  Policy policy() const;
  /// The critic with the frozen normaliser; its first head counts the world's rewards.
  Policy critic() const;
  /// The optimizer of both networks.
  Updater& updater() { return updater_; }
  /// The training worlds; after `begin`.
  const envs::VectorEnvironment& worlds() const { return *worlds_; }
  void save(Archive& archive) const;
  void load(const Archive& archive);

 private:
  std::span<const float> parameters() const {
    return {parameters_.data(), static_cast<std::size_t>(parameters_.size())};
  }

  envs::Spec spec_;
  OnPolicyOptions options_;
  optim::Rule rule_;
  ActorCritic networks_;
  StartingWeights start_;

  Run run_;
  std::unique_ptr<envs::VectorEnvironment> worlds_;
  Eigen::VectorXf parameters_;
  Updater updater_;
  Collector collector_;
  Rollout rollout_;
  Eigen::ArrayXf rewards_;
  RewardScale reward_scale_;
  ActorCriticUpdate update_;

  Normaliser normaliser_;
  RunningMoments return_moments_{1};
  std::vector<double> running_returns_;  // discounted, of each world

  std::int64_t iteration_ = 0;
  LossSums sums_;  // of this iteration
};

/// Memory of a run with these options, on minibatches of at most `largest_batch`, and with that bonus, if any. Throws
/// std::invalid_argument where the rule does not suit the networks.
MemoryNeed memory_need(const OnPolicyOptions& options, double largest_batch, const envs::Spec& spec,
                       const optim::Rule& rule, int environments, const Bonus* bonus = nullptr);

/// Number of iterations of `batch` environment steps that a run of `total` takes.
std::int64_t iterations_of(std::int64_t total, std::int64_t batch);

/// A coefficient after so many updates. A constant schedule leaves it as it is, to the bit.
float scheduled(const optim::Schedule& schedule, float coefficient, std::int64_t updates, optim::Horizon horizon);

/// Shifts and scales to mean 0 and standard deviation 1; a constant becomes 0.
void standardise(Eigen::Ref<Eigen::ArrayXf> values);

}  // namespace cairn::agents
