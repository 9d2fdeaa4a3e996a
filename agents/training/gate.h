#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "agents/archive/archive.h"
#include "agents/learner/agent.h"
#include "agents/training/evaluation.h"

namespace cairn::agents {

/// Decides whether a policy is good enough for the run to end (TrainOptions::until_return). Training returns are free
/// to look at but come from a sampled, moving policy: they only decide when to look closer. The mean that counts is of
/// 100 fresh greedy episodes. Looking often makes the best look lucky: measure the final policy on other episodes.
class Gate {
 public:
  /// `goal`: the mean return; nothing: never good enough. The references must outlive the gate.
  Gate(std::optional<double> goal, std::uint64_t seed, const envs::EnvironmentFactory& factory, envs::ThreadPool& pool)
      : goal_(goal), seed_(seed), factory_(factory), pool_(pool) {}

  /// After an iteration. `recent`: the latest finished training episodes. The 100 episodes where the policy reached the
  /// goal, else nothing.
  std::optional<EvaluationResult> look(const Agent& agent, const std::deque<envs::Episode>& recent,
                                       std::int64_t iterations);
  /// In a run that is resumed after it had reached the goal: the same look again; nothing in another.
  std::optional<EvaluationResult> look_again(const Agent& agent);

  /// Under `gate/…`.
  void save(Archive& archive) const;
  /// Throws std::runtime_error where a count is out of range.
  void load(const Archive& archive);

 private:
  std::optional<EvaluationResult> look_closer(const Policy& policy);

  std::optional<double> goal_;
  std::uint64_t seed_;
  const envs::EnvironmentFactory& factory_;
  envs::ThreadPool& pool_;
  std::int64_t looks_ = 0;      // closer ones
  std::int64_t next_look_ = 0;  // the first iteration after which there may be another
  bool reached_ = false;        // by the policy as it is
};

}  // namespace cairn::agents
