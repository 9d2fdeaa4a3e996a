#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "agents/archive/archive.h"
#include "agents/learner/agent.h"
#include "agents/learner/memory_need.h"
#include "agents/learner/starting_weights.h"
#include "agents/learner/updater.h"
#include "agents/memory/sampler.h"
#include "agents/networks/normaliser.h"
#include "agents/q_learning/epsilon_greedy.h"
#include "agents/q_learning/q_network.h"
#include "optim/optimizer.h"

namespace cairn::agents {

/// Gradients are clipped by the optimizer's rule. Steps are environment steps, of all worlds together, unless a line
/// says otherwise.
struct DqnOptions {
  std::vector<int> hidden = {64, 64};
  Activation activation = Activation::relu;
  float gamma = 0.99F;
  std::int64_t memory = 100'000, learning_starts = 1'000;
  int train_frequency = 1, gradient_steps = 1, batch = 64;
  std::int64_t target_interval = 500;
  float tau = 1;
  float epsilon_initial = 1, epsilon_final = 0.05F, exploration_fraction = 0.1F;
  int exploration_hold = 1;
  float huber = 1, reward_scale = 1;
  bool normalise_observations = false;
  bool double_q = true, dueling = false, layer_norm = false;
  int quantiles = 1;
  int n_step = 1;
  bool prioritized = false;
  float priority_alpha = 0.6F, priority_beta = 0.4F;
  bool hindsight = false;
  int hindsight_goals = 4;
  float demonstration_fraction = 0.25F, demonstration_margin = 0.8F;
  std::int64_t pretraining = 0;
  bool save_memory = true;
  int max_nonfinite = 10;

  /// Whether an agent of these options cannot do without.
  bool needs_demonstrations() const { return pretraining > 0; }

  template <class V>
  void fields(V&& v) {
    v("hidden", hidden, "[1,65536]", "widths of the hidden layers");
    v("activation", activation, "tanh|relu|leaky_relu", "after each hidden layer");
    sampler_fields(v, *this);
    v("learning_starts", learning_starts, "[0,1000000000000]", "steps of random actions before the first update");
    v("train_frequency", train_frequency, "[1,1000000]", "steps of each world between updates");
    v("gradient_steps", gradient_steps, "[1,1000000]", "updates after them");
    v("target_interval", target_interval, "[1,1000000000]", "steps between updates of the target network");
    v("tau", tau, "(0,1]", "how far the target network moves then; 1: a copy");
    v("epsilon_initial", epsilon_initial, "[0,1]", "share of random actions at first");
    v("epsilon_final", epsilon_final, "[0,1]", "share of random actions in the end");
    v("exploration_fraction", exploration_fraction, "[0,1]", "share of the run over which it falls");
    v("exploration_hold", exploration_hold, "[1,10000]", "longest time in steps that a random action is held");
    v("huber", huber, "[0,inf)", "error beyond which the loss is linear; 0: squared throughout");
    v("normalise_observations", normalise_observations, "true|false", "whiten by running moments, clip at 10");
    v("double", double_q, "true|false", "the online network chooses the target's action");
    v("dueling", dueling, "true|false", "Q = V + A - mean A");
    v("quantiles", quantiles, "[1,1000]", "of the return of each action that are learned; 1: its mean");
    v("layer_norm", layer_norm, "true|false", "LayerNorm before each hidden layer's activation");
    v("demonstration_margin", demonstration_margin, "[0,inf)", "by which a shown action must beat the others; 0: off");
    v("pretraining", pretraining, "[0,1000000000]", "updates on demonstrations alone before the first step");
    v("max_nonfinite", max_nonfinite, "[1,1000000]", "updates in a row with a gradient not finite that end the run");
  }
};

/// Memory of a run without demonstrations, the copy of replay that goes into a checkpoint included. Throws
/// std::invalid_argument where the rule does not suit the network.
MemoryNeed memory_need(const DqnOptions& options, const envs::Spec& spec, const optim::Rule& rule, int environments,
                       const Bonus* bonus = nullptr);

/// Deep Q-learning (Mnih et al. 2015) with the parts of Rainbow that pay on small worlds: double (van Hasselt et al.
/// 2016), dueling (Wang et al. 2016), quantiles of the return (Dabney et al. 2018), n-step returns, prioritised replay
/// (Schaul et al. 2016); hindsight experience replay (Andrychowicz et al. 2017, `future`); demonstrations kept in
/// replay with a margin loss (Hester et al. 2018); random actions held for a while (Dabney et al. 2021, `εz-greedy`).
class Dqn final : public Agent, public Startable {
 public:
  /// Throws std::invalid_argument for options out of range, for worlds with continuous actions, and for hindsight
  /// where the world has no goals. `bonus`: intrinsic reward, if any.
  Dqn(const envs::Spec& spec, DqnOptions options, optim::Rule rule,
      const std::vector<Demonstration>& demonstrations = {}, std::shared_ptr<Bonus> bonus = nullptr);

