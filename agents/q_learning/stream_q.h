#pragma once

#include <memory>
#include <vector>

#include "agents/archive/archive.h"
#include "agents/learner/agent.h"
#include "agents/learner/memory_need.h"
#include "agents/learner/starting_weights.h"
#include "agents/learner/traced_updater.h"
#include "agents/memory/stream_scaling.h"
#include "agents/q_learning/q_network.h"
#include "optim/optimizer.h"

namespace cairn::agents {

struct StreamQOptions {
  std::vector<int> hidden = {32, 32};
  Activation activation = Activation::leaky_relu;
  bool layer_norm = true;
  float sparsity = 0.9F;
  float gamma = 0.99F, lambda = 0.8F;
  float epsilon_initial = 1, epsilon_final = 0.01F, exploration_fraction = 0.05F;
  bool normalise_observations = true, normalise_returns = true;
  int max_nonfinite = 10;

  template <class V>
  void fields(V&& v) {
    v("hidden", hidden, "[1,65536]", "widths of the hidden layers");
    v("activation", activation, "tanh|relu|leaky_relu", "after each hidden layer");
    v("layer_norm", layer_norm, "true|false", "before it, without gain and offset");
    v("sparsity", sparsity, "[0,1]", "share of each unit's weights that start at 0; one stays");
    v("gamma", gamma, "[0,1]", "discount");
    v("lambda", lambda, "[0,1)", "how far traces reach back");
    v("epsilon_initial", epsilon_initial, "[0,1]", "share of random actions at first");
    v("epsilon_final", epsilon_final, "[0,1]", "share of random actions in the end");
    v("exploration_fraction", exploration_fraction, "[0,1]", "share of the run over which it falls");
    v("normalise_observations", normalise_observations, "true|false", "whiten by running moments");
    v("normalise_returns", normalise_returns, "true|false", "divide rewards by the running deviation of returns");
    v("max_nonfinite", max_nonfinite, "[1,1000000]", "updates in a row with a gradient not finite that end the run");
  }
};

/// Memory of a run. Throws std::invalid_argument where the rule does not suit the network.
MemoryNeed memory_need(const StreamQOptions& options, const envs::Spec& spec, const optim::Rule& rule,
                       int environments);

/// Stream Q(λ) (Elsayed, Vasan and Mahmood 2024): learns from each step once, in one world, without replay, batches or
/// a target network:
///
///     δ = r + γ max Q(s', ·) - Q(s, a);  z ← γλ z + ∇Q(s, a);  a step along δ z
///
/// Traces are cut behind the end of an episode and behind an action that was not the greedy one (Watkins 1989). The
/// rule is the paper's ObGD, intentional updates, or any other on -δ z.
class StreamQ final : public Agent, public Startable {
 public:
  /// Throws std::invalid_argument for options out of range and for worlds with continuous actions.
  StreamQ(const envs::Spec& spec, const StreamQOptions& options, optim::Rule rule);

  std::string_view name() const override { return "stream_q"; }
  void start_from(const Archive& checkpoint) override;
  /// Throws std::invalid_argument for more than one environment.
  void begin(const Run& run) override;
  /// 512 steps.
  void iterate(Telemetry& telemetry) override;
  std::int64_t steps() const override { return steps_; }
  Policy policy() const override;
  std::optional<Policy> critic() const override { return policy(); }
  double reward_scale() const override { return options_.normalise_returns ? rewards_.factor() : 1; }
  Updater* updater() override { return &learner_.updater(); }
  const envs::VectorEnvironment& worlds() const override { return *worlds_; }
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  float epsilon() const;
  void step();
  void see(const Eigen::MatrixXf& raw, Eigen::MatrixXf& seen);
  std::span<float> parameters() { return {parameters_.data(), static_cast<std::size_t>(parameters_.size())}; }

  envs::Spec spec_;
  StreamQOptions options_;
  optim::Rule rule_;
  QNetwork<float> network_;
  StartingWeights start_;

  Run run_;
  std::unique_ptr<envs::VectorEnvironment> worlds_;
  StreamNormaliser normaliser_;
  RewardScaler rewards_;
  Eigen::VectorXf parameters_, gradient_;
  TracedUpdater learner_;
  std::int64_t steps_ = 0;

  Eigen::MatrixXf current_, next_, action_, d_loss_d_q_;  // a column each; current and next as the network sees them
  QNetwork<float>::Scratch now_, ahead_;
  struct Sums {
    double loss = 0, q = 0;
  };
  Sums sums_;  // of this iteration
};

}  // namespace cairn::agents
