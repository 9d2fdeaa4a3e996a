#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agents/networks/policy.h"
#include "envs/environment.h"
#include "render/worlds/rare_reward.h"

namespace cairn::render {

/// Worlds that are flown only to be looked at, beside a run or after it. Training worlds move on by whole rollouts
/// between two looks; these go step by step, under the newest policy that was handed in. They share nothing with
/// training.
class ShownWorlds {
 public:
  /// `count` worlds at the beginning of their first episodes.
  ShownWorlds(const envs::EnvironmentFactory& factory, int count, std::uint64_t seed);

  /// One world as it stands.
  struct World {
    std::unique_ptr<envs::Environment> environment;  ///< itself, to be drawn
    std::uint32_t episode = 0;                       ///< the number of its episode
    double episode_return = 0;                       ///< so far
    envs::Step last{};                               ///< outcome of the last step
    bool success = false;                            ///< whether any step of this episode succeeded
    bool ended = false;                              ///< the episode is over; its end is shown for a while
    int rest = 0;                                    ///< steps for which it still is
    int since_reward = 1'000'000;                    ///< steps since the last rare reward
    float rare_reward = 0;                           ///< its value
  };

  /// Worlds.
  int size() const { return static_cast<int>(worlds_.size()); }
  /// World `i`.
  const World& world(int i) const { return worlds_[static_cast<std::size_t>(i)]; }
  /// What world `i` shows a learner now.
  std::span<const float> observation(int i) const;
  /// Of each of them.
  const envs::Spec& spec() const { return worlds_.front().environment->spec(); }

  /// Flies by this one from the next step on.
  void set_policy(agents::Policy policy);
  /// Whether there is one yet.
  bool has_policy() const { return policy_.has_value(); }
  /// Best actions, or sampled ones as while training.
  void set_best_actions(bool best) { best_actions_ = best; }
  /// What `set_best_actions` said last.
  bool best_actions() const { return best_actions_; }
  /// For the next step, `action` flies world `i` instead of the policy.
  void take_over(int i, std::vector<float> action);

  /// One step of every world; nothing where there is no policy yet.
  void step();

 private:
  void begin(int i);

  std::uint64_t seed_;
  std::vector<World> worlds_;
  std::vector<envs::Random> random_;
  Eigen::MatrixXf observations_, masks_, actions_;
  std::optional<agents::Policy> policy_;
  std::optional<agents::Policy::Scratch> scratch_;
  bool best_actions_ = false;
  int taken_over_ = -1;
  std::vector<float> own_action_;
  RareReward rewards_;  // of all worlds
};

}  // namespace cairn::render
