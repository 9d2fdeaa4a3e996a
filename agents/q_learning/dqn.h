#pragma once

#include <memory>
#include <vector>

#include "agents/learner/agent.h"
#include "agents/learner/updater.h"
#include "agents/memory/demonstrations.h"
#include "agents/memory/replay_memory.h"
#include "agents/memory/sum_tree.h"
#include "agents/networks/normaliser.h"
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
  bool double_q = true, dueling = false;
  int n_step = 1;
  bool prioritized = false;
  float priority_alpha = 0.6F, priority_beta = 0.4F;
  bool hindsight = false;
  int hindsight_goals = 4;
  float demonstration_fraction = 0.25F, demonstration_margin = 0.8F;
  bool save_memory = true;
  int max_nonfinite = 10;

  template <class V>
  void fields(V&& v) {
    v("hidden", hidden, "[1,65536]", "widths of the hidden layers");
    v("activation", activation, "tanh|relu", "after each hidden layer");
    v("gamma", gamma, "[0,1]", "discount");
    v("memory", memory, "[1,1000000000]", "transitions remembered");
    v("learning_starts", learning_starts, "[0,1000000000000]", "steps of random actions before the first update");
    v("train_frequency", train_frequency, "[1,1000000]", "steps of each world between updates");
    v("gradient_steps", gradient_steps, "[1,1000000]", "updates after them");
    v("batch", batch, "[1,1000000]", "samples an update");
    v("target_interval", target_interval, "[1,1000000000]", "steps between updates of the target network");
    v("tau", tau, "(0,1]", "how far the target network moves then; 1: a copy");
    v("epsilon_initial", epsilon_initial, "[0,1]", "share of random actions at first");
    v("epsilon_final", epsilon_final, "[0,1]", "share of random actions in the end");
    v("exploration_fraction", exploration_fraction, "[0,1]", "share of the run over which it falls");
    v("exploration_hold", exploration_hold, "[1,10000]", "longest time in steps that a random action is held");
    v("huber", huber, "[0,inf)", "error beyond which the loss is linear; 0: squared throughout");
    v("reward_scale", reward_scale, "(0,inf)", "multiplies every reward");
    v("normalise_observations", normalise_observations, "true|false", "whiten by running moments, clip at 10");
    v("double", double_q, "true|false", "the online network chooses the target's action");
    v("dueling", dueling, "true|false", "Q = V + A - mean A");
    v("n_step", n_step, "[1,1000]", "rewards summed before bootstrapping");
    v("prioritized", prioritized, "true|false", "replay in proportion to past errors");
    v("priority_alpha", priority_alpha, "[0,1]", "exponent of the error");
    v("priority_beta", priority_beta, "[0,1]", "exponent of the correction at first; 1 in the end");
    v("hindsight", hindsight, "true|false", "relabel with goals that were reached later");
    v("hindsight_goals", hindsight_goals, "[1,1000]", "relabelled samples for each one that is not");
    v("demonstration_fraction", demonstration_fraction, "[0,1]", "share of each batch, where there are demonstrations");
    v("demonstration_margin", demonstration_margin, "[0,inf)", "by which a shown action must beat the others; 0: off");
    v("save_memory", save_memory, "true|false", "keep replay in checkpoints; without it resuming is inexact");
    v("max_nonfinite", max_nonfinite, "[1,1000000]", "updates in a row with a gradient not finite that end the run");
  }
};

/// Deep Q-learning (Mnih et al. 2015) with the parts of Rainbow that pay on small worlds: double (van Hasselt et al.
/// 2016), dueling (Wang et al. 2016), n-step returns, prioritised replay (Schaul et al. 2016); hindsight experience
/// replay (Andrychowicz et al. 2017, `future`); demonstrations kept in replay with a margin loss (Hester et al. 2018);
/// random actions held for a while (Dabney et al. 2021, `εz-greedy`).
class Dqn final : public Agent {
 public:
  /// Throws std::invalid_argument for options out of range, for worlds with continuous actions, and for hindsight
  /// where the world has no goals.
  Dqn(const envs::Spec& spec, DqnOptions options, optim::Rule rule,
      const std::vector<Demonstration>& demonstrations = {});

  std::string_view name() const override { return "dqn"; }
  void begin(const Run& run) override;
  /// At least 512 steps.
  void iterate(Telemetry& telemetry) override;
  std::int64_t steps() const override { return round_ * options_.train_frequency * run_.environments; }
  Policy policy() const override;
  std::optional<Policy> critic() const override { return policy(); }
  Updater* updater() override { return &updater_; }
  const envs::VectorEnvironment& worlds() const override { return *worlds_; }
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  /// One batch, samples in columns. Those from demonstrations come first.
  struct Batch {
    std::vector<std::int64_t> index;       // into the memory, or into the demonstrations
    std::vector<std::uint8_t> relabelled;  // by hindsight
    std::vector<std::int64_t> last;        // last transition of the n-step window
    std::vector<std::uint8_t> open;        // whether the window still grows
    Eigen::MatrixXf observations, next_observations, next_masks;
    Eigen::MatrixXf goals;  // goal size x n, where relabelled
    Eigen::ArrayXi actions;
    Eigen::ArrayXf rewards, discounts, weights, targets, errors;
  };

  void play();
  void act(int step);
  void remember();
  void learn();
  void draw_samples(envs::Random& random);
  void sum_rewards();
  void relabel_rewards();
  void compute_targets();
  void update();
  void move_target(std::int64_t before, std::int64_t after);
  const ReplayMemory& memory_of(Eigen::Index sample) const { return sample < shown_ ? demonstrations_ : memory_; }
  double progress() const;
  float epsilon() const;
  std::int32_t holding_time(envs::Random& random) const;
  std::span<const float> parameters() const {
    return {parameters_.data(), static_cast<std::size_t>(parameters_.size())};
  }
  std::span<const float> target() const { return {target_.data(), static_cast<std::size_t>(target_.size())}; }

  envs::Spec spec_;
  DqnOptions options_;
  optim::Rule rule_;
  QNetwork<float> network_;

  Run run_;
  std::unique_ptr<envs::VectorEnvironment> worlds_;
  std::unique_ptr<envs::Environment> judge_;  // for its compute_reward
  Eigen::VectorXf parameters_, target_, gradient_;
  Updater updater_;
  ReplayMemory memory_, demonstrations_;
  SumTree priorities_;
  double largest_priority_ = 1;
  Normaliser normaliser_;

  std::int64_t round_ = 0, updates_tried_ = 0;
  Eigen::Index shown_ = 0;  // samples of a batch that come from demonstrations

  std::vector<double> holding_times_;      // cumulative probabilities of 1, 2, … steps
  std::vector<std::int32_t> hold_, held_;  // of each world: steps for which a random action goes on, and which one

  Eigen::MatrixXf actions_, before_, inputs_, d_q_;
  Batch batch_;
  QNetwork<float>::Scratch acting_, online_, delayed_;
  bool target_packed_ = false;
  Eigen::MatrixXf achieved_, desired_;            // columns whose rewards are computed anew
  Eigen::VectorXf rewards_, relabelled_rewards_;  // of those columns; of each sample
  std::vector<Eigen::Index> columns_;

  struct Sums {
    double loss = 0, q = 0;
  } sums_;
};

}  // namespace cairn::agents
