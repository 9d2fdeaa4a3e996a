#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>

#include "agents/learner/agent.h"
#include "agents/memory/bonus.h"
#include "agents/memory/rollout.h"

namespace cairn::agents {

/// A bonus as policy gradients learn from it (Burda et al. 2019): a second value head with a discount of its own, whose
/// stream of rewards goes on over the ends of episodes,
///
///     A = A_rewards + coefficient · A_bonus.
///
/// Without a bonus it does nothing.
class IntrinsicStream {
 public:
  /// Null: there is no bonus.
  explicit IntrinsicStream(std::shared_ptr<Bonus> bonus = nullptr) : bonus_(std::move(bonus)) {}
  /// Whether there is a bonus.
  explicit operator bool() const { return bonus_ != nullptr; }
  /// Null where there is none.
  const Bonus* bonus() const { return bonus_.get(); }

  /// `samples`: of a rollout, of which there are `rollouts` in the run.
  void begin(const Run& run, int samples, std::int64_t rollouts);
  /// What the rollout's steps are paid. It needs `next_observations`.
  void pay(const Rollout& rollout);
  /// The second value head's returns, and its advantages added to the rollout's.
  void add_advantages(Rollout& rollout, float lambda);
  /// Lets the bonus learn from a rollout; once an iteration, after its updates.
  void learn(const Rollout& rollout);
  /// Reports `train/bonus`, where there is one.
  void report(Telemetry& telemetry) const;
  void save(Archive& archive) const;
  void load(const Archive& archive);

 private:
  std::shared_ptr<Bonus> bonus_;
  Eigen::ArrayXf bonuses_, advantage_;  // of each sample
};

}  // namespace cairn::agents
