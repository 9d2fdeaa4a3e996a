#pragma once

#include <memory>
#include <span>
#include <vector>

#include "agents/learner/agent.h"
#include "agents/memory/bonus.h"
#include "agents/policy_gradient/intrinsic_stream.h"
#include "agents/policy_gradient/on_policy.h"
#include "agents/policy_gradient/self_imitation.h"
#include "optim/schedule.h"

namespace cairn::agents {

/// Over what advantages are brought to mean 0 and standard deviation 1.
enum class AdvantageNormalisation { none, minibatch, batch };
std::string_view to_string(AdvantageNormalisation normalisation);
bool parse(std::string_view text, AdvantageNormalisation& normalisation);

/// Gradients are clipped by the optimizer's rule (`global_norm`, 0.5 usually), over actor and critic together.
struct PpoOptions {
  std::vector<int> hidden = {64, 64};
  Activation activation = Activation::tanh;
  int rollout = 128, minibatch = 128, epochs = 8;
  float gamma = 0.99F, lambda = 0.95F;
  float clip = 0.2F, entropy = 0, value_coefficient = 0.5F;
  optim::Schedule clip_schedule{}, entropy_schedule{};
  float value_clip = 0, target_kl = 0;
  bool normalise_observations = false, normalise_returns = false;
  float reward_scale = 1;
  AdvantageNormalisation normalise_advantages = AdvantageNormalisation::minibatch;
  bool recompute_advantages = false;
  float log_std_initial = 0;
  int gradient_shards = 2, max_nonfinite = 10;
  SelfImitationOptions imitation{};  ///< options `imitation` and `imitation_…`

  template <class V>
  void fields(V&& v) {
    v("hidden", hidden, "[1,65536]", "widths of the hidden layers, of actor and critic each");
    v("activation", activation, "tanh|relu|leaky_relu", "after each hidden layer");
    v("rollout", rollout, "[1,10000000]", "steps of each world between updates");
    v("minibatch", minibatch, "[1,10000000]", "samples an update");
    v("epochs", epochs, "[1,1000]", "passes over a rollout");
    v("gamma", gamma, "[0,1]", "discount");
    v("lambda", lambda, "[0,1]", "of generalised advantage estimation");
    v("clip", clip, "(0,inf)", "how far the probability ratio may leave 1");
    v("entropy", entropy, "[0,inf)", "coefficient of the entropy bonus");
    v("value_coefficient", value_coefficient, "[0,inf)", "coefficient of the squared value error");
    v("clip_schedule", clip_schedule, "schedule", "of clip, as in (linear); counts the optimizer's updates");
    v("entropy_schedule", entropy_schedule, "schedule", "of entropy, likewise");
    v("value_clip", value_clip, "[0,inf)", "how far a value may leave its old one; 0: off");
    v("target_kl", target_kl, "[0,inf)", "an update beyond this divergence ends the iteration's epochs; 0: off");
    v("normalise_observations", normalise_observations, "true|false", "whiten by running moments, clip at 10");
    v("normalise_returns", normalise_returns, "true|false", "divide rewards by the running deviation of returns");
    v("reward_scale", reward_scale, "(0,inf)", "multiplies every reward");
    v("normalise_advantages", normalise_advantages, "none|minibatch|batch", "to mean 0 and deviation 1");
    v("recompute_advantages", recompute_advantages, "true|false", "anew before every epoch");
    v("log_std_initial", log_std_initial, "[-20,2]", "log standard deviation of continuous actions at first");
    v("gradient_shards", gradient_shards, "[1,256]", "parts of a minibatch that threads can share; changes the bits");
    v("max_nonfinite", max_nonfinite, "[1,1000000]", "updates in a row with a gradient not finite that end the run");
    imitation.fields(v);
  }
};

/// Memory of a run. Throws std::invalid_argument where the rule does not suit the networks.
MemoryNeed memory_need(const PpoOptions& options, const envs::Spec& spec, const optim::Rule& rule, int environments,
                       const Bonus* bonus = nullptr);

/// Proximal policy optimisation (Schulman et al. 2017) with separate actor and critic, for discrete actions, masked or
/// not, and continuous ones.
class Ppo final : public Agent, public Startable {
 public:
  /// Throws std::invalid_argument for options out of range or a world without actions. `bonus`: intrinsic reward, if
  /// any.
  Ppo(const envs::Spec& spec, const PpoOptions& options, optim::Rule rule, std::shared_ptr<Bonus> bonus = nullptr);

  std::string_view name() const override { return "ppo"; }
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

 private:
  void estimate_advantages();
  LossSums update(std::span<const int> minibatch);
  void policy_loss(ActorShard& shard, float scale) const;
  void value_loss(CriticShard& shard, float scale) const;
  void report(Telemetry& telemetry);

  PpoOptions options_;
  IntrinsicStream intrinsic_;
  SelfImitation imitation_;
  OnPolicy experience_;
  optim::Horizon horizon_;        // of the schedules: the updates of the run
  float clip_ = 0, entropy_ = 0;  // in this iteration
  std::vector<int> order_;        // of the samples in this epoch
  std::vector<int> samples_;      // a copy for other cores to read, whose reading would slow the next shuffle
};

}  // namespace cairn::agents
