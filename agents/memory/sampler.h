#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/memory/bonus.h"
#include "agents/memory/demonstrations.h"
#include "agents/memory/replay_memory.h"
#include "agents/memory/sum_tree.h"
#include "envs/environment.h"
#include "envs/random.h"
#include "envs/vector_environment.h"

namespace cairn::agents {

class Archive;

/// The fields that every agent with replay has among its own, by these names: an agent's `fields` calls this with its
/// options.
template <class V, class Options>
void sampler_fields(V&& v, Options& options) {
  v("gamma", options.gamma, "[0,1]", "discount");
  v("reward_scale", options.reward_scale, "(0,inf)", "multiplies every reward");
  v("memory", options.memory, "[1,1000000000]", "transitions remembered");
  v("batch", options.batch, "[1,1000000]", "samples an update");
  v("n_step", options.n_step, "[1,1000]", "rewards summed before bootstrapping");
  v("prioritized", options.prioritized, "true|false", "replay in proportion to past errors");
  v("priority_alpha", options.priority_alpha, "[0,1]", "exponent of the error");
  v("priority_beta", options.priority_beta, "[0,1]", "exponent of the correction at first; 1 in the end");
  v("hindsight", options.hindsight, "true|false", "relabel with goals that were reached later");
  v("hindsight_goals", options.hindsight_goals, "[1,1000]", "relabelled samples for each one that is not");
  v("demonstration_fraction", options.demonstration_fraction, "[0,1]",
    "share of each batch, where there are demonstrations");
  v("save_memory", options.save_memory, "true|false", "keep replay in checkpoints; without it resuming is inexact");
}

/// How batches are drawn from what was remembered.
struct SamplerOptions {
  float gamma = 0.99F, reward_scale = 1;
  std::int64_t memory = 100'000;
  int batch = 64, n_step = 1;
  bool prioritized = false;
  float priority_alpha = 0.6F, priority_beta = 0.4F;
  bool hindsight = false;
  int hindsight_goals = 4;
  float demonstration_fraction = 0.25F;
  bool save_memory = true;

  template <class V>
  void fields(V&& v) {
    sampler_fields(v, *this);
  }
};

/// Memory of a Sampler without demonstrations, in bytes.
struct SamplerBytes {
  double memory = 0, batch = 0;  ///< of replay, and of a drawn batch
};
/// Estimated from options and spec alone; nothing is allocated.
SamplerBytes bytes_of_sampler(const SamplerOptions& options, const envs::Spec& spec, int environments,
                              const Bonus* bonus = nullptr);

/// The part of an agent's options that is the sampler's.
template <class Options>
SamplerOptions sampler_options(const Options& options) {
  return {.gamma = options.gamma,
          .reward_scale = options.reward_scale,
          .memory = options.memory,
          .batch = options.batch,
          .n_step = options.n_step,
          .prioritized = options.prioritized,
          .priority_alpha = options.priority_alpha,
          .priority_beta = options.priority_beta,
          .hindsight = options.hindsight,
          .hindsight_goals = options.hindsight_goals,
          .demonstration_fraction = options.demonstration_fraction,
          .save_memory = options.save_memory};
}

/// n samples in columns; those from demonstrations come first. A sample is a window of up to n_step transitions that
/// ends with its episode: what to learn is observations, actions → rewards + discounts · (value of next_observations).
struct Batch {
  Eigen::MatrixXf observations;       ///< features x n, at the window's begin
  Eigen::MatrixXf actions;            ///< action_size x n, the first of the window; discrete: the index
  Eigen::ArrayXf rewards;             ///< Σ γᵏ r_{t+k}, scaled
  Eigen::ArrayXf discounts;           ///< γ^length; 0 where the world ended the episode, not where the horizon cut it
  Eigen::MatrixXf next_observations;  ///< features x n, after the window; the final one where the episode ended
  Eigen::MatrixXf next_masks;         ///< actions x n, legal ones 1; empty where all are always legal
  Eigen::ArrayXf weights;             ///< of each sample's loss; 1 but where prioritised
  std::vector<std::int64_t> origins;  ///< the first transition's index in the memory, or among the demonstrations
  std::vector<std::uint8_t> relabelled;  ///< whether hindsight gave the sample another goal
  Eigen::Index shown = 0;                ///< samples [0, shown) come from demonstrations

  /// Legal actions after the window of sample i; empty where all are always legal.
  std::span<const float> next_mask(Eigen::Index i) const {
    if (next_masks.size() == 0) return {};
    return {next_masks.col(i).data(), static_cast<std::size_t>(next_masks.rows())};
  }
};

/// Replay: remembers transitions and draws batches of them, uniformly or by priority (Schaul et al. 2016), over one or
/// several steps, a share of them relabelled in hindsight (Andrychowicz et al. 2017, `future`) or from demonstrations,
/// which are never forgotten (Hester et al. 2018). It knows no network and no agent, and allocates nothing once warm.
class Sampler {
 public:
  Sampler() = default;
  /// Throws std::invalid_argument for options out of range, for hindsight where the world has no goals, and for
  /// demonstrations that do not fit the world. Demonstrated actions are in the units of those that `add` will bring.
  /// `bonus`: intrinsic reward, if any. What `add` brings is shown to it, and rewards are drawn with coefficient times
  /// the bonus, whatever reward_scale is: a bonus that depends on the episode is that of the time of `add` (0 in
  /// demonstrations), any other that of the time of drawing.
  Sampler(const envs::Spec& spec, const SamplerOptions& options, const std::vector<Demonstration>& demonstrations = {},
          std::shared_ptr<Bonus> bonus = nullptr);

