#pragma once

#include <memory>
#include <vector>

#include "agents/archive/archive.h"
#include "agents/learner/agent.h"
#include "agents/learner/memory_need.h"
#include "agents/learner/starting_weights.h"
#include "agents/learner/traced_updater.h"
#include "agents/memory/stream_scaling.h"
#include "agents/networks/actor_critic.h"
#include "agents/policy_gradient/action_distribution.h"
#include "optim/optimizer.h"

namespace cairn::agents {

struct StreamAcOptions {
  std::vector<int> hidden = {64, 64};
  Activation activation = Activation::leaky_relu;
  bool layer_norm = true;
  float sparsity = 0.9F;
  float gamma = 0.99F, lambda = 0.8F;
  float entropy = 0.01F, log_std_initial = -0.5F;
  bool normalise_observations = true, normalise_returns = true;
  int max_nonfinite = 10;

  template <class V>
  void fields(V&& v) {
    v("hidden", hidden, "[1,65536]", "widths of the hidden layers, of actor and critic each");
    v("activation", activation, "tanh|relu|leaky_relu", "after each hidden layer");
    v("layer_norm", layer_norm, "true|false", "before it, without gain and offset");
    v("sparsity", sparsity, "[0,1]", "share of each unit's weights that start at 0; one stays");
    v("gamma", gamma, "[0,1]", "discount");
    v("lambda", lambda, "[0,1)", "how far traces reach back");
    v("entropy", entropy, "[0,inf)", "weight of the entropy's gradient beside the log-probability's");
    v("log_std_initial", log_std_initial, "[-20,2]", "log standard deviation of continuous actions at first");
    v("normalise_observations", normalise_observations, "true|false", "whiten by running moments");
    v("normalise_returns", normalise_returns, "true|false", "divide rewards by the running deviation of returns");
    v("max_nonfinite", max_nonfinite, "[1,1000000]", "updates in a row with a gradient not finite that end the run");
  }
};

/// Memory of a run. Throws std::invalid_argument where the rule does not suit the networks.
MemoryNeed memory_need(const StreamAcOptions& options, const envs::Spec& spec, const optim::Rule& rule,
                       int environments);

/// Stream AC(λ) (Elsayed, Vasan and Mahmood 2024): actor and critic learn from each step once, in one world, by one
/// error, without batches:
///
///     δ = r + γ V(s') - V(s)
///     critic:  z ← γλ z + ∇V(s)
///     actor:   z ← γλ z + ∇log π(a|s) + entropy sign(δ) ∇H,  and each a step along δ z
///
/// Traces are cut behind the end of an episode. The rule is the paper's ObGD, intentional updates, or any other on -δ
/// z. As in all policy gradients here, and other than in the paper, the standard deviation of continuous actions is a
/// parameter and no output of the network.
class StreamAc final : public Agent, public Startable {
 public:
  /// Throws std::invalid_argument for options out of range.
  StreamAc(const envs::Spec& spec, const StreamAcOptions& options, optim::Rule rule);

  std::string_view name() const override { return "stream_ac"; }
  void start_from(const Archive& checkpoint) override;
  /// Throws std::invalid_argument for more than one environment.
  void begin(const Run& run) override;
  /// 512 steps.
  void iterate(Telemetry& telemetry) override;
  std::int64_t steps() const override { return steps_; }
  Policy policy() const override;
  std::optional<Policy> critic() const override;
  double reward_scale() const override { return options_.normalise_returns ? rewards_.factor() : 1; }
  Updater* updater() override { return &learner_.updater(); }
  const envs::VectorEnvironment& worlds() const override { return *worlds_; }
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  void step();
  void act(const Eigen::Ref<const Eigen::MatrixXf>& outputs);
  void see(const Eigen::MatrixXf& raw, Eigen::MatrixXf& seen);
  std::span<float> parameters() { return {parameters_.data(), static_cast<std::size_t>(parameters_.size())}; }

  envs::Spec spec_;
  StreamAcOptions options_;
  optim::Rule rule_;
  ActorCritic networks_;
  StartingWeights start_;

  Run run_;
  std::unique_ptr<envs::VectorEnvironment> worlds_;
  StreamNormaliser normaliser_;
  RewardScaler rewards_;
  Eigen::VectorXf parameters_, gradient_;
  TracedUpdater learner_;
  std::int64_t steps_ = 0;

  // A column each; current and next as the networks see them.
  Eigen::MatrixXf current_, next_, action_, mask_, d_outputs_, d_value_;
  Eigen::ArrayXf d_log_probability_, d_entropy_;
  ActionDistribution<float> distribution_;
  Mlp<float>::Scratch actor_, critic_, ahead_;
  struct Sums {
    double value_loss = 0, entropy = 0;
  };
  Sums sums_;  // of this iteration
};

}  // namespace cairn::agents
