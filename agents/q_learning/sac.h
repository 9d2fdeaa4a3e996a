#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "agents/learner/agent.h"
#include "agents/learner/memory_need.h"
#include "agents/learner/starting_weights.h"
#include "agents/learner/updater.h"
#include "agents/networks/squashed_gaussian.h"
#include "agents/q_learning/critics.h"
#include "agents/q_learning/off_policy.h"
#include "optim/optimizer.h"

namespace cairn::agents {

/// What the actor maximises of several critics: the least (two of them), or their mean (many).
enum class ActorValue { min, mean };
std::string_view to_string(ActorValue value);
bool parse(std::string_view text, ActorValue& value);

/// Steps are environment steps, of all worlds together, unless a line says otherwise. The rule has a state for each of
/// the parts `critic`, `actor` and `temperature`; a clip looks at each part's gradient alone.
struct SacOptions {
  std::vector<int> hidden = {256, 256};
  Activation activation = Activation::relu;
  float gamma = 0.99F, reward_scale = 1;
  std::int64_t memory = 1'000'000;
  int batch = 256, n_step = 1;
  bool prioritized = false;
  float priority_alpha = 0.6F, priority_beta = 0.4F;
  bool hindsight = false;
  int hindsight_goals = 4;
  float demonstration_fraction = 0.5F;
  bool save_memory = true;
  std::int64_t learning_starts = 1'000;
  int train_frequency = 1, gradient_steps = 1;
  float tau = 0.005F;
  bool normalise_observations = false;
  int max_nonfinite = 10;
  bool critic_norm = false;
  int critics = 2;
  ActorValue actor_value = ActorValue::min;
  float temperature = 1;
  bool tune_temperature = true;
  float target_entropy = -1;
  bool backup_entropy = true;

  template <class V>
  void fields(V&& v) {
    off_policy_fields(v, *this);
    v("critics", critics, "[1,20]", "independent estimates of Q; the least of them is bootstrapped from");
    v("actor_value", actor_value, "min|mean", "what the actor maximises of them");
    v("temperature", temperature, "(0,inf)", "worth of a nat of entropy, at first");
    v("tune_temperature", tune_temperature, "true|false", "learn it, so that the entropy comes to target_entropy");
    v("target_entropy", target_entropy, "(-inf,inf)", "in nats, for each component of the action in (-1, 1)");
    v("backup_entropy", backup_entropy, "true|false", "whether values include the entropy that is to come");
  }
};

/// One update of soft actor-critic with automatic temperature (Haarnoja et al. 2018, "Algorithms and Applications"), in
/// the order in which its methods stand here, the optimizer between them. Holds the networks' shapes and what passes
/// between the parts, never the parameters. One flat vector: critics, actor, `temperature/log_alpha`; the target is its
/// beginning, the critics.
template <class Scalar>
class SacStep {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Array = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
  /// The flat vector.
  using Parameters = std::span<const Scalar>;

  SacStep() = default;
  /// Room for `batch` samples.
  SacStep(int features, int action_size, const SacOptions& options, int batch);

  /// Of that vector.
  const optim::Layout& layout() const { return layout_; }
  /// Means above log standard deviations.
  const Mlp<Scalar>& actor() const { return actor_; }
  /// Two of them, at the vector's beginning.
  const Critics<Scalar>& critics() const { return critics_; }
  /// Draws all weights; log α begins as the options say.
  void initialise(std::span<Scalar> parameters, std::uint64_t seed) const;
  /// α, as it is or as it stays.
  Scalar temperature(Parameters parameters) const;

