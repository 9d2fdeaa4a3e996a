#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "agents/archive/archive.h"
#include "agents/learner/agent.h"
#include "agents/learner/memory_need.h"
#include "agents/learner/starting_weights.h"
#include "agents/learner/updater.h"
#include "agents/memory/rollout.h"
#include "agents/networks/normaliser.h"
#include "agents/q_learning/q_collector.h"
#include "agents/q_learning/q_network.h"
#include "optim/optimizer.h"

namespace cairn::agents {

/// Gradients are clipped by the optimizer's rule (`global_norm`, 10 usually).
struct PqnOptions {
  std::vector<int> hidden = {128, 128};
  Activation activation = Activation::relu;
  bool layer_norm = true;
  int rollout = 64, minibatch = 128, epochs = 4;
  float gamma = 0.99F, lambda = 0.95F;
  float epsilon_initial = 1, epsilon_final = 0.05F, exploration_fraction = 0.2F;
  float reward_scale = 1;
  bool normalise_observations = false;
  int gradient_shards = 2, max_nonfinite = 10;

  template <class V>
  void fields(V&& v) {
    v("hidden", hidden, "[1,65536]", "widths of the hidden layers");
    v("activation", activation, "tanh|relu|leaky_relu", "after each hidden layer");
    v("layer_norm", layer_norm, "true|false", "LayerNorm before it; without, learning may diverge");
    v("rollout", rollout, "[1,10000000]", "steps of each world between updates");
    v("minibatch", minibatch, "[1,10000000]", "samples an update");
    v("epochs", epochs, "[1,1000]", "passes over a rollout");
    v("gamma", gamma, "[0,1]", "discount");
    v("lambda", lambda, "[0,1]", "of the targets: 0 looks one step ahead, 1 to the end of the rollout");
    v("epsilon_initial", epsilon_initial, "[0,1]", "share of random actions at first");
    v("epsilon_final", epsilon_final, "[0,1]", "share of random actions in the end");
    v("exploration_fraction", exploration_fraction, "[0,1]", "share of the run over which it falls");
    v("reward_scale", reward_scale, "(0,inf)", "multiplies every reward");
    v("normalise_observations", normalise_observations, "true|false", "whiten by running moments, clip at 10");
    v("gradient_shards", gradient_shards, "[1,256]", "parts of a minibatch that threads can share; changes the bits");
    v("max_nonfinite", max_nonfinite, "[1,1000000]", "updates in a row with a gradient not finite that end the run");
  }
};

/// Memory of a run. Throws std::invalid_argument where the rule does not suit the network.
MemoryNeed memory_need(const PqnOptions& options, const envs::Spec& spec, const optim::Rule& rule, int environments);

/// Parallelised Q-network (Gallici et al. 2025, "Simplifying Deep Temporal Difference Learning"): Q(λ) on fresh
/// rollouts of many worlds. It has neither replay nor a target network; LayerNorm keeps it from diverging.
class Pqn final : public Agent, public Startable {
 public:
  /// Throws std::invalid_argument for options out of range and for worlds with continuous actions.
  Pqn(const envs::Spec& spec, const PqnOptions& options, optim::Rule rule);

  std::string_view name() const override { return "pqn"; }
  void start_from(const Archive& checkpoint) override;
  void begin(const Run& run) override;
  void iterate(Telemetry& telemetry) override;
  std::int64_t steps() const override { return iteration_ * rollout_.size(); }
  Policy policy() const override;
  std::optional<Policy> critic() const override { return policy(); }
  double reward_scale() const override { return static_cast<double>(options_.reward_scale); }
  Updater* updater() override { return &updater_; }
  const envs::VectorEnvironment& worlds() const override { return *worlds_; }
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  /// A fixed part of a minibatch with all that its gradient takes.
  struct Shard {
    Eigen::MatrixXf observations, d_loss_d_q;
    QNetwork<float>::Scratch scratch;
    Eigen::VectorXf gradient;
    double loss = 0, q = 0;  // sums over its samples
  };

  float epsilon() const;
  void update(std::span<const int> minibatch);
  void compute_gradient(std::span<const int> samples, float scale, Shard& shard) const;
  std::span<const float> parameters() const { return view(parameters_); }

  envs::Spec spec_;
  PqnOptions options_;
  optim::Rule rule_;
  QNetwork<float> network_;
  StartingWeights start_;

  Run run_;
  std::unique_ptr<envs::VectorEnvironment> worlds_;
  Normaliser normaliser_;
  QCollector collector_;
  Rollout rollout_;
  Eigen::ArrayXf rewards_, targets_;  // rewards: scaled
  Eigen::VectorXf parameters_, gradient_;
  Updater updater_;
  std::vector<Shard> shards_;
  std::vector<int> order_;  // of the samples in this epoch
  std::int64_t iteration_ = 0;

  struct Sums {
    double loss = 0, q = 0, samples = 0;
  };
  Sums sums_;  // of this iteration's updates
};

}  // namespace cairn::agents
