#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "agents/learner/agent.h"
#include "agents/memory/bonus.h"
#include "agents/policy_gradient/intrinsic_stream.h"
#include "agents/policy_gradient/on_policy.h"
#include "agents/policy_gradient/self_imitation.h"
#include "optim/schedule.h"

namespace cairn::agents {

struct A2cOptions {
  std::vector<int> hidden = {64, 64};
  Activation activation = Activation::tanh;
  int rollout = 5;
  float gamma = 0.99F, lambda = 1, entropy = 0, value_coefficient = 0.5F;
  optim::Schedule entropy_schedule{};
  bool normalise_observations = false, normalise_returns = false, normalise_advantages = false;
  float reward_scale = 1, log_std_initial = 0;
  int gradient_shards = 2, max_nonfinite = 10;
  SelfImitationOptions imitation{
      .updates = 4, .memory = 100'000, .weight = 1};  ///< options `imitation` and `imitation_…`

  template <class V>
  void fields(V&& v) {
    v("hidden", hidden, "[1,65536]", "widths of the hidden layers, of actor and critic each");
    v("activation", activation, "tanh|relu|leaky_relu", "after each hidden layer");
    v("rollout", rollout, "[1,10000000]", "steps of each world between updates");
    v("gamma", gamma, "[0,1]", "discount");
    v("lambda", lambda, "[0,1]", "of generalised advantage estimation; 1: n-step returns");
    v("entropy", entropy, "[0,inf)", "coefficient of the entropy bonus");
    v("value_coefficient", value_coefficient, "[0,inf)", "coefficient of the squared value error");
    v("entropy_schedule", entropy_schedule, "schedule", "of entropy, as in (linear); counts the optimizer's updates");
    v("normalise_observations", normalise_observations, "true|false", "whiten by running moments, clip at 10");
    v("normalise_returns", normalise_returns, "true|false", "divide rewards by the running deviation of returns");
    v("normalise_advantages", normalise_advantages, "true|false", "over the batch, to mean 0 and deviation 1");
    v("reward_scale", reward_scale, "(0,inf)", "multiplies every reward");
    v("log_std_initial", log_std_initial, "[-20,2]", "log standard deviation of continuous actions at first");
    v("gradient_shards", gradient_shards, "[1,256]", "parts of a batch that threads can share; changes the bits");
    v("max_nonfinite", max_nonfinite, "[1,1000000]", "updates in a row with a gradient not finite that end the run");
    imitation.fields(v);
  }
};

struct ReinforceOptions {
  std::vector<int> hidden = {64, 64};
  Activation activation = Activation::tanh;
  int rollout = 256;
  float gamma = 0.99F, entropy = 0, value_coefficient = 0.5F;
  bool baseline = true, normalise_advantages = true;
  bool normalise_observations = false, normalise_returns = false;
  float reward_scale = 1, log_std_initial = 0;
  int gradient_shards = 2, max_nonfinite = 10;