  std::string_view name() const override { return "dqn"; }
  void start_from(const Archive& checkpoint) override;
  /// More to learn from, which has the place of the constructor's. Throws std::invalid_argument for what does not fit
  /// the world.
  void learn_from(const std::vector<Demonstration>& demonstrations) { sampler_.demonstrate(demonstrations); }
  void begin(const Run& run) override;
  /// At least 512 steps. While pretraining lasts, as many updates and no step; throws std::invalid_argument where there
  /// is nothing to pretrain on.
  void iterate(Telemetry& telemetry) override;
  /// What `iterate` ends with: tells of what was done since the last report.
  void report(Telemetry& telemetry);
  std::int64_t steps() const override { return round_ * options_.train_frequency * run_.environments; }
  Policy policy() const override;
  std::optional<Policy> critic() const override { return policy(); }
  double reward_scale() const override { return static_cast<double>(options_.reward_scale); }
  Updater* updater() override { return &updater_; }
  const Bonus* bonus() const override { return sampler_.bonus(); }
  const envs::VectorEnvironment& worlds() const override { return *worlds_; }
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  void pretrain();
  void play();
  void act(int step);
  void learn();
  void compute_targets();
  void compute_loss();
  void move_target(std::int64_t before, std::int64_t after);
  double progress() const {  // through the run, in [0,1]
    return std::min(1.0,
                    static_cast<double>(steps()) / static_cast<double>(std::max<std::int64_t>(run_.total_steps, 1)));
  }
  float epsilon() const;
  void whiten(Eigen::MatrixXf& observations) const;
  static std::span<float> span_of(Eigen::VectorXf& vector) {
    return {vector.data(), static_cast<std::size_t>(vector.size())};
  }
  std::span<const float> parameters() const { return view(parameters_); }
  std::span<const float> target() const { return view(target_); }

  envs::Spec spec_;
  DqnOptions options_;
  optim::Rule rule_;
  QNetwork<float> network_;
  Sampler sampler_;
  StartingWeights start_;

  Run run_;
  std::unique_ptr<envs::VectorEnvironment> worlds_;
  EpsilonGreedy behaviour_;
  Normaliser normaliser_;
  Eigen::VectorXf parameters_, target_, gradient_;
  Updater updater_;
  std::int64_t round_ = 0, updates_tried_ = 0;
  float random_actions_ = 0;  // share of them in the latest round

  Eigen::MatrixXf before_, inputs_, actions_;  // of all worlds: what they showed, the same whitened, what was done
  Batch batch_;
  Eigen::ArrayXXf targets_;  // quantiles x n
  Eigen::ArrayXf errors_;
  Eigen::MatrixXf d_loss_d_q_;
  Eigen::VectorXf d_loss_d_values_;                     // of one sample, by the margin
  QNetwork<float>::Scratch acting_, online_, delayed_;  // `delayed_` has the target's weights packed

  struct Means {
    double loss = 0, q = 0;
  };
  Means batch_means_, sums_;  // of the present batch; of the updates of this iteration
};

}  // namespace cairn::agents
