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
#include "agents/q_learning/action_noise.h"
#include "agents/q_learning/critics.h"
#include "agents/q_learning/off_policy.h"
#include "optim/optimizer.h"

namespace cairn::agents {

/// Steps are environment steps, of all worlds together, unless a line says otherwise; noise and actions are in half
/// widths of the action's bounds. The rule has a state for each of the parts `critic` and `actor`; a clip looks at each
/// part's gradient alone.
struct Td3Options {
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
  int critics = 2, actor_delay = 2;
  float target_noise = 0.2F, target_noise_clip = 0.5F;
  float target_low = -1e30F, target_high = 1e30F;
  float action_penalty = 0;
  Noise noise = Noise::gaussian;
  float noise_std = 0.1F, noise_theta = 0.15F, noise_dt = 0.01F;
  int noise_hold = 8;

  template <class V>
  void fields(V&& v) {
    off_policy_fields(v, *this);
    v("critics", critics, "[1,20]", "independent estimates of Q; the least of them is bootstrapped from");
    v("actor_delay", actor_delay, "[1,1000]", "updates of the critics for one of the actor and of all targets");
    v("target_noise", target_noise, "[0,inf)", "standard deviation of noise on the target's actions");
    v("target_noise_clip", target_noise_clip, "[0,inf)", "largest size of that noise");
    v("target_low", target_low, "[-1e30,1e30]", "least value that is bootstrapped to, where returns have a bound");
    v("target_high", target_high, "[-1e30,1e30]", "largest value that is bootstrapped to");
    v("action_penalty", action_penalty, "[0,inf)", "cost of the actor's mean squared action, against saturation");
    v("noise", noise, "gaussian|ou|held", "of exploration; ou: correlated over time; held: drawn anew now and then");
    v("noise_std", noise_std, "[0,inf)", "its standard deviation; of ou that of its kicks");
    v("noise_theta", noise_theta, "[0,inf)", "of ou: pull back to 0");
    v("noise_dt", noise_dt, "(0,inf)", "of ou: time of a step");
    v("noise_hold", noise_hold, "[1,10000]", "of held: steps for which noise stays the same");
  }
};

/// TD3's options as deep deterministic policy gradient has them (Lillicrap et al. 2016): one critic, no noise on the
/// target's actions, an actor that moves at every update, and correlated exploration.
Td3Options ddpg_options();

/// One update of TD3 (Fujimoto et al. 2018), in the order in which its methods stand here, the optimizer between them.
/// Holds the networks' shapes and what passes between the parts, never the parameters. One flat vector: critics, actor;
/// the target is as long.
template <class Scalar>
class Td3Step {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Array = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
  /// The flat vector.
  using Parameters = std::span<const Scalar>;

  Td3Step() = default;
  /// Room for `batch` samples.
  Td3Step(int features, int action_size, const Td3Options& options, int batch);

  /// Of that vector.
  const optim::Layout& layout() const { return layout_; }
  /// Its outputs go through tanh.
  const Mlp<Scalar>& actor() const { return actor_; }
  /// At the vector's beginning.
  const Critics<Scalar>& critics() const { return critics_; }
  /// Draws all weights.
  void initialise(std::span<Scalar> parameters, std::uint64_t seed) const;

  /// y = r + γⁿ min_i Q'_i(s', a'), a' = clip(π'(s') + clip(noise, ±c), ±1), between target_low and target_high; the
  /// discount is 0 past an end. Completes `transitions.ahead`.
  void compute_targets(envs::ThreadPool& pool, Parameters target, Transitions<Scalar>& transitions);
  /// Σ_i ½ mean w (Q_i(s, a) - y)², which it returns, and the critics' part of the gradient.
  double critic_gradient(envs::ThreadPool& pool, Parameters parameters, const Transitions<Scalar>& transitions,
                         std::span<Scalar> gradient);
  /// mean(-Q_1(s, π(s)) + penalty mean π(s)²), which it returns, through the first critic as it has become; and the
  /// actor's part of the gradient.
  double actor_gradient(envs::ThreadPool& pool, Parameters parameters, const Transitions<Scalar>& transitions,
                        std::span<Scalar> gradient);

  Matrix noise;   ///< of the target's actions, components x n, before its clip; filled in before an update
  Array targets;  ///< y
  typename Critics<Scalar>::Scratch online;  ///< of the critics as they are

 private:
  Td3Options options_;
  optim::Layout layout_;
  Mlp<Scalar> actor_;
  Critics<Scalar> critics_;
  typename Mlp<Scalar>::Scratch acting_, acting_ahead_;
  typename Critics<Scalar>::Scratch delayed_;
  Matrix proposed_;  // [s; π(s)]
  Matrix d_loss_d_actions_;
};

extern template class Td3Step<float>;
extern template class Td3Step<double>;

/// Memory of a run without demonstrations, the copy of replay that goes into a checkpoint included. Throws
/// std::invalid_argument where the rule does not suit the networks.
MemoryNeed memory_need(const Td3Options& options, const envs::Spec& spec, const optim::Rule& rule, int environments,
                       const Bonus* bonus = nullptr);

/// TD3 for continuous actions, and DDPG as its special case, on the replay that DQN uses, too: n-step returns,
/// prioritised, hindsight, demonstrations. Actions are learned in (-1, 1) and scaled to the world's bounds outside.
class Td3 final : public Agent, public Startable {
 public:
  /// Throws std::invalid_argument for options out of range, for worlds whose actions are discrete or have no bounds,
  /// for hindsight where the world has no goals, and for a rule that does not suit the networks. `bonus`: intrinsic
  /// reward, if any.
  Td3(const envs::Spec& spec, Td3Options options, optim::Rule rule,
      const std::vector<Demonstration>& demonstrations = {}, std::shared_ptr<Bonus> bonus = nullptr);

  /// `ddpg` where the options make it that.
  std::string_view name() const override;
  void start_from(const Archive& checkpoint) override;
  void begin(const Run& run) override;
  /// At least 512 steps.
  void iterate(Telemetry& telemetry) override;
  std::int64_t steps() const override { return experience_.steps(); }
  Policy policy() const override;
  /// Of Q, the first critic, for the policy's action.
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

  Td3Options options_;
  optim::Rule rule_;
  OffPolicy experience_;
  StartingWeights start_;
  Td3Step<float> step_;

  Eigen::VectorXf parameters_, target_, gradient_;
  Updater updater_;
  std::int64_t critic_updates_ = 0;  // applied so far: the actor moves at every actor_delay-th
  Transitions<float> transitions_;
  Eigen::ArrayXf errors_;
  ActionNoise noise_;
  Mlp<float>::Scratch behaviour_;

  struct Sums {
    double critic_loss = 0, q = 0, actor_loss = 0;
    std::int64_t actor_updates = 0;
  };
  Sums sums_;  // of the updates of this iteration
};

}  // namespace cairn::agents
