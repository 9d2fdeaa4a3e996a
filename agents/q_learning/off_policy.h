#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "agents/archive/archive.h"
#include "agents/learner/agent.h"
#include "agents/learner/memory_need.h"
#include "agents/learner/starting_weights.h"
#include "agents/memory/sampler.h"
#include "agents/networks/mlp.h"
#include "agents/networks/normaliser.h"
#include "agents/q_learning/critics.h"
#include "optim/optimizer.h"

namespace cairn::agents {

/// The fields that agents with an actor, critics and replay have among their own, by these names.
template <class V, class Options>
void off_policy_fields(V&& v, Options& options) {
  v("hidden", options.hidden, "[1,65536]", "widths of the hidden layers");
  v("activation", options.activation, "tanh|relu|leaky_relu", "after each hidden layer");
  v("critic_norm", options.critic_norm, "true|false", "LayerNorm before the critics' activations; the actor has none");
  sampler_fields(v, options);
  v("learning_starts", options.learning_starts, "[0,1000000000000]", "steps of random actions before the first update");
  v("train_frequency", options.train_frequency, "[1,1000000]", "steps of each world between updates");
  v("gradient_steps", options.gradient_steps, "[1,1000000]", "updates after them");
  v("tau", options.tau, "(0,1]", "how far target networks move after an update; 1: a copy");
  v("normalise_observations", options.normalise_observations, "true|false", "whiten by running moments, clip at 10");
  v("max_nonfinite", options.max_nonfinite, "[1,1000000]",
    "updates in a row with a gradient not finite that end the run");
}

/// How often worlds are stepped and networks updated.
struct OffPolicyOptions {
  SamplerOptions replay;                        ///< how batches are drawn
  std::int64_t learning_starts = 1'000;         ///< environment steps of random actions before the first update
  int train_frequency = 1, gradient_steps = 1;  ///< steps of each world between updates, and updates after them
  bool normalise_observations = false;          ///< by running moments, clipped at 10
};

/// The part of an agent's options that is this.
template <class Options>
OffPolicyOptions off_policy_options(const Options& options) {
  return {.replay = sampler_options(options),
          .learning_starts = options.learning_starts,
          .train_frequency = options.train_frequency,
          .gradient_steps = options.gradient_steps,
          .normalise_observations = options.normalise_observations};
}

/// The machinery of learning continuous actions from replay: worlds, memory, normaliser, and when what happens. SAC and
/// TD3 hold one and say only how they act and learn. Actions are in (-1, 1) on this side; the memory holds them as the
/// world takes them, as demonstrations do.
class OffPolicy {
 public:
  /// Chooses actions (components x worlds, in [-1, 1]) for whitened observations (features x worlds). `number`: of the
  /// step, for random numbers.
  using Act = std::function<void(const Eigen::MatrixXf& observations, std::uint32_t number, Eigen::MatrixXf& actions)>;

  /// `options`: an agent's, which has checked them; `agent`: its name. Throws std::invalid_argument for worlds whose
  /// actions are discrete or have no bounds, for hindsight without goals, and for demonstrations of another world.
  /// `bonus`: intrinsic reward, if any.
  OffPolicy(std::string_view agent, const envs::Spec& spec, const OffPolicyOptions& options,
            const std::vector<Demonstration>& demonstrations, std::shared_ptr<Bonus> bonus);

  /// Throws std::invalid_argument where the run's worlds are not those that the agent was made for.
  void begin(const Run& run);
  /// After `begin`: weights that another run left, and its normaliser.
  void start_from(const StartingWeights& weights, std::span<float> parameters) {
    weights.apply(parameters, normaliser_);
  }
  /// Updates in the whole run.
  std::int64_t updates() const;

  /// At least 512 steps: in rounds, in which every world makes train_frequency steps, acting by `act` once
  /// learning_starts steps are done and uniformly at random before, and `after` hears what each step gave; then `learn`
  /// is called gradient_steps times.
  void iterate(const Act& act, const std::function<void(std::span<const envs::Step>)>& after,
               const std::function<void()>& learn);
  /// A batch for the next update, and the random numbers that the update may use besides.
  envs::Random draw(Transitions<float>& transitions);
  /// Priorities of what was drawn: one error a sample.
  void set_priorities(const Eigen::ArrayXf& errors) { sampler_.set_priorities(batch_, errors); }
  /// Ends an iteration: hands over its episodes, reports the memory, freezes the normaliser anew.
  void finish(Telemetry& telemetry);

  /// Of the worlds.
  const envs::Spec& spec() const { return spec_; }
  /// What `begin` was given.
  const Run& run() const { return run_; }
  /// Environment steps done, of all worlds together.
  std::int64_t steps() const { return round_ * options_.train_frequency * run_.environments; }
  /// Null where there is none.
  const Bonus* bonus() const { return sampler_.bonus(); }
  /// The training worlds; after `begin`.
  const envs::VectorEnvironment& worlds() const { return *worlds_; }
  /// A policy of this world, with bounds and normaliser, still without a network.
  Policy policy() const;

  void save(Archive& archive) const;
  /// After `begin`. Throws std::runtime_error for what makes no sense.
  void load(const Archive& archive);

 private:
  void play(int step, const Act& act);
  void whiten(const Eigen::MatrixXf& raw, Eigen::Ref<Eigen::MatrixXf> out) const;

  envs::Spec spec_;
  OffPolicyOptions options_;
  Sampler sampler_;

  Run run_;
  std::unique_ptr<envs::VectorEnvironment> worlds_;
  Normaliser normaliser_;
  std::int64_t round_ = 0, updates_tried_ = 0;
  Eigen::MatrixXf before_, inputs_, squashed_, actions_;  // of all worlds: what they showed, the same whitened, what
                                                          // was chosen in (-1, 1), the same as the world takes it
  Batch batch_;
};

/// What a state is worth, to look at: Q of the first critic for the action that `actor` chooses there. `parameters`: of
/// the agent, the critics first.
Policy state_value(const Critics<float>& critics, const Eigen::VectorXf& parameters, Policy actor);

/// The networks of such an agent, for what they take.
struct OffPolicyNetworks {
  std::vector<int> hidden;        ///< widths of the hidden layers
  int critics = 2;                ///< how many
  bool critic_norm = false;       ///< whether they have LayerNorm
  int actor_outputs = 1;          ///< for each component of an action
  bool actor_has_target = false;  ///< whether there is a target copy of the actor, too
  optim::Layout narrow;           ///< the same blocks, narrowed
};
/// Memory of a run. Throws std::invalid_argument where the rule does not suit the networks.
MemoryNeed memory_need(const OffPolicyOptions& options, const OffPolicyNetworks& networks, const envs::Spec& spec,
                       const optim::Rule& rule, int environments, const Bonus* bonus);

}  // namespace cairn::agents
