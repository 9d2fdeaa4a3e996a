#pragma once

#include <memory>
#include <vector>

#include "agents/archive/archive.h"
#include "agents/learner/agent.h"
#include "agents/learner/memory_need.h"
#include "agents/learner/starting_weights.h"
#include "agents/learner/updater.h"
#include "agents/memory/demonstrations.h"
#include "agents/networks/normaliser.h"
#include "agents/policy_gradient/action_distribution.h"
#include "optim/optimizer.h"

namespace cairn::agents {

struct BcOptions {
  std::vector<int> hidden = {64, 64};
  Activation activation = Activation::tanh;
  int batch = 64;
  bool normalise_observations = true;
  bool successes = true;
  float held_out = 0.1F;
  float log_std = -1;
  int max_nonfinite = 10;

  /// Whether an agent of these options cannot do without.
  bool needs_demonstrations() const { return true; }

  template <class V>
  void fields(V&& v) {
    v("hidden", hidden, "[1,65536]", "widths of the hidden layers");
    v("activation", activation, "tanh|relu", "after each hidden layer");
    v("batch", batch, "[1,1000000]", "demonstrated steps an update; each counts as one of --steps");
    v("normalise_observations", normalise_observations, "true|false",
      "whiten by the demonstrations' moments, clip at 10");
    v("successes", successes, "true|false", "learn from demonstrations that succeeded alone, where some did");
    v("held_out", held_out, "[0,0.9]", "share of the demonstrations that is not learned from, for train/held_out_loss");
    v("log_std", log_std, "[-20,2]", "log standard deviation of continuous actions, where they are sampled");
    v("max_nonfinite", max_nonfinite, "[1,1000000]", "updates in a row with a gradient not finite that end the run");
  }
};

/// Memory of a run, its demonstrations apart. Throws std::invalid_argument where the rule does not suit the network.
MemoryNeed memory_need(const BcOptions& options, const envs::Spec& spec, const optim::Rule& rule, int environments);

/// Behaviour cloning (Pomerleau 1989): a policy that does what demonstrations did where they were.
///
///     L = -1/n Σ log π(a|s)        discrete actions, illegal ones left out
///     L = 1/n Σ ½ |μ(s) - a|²      continuous ones: the same for a Gaussian of standard deviation 1
///
/// It takes no step in any world. What it counts as steps are the demonstrated ones that it learns from, `batch` an
/// update, each as often as it is drawn; a demonstration is drawn once an epoch. So schedules, evaluations and
/// checkpoints lie as they do in other runs of as many steps, and a curve over steps shows what a sample is worth.
class Bc final : public Agent, public Startable {
 public:
  /// Throws std::invalid_argument for options out of range and for demonstrations that do not fit the world.
  Bc(const envs::Spec& spec, const BcOptions& options, optim::Rule rule,
     const std::vector<Demonstration>& demonstrations = {});

  std::string_view name() const override { return "bc"; }
  void start_from(const Archive& checkpoint) override;
  /// Throws std::invalid_argument where there are no demonstrations.
  void begin(const Run& run) override;
  /// 32 updates.
  void iterate(Telemetry& telemetry) override;
  std::int64_t steps() const override { return updates_tried_ * options_.batch; }
  Policy policy() const override;
  Updater* updater() override { return &updater_; }
  /// One world at its first step: cloning moves none.
  const envs::VectorEnvironment& worlds() const override { return *worlds_; }
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  /// Demonstrated steps, in columns.
  struct Samples {
    Eigen::MatrixXf observations, actions, masks;  // masks: empty where all actions are always legal
    Eigen::Index size() const { return observations.cols(); }
  };
  static Samples collected(const envs::Spec& spec, const std::vector<const Demonstration*>& demonstrations);
  static Samples thinned(const Samples& samples, Eigen::Index most);
  void learn();
  void choose();
  void copy(const Samples& samples, Eigen::Index from, Eigen::Index to);
  double loss(Eigen::Index n);
  double held_out_loss();
  std::span<const float> parameters() const { return view(parameters_); }
  std::span<float> parameters() { return {parameters_.data(), static_cast<std::size_t>(parameters_.size())}; }

  envs::Spec spec_;
  BcOptions options_;
  optim::Rule rule_;
  optim::Layout layout_;
  Mlp<float> actor_;
  Head head_;
  Samples training_, held_out_;
  StartingWeights start_;

  Run run_;
  std::unique_ptr<envs::VectorEnvironment> worlds_;
  Normaliser normaliser_;
  Eigen::VectorXf parameters_, gradient_;
  Updater updater_;
  std::int64_t updates_tried_ = 0;

  std::vector<int> order_;   // of the training samples in this epoch
  std::int64_t epoch_ = -1;  // whose order that is
  Samples batch_;
  Eigen::MatrixXf d_outputs_;
  Eigen::ArrayXf d_log_probability_, d_entropy_;
  ActionDistribution<float> distribution_;  // of discrete actions
  Mlp<float>::Scratch scratch_;
  double losses_ = 0;  // summed over this iteration's applied updates
};

}  // namespace cairn::agents