  /// y = r + γⁿ (min_i Q'_i(s', a') - α log π(a'|s')), a' ~ π(s') by the noise of `next`; the discount is 0 past an
  /// end. Completes `transitions.ahead`.
  void compute_targets(envs::ThreadPool& pool, Parameters parameters, Parameters target,
                       Transitions<Scalar>& transitions);
  /// Σ_i ½ mean w (Q_i(s, a) - y)², which it returns, and the critics' part of the gradient.
  double critic_gradient(envs::ThreadPool& pool, Parameters parameters, const Transitions<Scalar>& transitions,
                         std::span<Scalar> gradient);
  /// mean(α log π(a|s) - min_i Q_i(s, a)), which it returns, a ~ π(s) by the noise of `now`, through the critics as
  /// they have become; and the actor's part of the gradient.
  double actor_gradient(envs::ThreadPool& pool, Parameters parameters, const Transitions<Scalar>& transitions,
                        std::span<Scalar> gradient);
  /// d/d log α of -log α (mean log π(a|s) + H̄), log π that of the actor's loss.
  void temperature_gradient(std::span<Scalar> gradient);

  SquashedGaussian<Scalar> next, now;        ///< a' and a; their noise is filled in before an update
  Array targets;                             ///< y
  typename Critics<Scalar>::Scratch online;  ///< of the critics as they are

  /// -mean log π(a|s)
  Scalar entropy() const { return -now.log_densities.mean(); }

 private:
  SacOptions options_;
  optim::Layout layout_;
  Mlp<Scalar> actor_;
  Critics<Scalar> critics_;
  std::size_t log_alpha_ = 0;  // its place
  typename Mlp<Scalar>::Scratch acting_;
  typename Critics<Scalar>::Scratch delayed_;
  Matrix proposed_;  // [s; π(s)]
  Matrix d_loss_d_actions_, d_loss_d_outputs_;
};

extern template class SacStep<float>;
extern template class SacStep<double>;

/// Memory of a run without demonstrations, the copy of replay that goes into a checkpoint included. Throws
/// std::invalid_argument where the rule does not suit the networks.
MemoryNeed memory_need(const SacOptions& options, const envs::Spec& spec, const optim::Rule& rule, int environments,
                       const Bonus* bonus = nullptr);

/// Soft actor-critic for continuous actions, on the replay that DQN uses, too: n-step returns, prioritised, hindsight,
/// demonstrations. Actions are learned in (-1, 1) and scaled to the world's bounds outside.
class Sac final : public Agent, public Startable {
 public:
  /// Throws std::invalid_argument for options out of range, for worlds whose actions are discrete or have no bounds,
  /// for hindsight where the world has no goals, and for a rule that does not suit the networks. `bonus`: intrinsic
  /// reward, if any.
  Sac(const envs::Spec& spec, SacOptions options, optim::Rule rule,
      const std::vector<Demonstration>& demonstrations = {}, std::shared_ptr<Bonus> bonus = nullptr);

  std::string_view name() const override { return "sac"; }
  void start_from(const Archive& checkpoint) override;
  void begin(const Run& run) override;
  /// At least 512 steps.
  void iterate(Telemetry& telemetry) override;
  std::int64_t steps() const override { return experience_.steps(); }
  Policy policy() const override;
  /// Of Q, the first critic, for the action that the policy's mean gives.
  std::optional<Policy> critic() const override;
  double reward_scale() const override { return static_cast<double>(options_.reward_scale); }
  Updater* updater() override { return &updater_; }
  const Bonus* bonus() const override { return experience_.bonus(); }
  const envs::VectorEnvironment& worlds() const override { return experience_.worlds(); }
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  void act(const Eigen::MatrixXf& observations, std::uint32_t number, Eigen::MatrixXf& actions);
  void learn();
  std::span<const float> parameters() const { return view(parameters_); }
  std::span<float> gradient() { return {gradient_.data(), static_cast<std::size_t>(gradient_.size())}; }

  SacOptions options_;
  optim::Rule rule_;
  OffPolicy experience_;
  StartingWeights start_;
  SacStep<float> step_;

  Eigen::VectorXf parameters_, target_, gradient_;
  Updater updater_;
  Transitions<float> transitions_;
  Eigen::ArrayXf errors_;
  Mlp<float>::Scratch behaviour_;

  struct Sums {
    double critic_loss = 0, actor_loss = 0, entropy = 0, q = 0;
  };
  Sums sums_;  // of the updates of this iteration
};

}  // namespace cairn::agents
