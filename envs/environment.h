#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "envs/random.h"

namespace cairn::envs {

class Canvas;

/// One component of an observation or of a continuous action.
struct Component {
  std::string name;  ///< `x`, `vx`, `left leg`, …
  std::string unit;  ///< `m`, `m/s`, `rad`, `` for a pure number
  float low;         ///< bounds; infinite where there is none
  float high;        ///< not below `low`
};

/// Where a goal-conditioned observation holds what was reached and what was asked for.
struct GoalLayout {
  int achieved = 0;         ///< first component of the achieved goal
  int desired = 0;          ///< first component of the desired goal
  int size = 0;             ///< components of a goal; 0: the world has none
  bool terminates = false;  ///< reaching the goal ends the episode
  /// Whether the world has goals.
  explicit operator bool() const { return size > 0; }
};

/// What a learner must know of a world.
struct Spec {
  std::string id{};                          ///< as in `lander`, whatever its options
  std::string summary{};                     ///< one sentence for `cairn list`: what is to be done
  std::string achieved{};                    ///< the same once it has succeeded, a short sentence for pictures
  std::vector<Component> observation{};      ///< what is shown at each step, in this order
  std::vector<Component> action{};           ///< continuous box; empty for discrete worlds
  std::vector<std::string> action_names{};   ///< one a discrete action; empty for continuous worlds
  int horizon = 1000;                        ///< steps after which an episode is truncated
  int steps_a_second = 50;                   ///< of its own time: as fast as people watch and fly it
  GoalLayout goal{};                         ///< where an observation holds its goals
  std::optional<double> return_threshold{};  ///< mean return at which the field calls it solved
  bool masks = false;                        ///< whether some actions can be illegal
  /// Of episodes whose start names none, in [0,1]; 1: the published task. None where the world has no easier episodes.
  std::optional<double> difficulty{};
  std::vector<Component> state{};  ///< the numbers of a state to begin in; empty where the world offers none
  double bytes = 2e3;              ///< of memory that one copy takes, about

  /// Whether an action is one of a few.
  bool discrete() const { return !action_names.empty(); }
  /// Floats an observation has.
  int observation_size() const { return static_cast<int>(observation.size()); }
  int actions() const { return static_cast<int>(action_names.size()); }                 ///< number of discrete actions
  int action_size() const { return discrete() ? 1 : static_cast<int>(action.size()); }  ///< floats an action takes
};

/// What one step gave. Terminated and truncated are never merged: only a terminated state has value zero.
struct Step {
  float reward = 0;         ///< raw: neither scaled nor normalised
  bool terminated = false;  ///< the world ended the episode
  bool truncated = false;   ///< the horizon did (never together with terminated)
  bool success = false;     ///< the task was achieved at this step
};

/// How an episode begins. Together with the actions it settles every bit of the episode.
struct Start {
  Random random{};                     ///< all draws of the episode come from here
  std::optional<double> difficulty{};  ///< in [0,1]; none: the world's own
  std::vector<float> state{};          ///< spec().state.size() floats; empty: the world draws where it begins
};

/// An exact copy of where an episode stands. Box2D's warm-start state cannot be read out, so it is the episode's start
/// plus the actions since, to be replayed.
struct Snapshot {
  Start start;                 ///< its difficulty is filled in
  std::vector<float> actions;  ///< action_size() floats a step
};

/// One world. Derived classes fill in start, advance, observe and draw, and start_in with write_state where an episode
/// can begin in a state; the bookkeeping that every world needs (horizon, refusing bad actions and starts, snapshots)
/// is here, once.
class Environment {
 public:
  /// `spec`: what this world is like, for good.
  explicit Environment(Spec spec);
  virtual ~Environment() = default;
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// What a learner must know of it; never changes.
  const Spec& spec() const { return spec_; }

  /// Starts an episode. `observation`: observation_size() floats. Throws std::invalid_argument, with the world
  /// untouched, for a difficulty outside [0,1] or other than 1 where the world has none, and for a state of the wrong
  /// size, not finite, outside spec().state's bounds, or in which no running episode can be.
  void reset(const Start& start, std::span<float> observation);
  /// The same with the world's own difficulty and no state.
  void reset(const Random& random, std::span<float> observation);
  /// Applies `action` (action_size() floats; discrete: the index) for one time step. Continuous actions are clamped to
  /// their bounds. Throws std::invalid_argument, with the world untouched, for an action that is not finite or no
  /// index.
  Step step(std::span<const float> action, std::span<float> observation);

  /// Where the running episode stands, for `restore`: exact.
  Snapshot snapshot() const { return {start_, actions_}; }
  /// Replays a snapshot; afterwards the world is where it was, to the bit.
  void restore(const Snapshot& snapshot, std::span<float> observation);
  /// Where the running episode stands, for a Start to begin there. What the state leaves out is lost, such as the
  /// impulses from which Box2D's solver sets out, so that an episode begun there goes on nearly, not exactly, as this
  /// one. Throws std::logic_error where spec().state is empty.
  std::vector<float> state() const;
  const Start& episode_start() const { return start_; }  ///< of this episode; its difficulty is filled in
  double difficulty() const { return difficulty_; }      ///< of this episode
  int elapsed() const { return elapsed_; }               ///< steps since reset

  /// Reward of having reached `achieved` when `desired` was asked, both goal.size x n; writes n rewards. Pure. By
  /// default 1 where `reached`, 0 elsewhere.
  virtual void compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                              const Eigen::Ref<const Eigen::MatrixXf>& desired,
                              Eigen::Ref<Eigen::VectorXf> rewards) const;
  /// Whether `achieved` counts as `desired` (each goal.size floats). Pure; the criterion of success in goal worlds.
  virtual bool reached(std::span<const float> achieved, std::span<const float> desired) const;

  /// Marks the legal actions with 1 and the others with 0 (actions() floats). All are legal unless a world says
  /// otherwise.
  virtual void mask(std::span<float> legal) const;
  /// A hand-written policy for this world: fills `action` and returns true; false where none is known.
  virtual bool pilot(std::span<const float> observation, std::span<float> action) const;

  /// Draws the world as it stands, in world units.
  virtual void draw(Canvas& canvas) const = 0;

 protected:
  /// Starts an episode of this difficulty(), drawing what is random from `random`.
  virtual void start(Random& random) = 0;
  /// Starts an episode in a state that check_state let pass, in a time that does not depend on it. The same state gives
  /// the same bits, whatever ran before.
  virtual void start_in(std::span<const float> state);
  /// Writes where the episode stands, spec().state.size() floats.
  virtual void write_state(std::span<float> state) const;
  /// Throws std::invalid_argument for a state that makes no sense although each component is within its bounds.
  virtual void check_state(std::span<const float>) const {}
  /// Applies the action (finite, within bounds) for one time step; `truncated` is the caller's business.
  virtual Step advance(std::span<const float> action) = 0;
  /// Writes what is seen now, observation_size() floats.
  virtual void observe(std::span<float> observation) const = 0;

  Random& random() { return random_; }  ///< draws during the episode come from here

 private:
  friend class Wrapper;  // hands these calls on to the environment in it
  void check(const Start& start) const;

  Spec spec_;
  Start start_;
  double difficulty_;  // that of start_
  Random random_;
  std::vector<float> actions_;  // since reset; reserved for a whole episode, so that stepping allocates nothing
  std::vector<float> clamped_;
  int elapsed_ = 0;
};

/// Makes one more copy of a world. Copies share nothing.
using EnvironmentFactory = std::function<std::unique_ptr<Environment>()>;

}  // namespace cairn::envs
