#pragma once

#include <cstdint>
#include <vector>

#include "agents/learner/memory_need.h"
#include "agents/learner/updater.h"
#include "agents/memory/episode_memory.h"
#include "agents/policy_gradient/on_policy.h"

namespace cairn::agents {

/// Part of an agent's options, among its own.
struct SelfImitationOptions {
  bool on = false;
  int updates = 10, batch = 512;
  std::int64_t memory = 50'000;
  float weight = 0.1F, value_weight = 0.01F, entropy = 0.01F, clip = 1;
  float alpha = 0.6F, beta = 0.1F;

  template <class V>
  void fields(V&& v) {
    v("imitation", on, "true|false", "also imitate own past episodes, where they earned more than expected");
    v("imitation_updates", updates, "[1,1000000]", "updates of imitation an iteration");
    v("imitation_batch", batch, "[1,1000000]", "samples of one of them");
    v("imitation_memory", memory, "[1,1000000000]", "steps remembered, of episodes with a reward above 0");
    v("imitation_weight", weight, "[0,inf)", "of these updates beside the agent's: multiplies their learning rate");
    v("imitation_value_weight", value_weight, "[0,inf)", "coefficient of the squared value error in them");
    v("imitation_entropy", entropy, "[0,inf)", "coefficient of their entropy bonus");
    v("imitation_clip", clip, "(0,inf)", "most that a return counts beyond the value expected");
    v("imitation_alpha", alpha, "[0,1]", "exponent of that in the priority of being replayed");
    v("imitation_beta", beta, "[0,1]", "exponent of the correction for priorities");
  }
};

/// Self-imitation learning (Oh et al. 2018). Episodes that earned something are remembered; after the agent's own
/// updates of an iteration come some on them, each down the gradient of
///
///     L = Σ w [-A log π(a|s) + value_weight ½ (R - V)₊² - entropy H [A > 0]] / max(number with A > 0, 64),
///     A = (R - V)₊, at most clip
///
/// over a batch drawn in proportion to A^alpha, with weights w that correct for that. R is discounted as the agent
/// discounts, counted as the value head counts rewards (scaled and normalised as they are by now), and of the world's
/// rewards alone: a bonus is not imitated. What `EpisodeMemory` says of ends holds; in a world that pays nothing above
/// 0 nothing is ever remembered.
///
/// Its optimizer has the agent's rule, with moments, a schedule and a count of updates of its own, which the table's
/// `updates` leaves out. As some rules make the same step of every multiple of a gradient, what imitation weighs beside
/// the agent's own updates multiplies the rate, and not the loss. A person's factor on the rate holds for it too; a
/// rule that is swapped in during the run does not. Turned off it does nothing.
class SelfImitation {
 public:
  /// Throws std::invalid_argument for a memory that does not hold a whole episode. `options`: checked.
  SelfImitation(const SelfImitationOptions& options, const envs::Spec& spec, float gamma);

  /// Samples an update takes at most; 0 where it is off.
  int batch() const { return options_.on ? options_.batch : 0; }
  /// After `experience` has begun. `iterations`: in the run.
  void begin(const OnPolicy& experience, std::int64_t iterations);
  /// Remembers the rollout's episodes and makes the updates, the agent's own being done.
  void learn(OnPolicy& experience);
  /// Reports `train/imitated`, where it is turned on.
  void report(Telemetry& telemetry) const;
  void save(Archive& archive) const;
  void load(const Archive& archive);

 private:
  void update(OnPolicy& experience, envs::Random& random);

  SelfImitationOptions options_;
  float gamma_;
  EpisodeMemory memory_;
  Updater updater_;
  Rollout batch_;
  std::vector<std::int64_t> origins_;  // of the batch's samples
  std::vector<int> all_;
  float scale_ = 1;                     // of the batch: 1 / max(number with A > 0, 64)
  std::int64_t better_ = 0, seen_ = 0;  // this iteration's samples with A > 0, and all of them
};

/// As of `OnPolicy`, with what imitation takes besides.
MemoryNeed memory_need(const SelfImitationOptions& imitation, const OnPolicyOptions& options, double largest_batch,
                       const envs::Spec& spec, const optim::Rule& rule, int environments, const Bonus* bonus);

}  // namespace cairn::agents
