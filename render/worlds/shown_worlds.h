#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "agents/networks/policy.h"
#include "envs/environment.h"
#include "render/drawing/picture_canvas.h"
#include "render/worlds/rare_reward.h"
#include "render/worlds/sketch.h"

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
    int since_reward = 1'000'000;                    ///< steps since the last rare reward, or the task was done
    Earned earned{};                                 ///< what that was
    Sketch begin{};                                  ///< how the episode began
    std::shared_ptr<const agents::Policy> policy{};  ///< that flies it; none: it stands still
    Sketch before{};                                 ///< as it stood a step ago; empty where draw does not look back
  };

  /// Worlds.
  int size() const { return static_cast<int>(worlds_.size()); }
  /// World `i`.
  const World& world(int i) const { return worlds_[static_cast<std::size_t>(i)]; }
  /// What world `i` shows a learner now.
  std::span<const float> observation(int i) const;
  /// What world `i` was last told to do.
  std::span<const float> action(int i) const;
  /// The largest size that each component of an observation has had in any of them.
  std::span<const float> largest() const { return largest_; }
  /// Of each of them.
  const envs::Spec& spec() const { return worlds_.front().environment->spec(); }

  /// Flies all of them from the next step on.
  void set_policy(agents::Policy policy);
  /// Flies world `i`.
  void set_policy(int i, std::shared_ptr<const agents::Policy> policy);
  /// Whether a policy flies the first world.
  bool has_policy() const { return worlds_.front().policy != nullptr; }
  /// Best actions, or sampled ones as while training.
  void set_best_actions(bool best) { best_actions_ = best; }
  /// What `set_best_actions` said last.
  bool best_actions() const { return best_actions_; }
  /// From here on `action` flies world `i` instead of its policy, until give_back.
  void take_over(int i, std::vector<float> action);
  /// Its policy flies it again.
  void give_back() { taken_over_ = -1; }

  /// One step of every world that has a policy; draw then shows them as they stand.
  void step();
  /// Moves time on by `steps`, whole or not: between two steps draw shows worlds on their way from one to the next.
  void advance(double steps);
  /// New episodes of all worlds.
  void restart();

  /// World `i`, between its latest two steps.
  void draw(int i, envs::Canvas& canvas) const;
  /// The same as large as `box` allows, with what bursts where a rare reward was earned. Returns the part that it
  /// covers.
  Box draw(int i, Picture& picture, Box box, float corner_radius, const Magnifier& part = {}) const;
  /// Seconds of the world's time since the last rare reward of world `i`, or since its task was done.
  float seconds_since_reward(int i) const;

 private:
  void begin(int i);
  void move(int i);
  void look_at_reward(World& world, bool done_before);

  std::uint64_t seed_;
  std::vector<World> worlds_;
  std::vector<envs::Random> random_;
  Eigen::MatrixXf observations_, masks_, actions_;
  std::vector<std::optional<agents::Policy::Scratch>> scratch_;  // one a world
  bool best_actions_ = false;
  double due_ = 0;  // steps that have been advanced by and not made
  int taken_over_ = -1;
  std::vector<float> own_action_, largest_;
  RareReward rewards_;     // of all worlds
  mutable Sketch sketch_;  // to draw from
};

}  // namespace cairn::render