  /// Takes these in place of the constructor's.
  void demonstrate(const std::vector<Demonstration>& demonstrations);
  std::int64_t demonstrated() const { return demonstrations_.size(); }  ///< transitions
  /// Calls see(observation) with that of each demonstrated transition.
  template <class F>
  void each_demonstrated(F&& see) const {
    for (std::int64_t i = 0; i < demonstrations_.size(); ++i) see(demonstrations_.observation(i));
  }

  /// An empty memory for a run with so many worlds. The factory's world judges goals in hindsight.
  void begin(const envs::EnvironmentFactory& factory, int environments);
  /// After `begin`, and before anything is added: the bonus, if any, begins the run; a call a step of all worlds.
  void begin_bonus(const BonusRun& run);
  const Bonus* bonus() const { return bonus_.get(); }  ///< null where there is none
  /// The mean bonus of what was added since the last call; nothing without a bonus.
  std::optional<double> take_mean_bonus();
  /// A batch of the right size to draw into.
  Batch batch() const;

  /// Remembers one step of all worlds: `observations` (features x worlds) and `actions` (action_size x worlds) before
  /// it, all else as `worlds` stand after it. Prioritised, what is new counts as much as the worst error so far.
  void add(const Eigen::MatrixXf& observations, const Eigen::MatrixXf& actions, const envs::VectorEnvironment& worlds);
  std::int64_t size() const { return memory_.size(); }  ///< transitions remembered, demonstrations apart

  /// Fills `batch`; some transition must be remembered. `progress` through the run, in [0,1], takes the correction's
  /// exponent from priority_beta to 1.
  void draw(envs::Random& random, double progress, Batch& batch);
  /// The same of demonstrations alone, of which there must be some.
  void draw_demonstrated(envs::Random& random, Batch& batch);
  /// Priorities of a drawn batch's own samples: (|error| + 1e-6)^alpha. `errors`: one a sample. Does nothing where
  /// drawing is uniform.
  void set_priorities(const Batch& batch, const Eigen::ArrayXf& errors);

  /// Memory and priorities, under `name/…`, unless save_memory is off; whether, the metadata say under `name`. The
  /// bonus in any case.
  void save(Archive& archive, const std::string& name) const;
  /// After `begin`. What was left out stays empty. Throws std::runtime_error for another size, for actions that are
  /// none and for priorities or times that make no sense.
  void load(const Archive& archive, const std::string& name);

 private:
  void choose(envs::Random& random, double progress, Batch& batch);
  void sum_rewards(Batch& batch);
  void relabel_rewards(const Batch& batch);
  void show_to_bonus(const Eigen::MatrixXf& actions, const envs::VectorEnvironment& worlds);
  void sum_bonuses(Batch& batch);
  const ReplayMemory& memory_of(Eigen::Index sample) const { return sample < shown_ ? demonstrations_ : memory_; }

  SamplerOptions options_;
  envs::Spec spec_;
  std::unique_ptr<envs::Environment> judge_;  // for its compute_reward and reached
  ReplayMemory memory_, demonstrations_;
  SumTree priorities_;
  double largest_priority_ = 1;
  Eigen::Index shown_ = 0;  // samples of a batch that come from demonstrations

  // Of each sample of the batch being drawn:
  std::vector<std::int64_t> last_;               // the window's last transition so far
  std::vector<std::uint8_t> growing_, reached_;  // whether the window still grows; whether it reached the new goal
  Eigen::MatrixXf goals_;                        // goal size x n, where relabelled
  Eigen::VectorXf relabelled_rewards_;           // of the window's last transition
  std::vector<Eigen::Index> columns_;            // samples whose rewards or bonuses are computed anew, …
  Eigen::MatrixXf achieved_, desired_;           // … their goals, side by side, …
  Eigen::VectorXf rewards_;                      // … and what the world pays for them

  std::shared_ptr<Bonus> bonus_;
  std::vector<float> paid_;  // of each place in the memory, where the bonus depends on the episode
  Eigen::MatrixXf visited_;  // of all worlds, or of samples whose windows grow: what was reached, …
  Eigen::ArrayXf bonuses_;   // … and what the bonus is
  std::vector<std::uint8_t> terminated_, truncated_;  // of all worlds
  double bonus_sum_ = 0;                              // of what was added since it was last asked for
  std::int64_t bonus_count_ = 0;
};

}  // namespace cairn::agents
