#pragma once

#include <span>
#include <string_view>

#include "envs/thread_pool.h"

namespace cairn::agents {

class Archive;
struct Rollout;

/// An intrinsic reward that policy gradients add to the world's own (Burda et al. 2019): it has its own discount and
/// its own value head, and its stream of rewards does not end with episodes.
class Bonus {
 public:
  virtual ~Bonus() = default;
  virtual std::string_view name() const = 0;
  virtual float gamma() const = 0;        ///< discount of the bonus
  virtual float coefficient() const = 0;  ///< weight of its advantage beside the extrinsic one

  /// The bonus of every sample of the rollout, from what was reached (`next_observations`, raw).
  virtual void compute(const Rollout& rollout, std::span<float> bonuses, envs::ThreadPool& pool) = 0;
  /// Learns from the rollout, once an iteration, after the policy did.
  virtual void learn(const Rollout& rollout, envs::ThreadPool& pool) = 0;

  virtual void save(Archive& archive) const = 0;
  virtual void load(const Archive& archive) = 0;
};

}  // namespace cairn::agents