  template <class V>
  void fields(V&& v) {
    v("hidden", hidden, "[1,65536]", "widths of the hidden layers, of policy and baseline each");
    v("activation", activation, "tanh|relu|leaky_relu", "after each hidden layer");
    v("rollout", rollout, "[1,10000000]", "steps of each world between updates; long, to hold whole episodes");
    v("gamma", gamma, "[0,1]", "discount");
    v("entropy", entropy, "[0,inf)", "coefficient of the entropy bonus");
    v("value_coefficient", value_coefficient, "[0,inf)", "coefficient of the baseline's squared error");
    v("baseline", baseline, "true|false", "subtract a learned value from the return");
    v("normalise_advantages", normalise_advantages, "true|false", "over the batch, to mean 0 and deviation 1");
    v("normalise_observations", normalise_observations, "true|false", "whiten by running moments, clip at 10");
    v("normalise_returns", normalise_returns, "true|false", "divide rewards by the running deviation of returns");
    v("reward_scale", reward_scale, "(0,inf)", "multiplies every reward");
    v("log_std_initial", log_std_initial, "[-20,2]", "log standard deviation of continuous actions at first");
    v("gradient_shards", gradient_shards, "[1,256]", "parts of a batch that threads can share; changes the bits");
    v("max_nonfinite", max_nonfinite, "[1,1000000]", "updates in a row with a gradient not finite that end the run");
  }
};

// Memory of a run. Throw std::invalid_argument where the rule does not suit the networks.
MemoryNeed memory_need(const A2cOptions& options, const envs::Spec& spec, const optim::Rule& rule, int environments,
                       const Bonus* bonus = nullptr);
MemoryNeed memory_need(const ReinforceOptions& options, const envs::Spec& spec, const optim::Rule& rule,
                       int environments);

/// One update along the score function on each rollout, and then it is thrown away:
///
///     L = -A log π(a|s) + value_coefficient (V - R)² - entropy H,  in the mean over the rollout
///
/// What A2C and REINFORCE do alike; where they differ is in their constructors.
class ScoreFunctionAgent : public Agent, public Startable {
 public:
  std::string_view name() const override { return name_; }
  void start_from(const Archive& checkpoint) override { experience_.start_from(checkpoint, name()); }
  void begin(const Run& run) override;
  void iterate(Telemetry& telemetry) override;
  std::int64_t steps() const override { return experience_.steps(); }
  Policy policy() const override { return experience_.policy(); }
  std::optional<Policy> critic() const override { return experience_.critic(); }
  double reward_scale() const override { return static_cast<double>(experience_.reward_scale().factor); }
  Updater* updater() override { return &experience_.updater(); }
  const Bonus* bonus() const override { return intrinsic_.bonus(); }
  const envs::VectorEnvironment& worlds() const override { return experience_.worlds(); }
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 protected:
  /// How an agent weighs log π(a|s).
  struct Weighting {
    float lambda;                        ///< of generalised advantage estimation
    bool baseline;                       ///< by the advantage R - V(s); otherwise by the return R
    bool normalise_advantages;           ///< to mean 0 and deviation 1, over the rollout
    float entropy, value_coefficient;    ///< coefficients of the entropy bonus and of the squared value error
    optim::Schedule entropy_schedule{};  ///< of `entropy`; counts updates
  };
  /// `options` and `imitation` are checked already; `bonus`: intrinsic reward, if any.
  ScoreFunctionAgent(std::string_view name, const envs::Spec& spec, OnPolicyOptions options, Weighting weighting,
                     optim::Rule rule, std::shared_ptr<Bonus> bonus = nullptr,
                     const SelfImitationOptions& imitation = {});

 private:
  std::string_view name_;
  int rollout_;
  float gamma_;
  Weighting weighting_;
  IntrinsicStream intrinsic_;
  SelfImitation imitation_;
  OnPolicy experience_;
  optim::Horizon horizon_;  // of the schedule: the updates of the run
  float entropy_ = 0;       // in this iteration
  std::vector<int> all_;    // samples of a rollout
};

/// Advantage actor-critic, the synchronous form of A3C (Mnih et al. 2016): short rollouts, whose ends the critic's
/// values stand in for.
class A2c final : public ScoreFunctionAgent {
 public:
  /// Throws std::invalid_argument for options out of range. `bonus`: intrinsic reward, if any.
  A2c(const envs::Spec& spec, const A2cOptions& options, optim::Rule rule,
      const std::shared_ptr<Bonus>& bonus = nullptr);
};

/// REINFORCE (Williams 1992): the log-probability of each action is weighted by the return that followed it, here with
/// a learned baseline. Where a rollout ends in mid-episode, the baseline stands for what would have followed.
class Reinforce final : public ScoreFunctionAgent {
 public:
  /// Throws std::invalid_argument for options out of range.
  Reinforce(const envs::Spec& spec, const ReinforceOptions& options, optim::Rule rule);
};

}  // namespace cairn::agents
