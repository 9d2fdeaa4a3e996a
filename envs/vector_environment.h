#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "envs/environment.h"

namespace cairn::envs {

/// A finished episode, as logs count it.
struct Episode {
  int environment = 0;        ///< the column it ran in
  int length = 0;             ///< steps
  double episode_return = 0;  ///< undiscounted, raw
  bool success = false;       ///< whether any step of it succeeded
  std::uint32_t number = 0;   ///< of the environment's episodes, from 0
  double difficulty = 1;      ///< of its start
  bool from_state = false;    ///< whether its start had a state
};

/// Chooses how the episode with that number starts in that column. `usual` is how it would start otherwise: with random
/// numbers of its own, the world's difficulty and no state. Called inside step() when the episode before ends, by
/// whichever thread steps the column, and for several columns at once; so a source reads only what nobody writes during
/// a step, and its answer is a function of column and episode alone. What it chooses by (difficulties, levels, states)
/// changes between two iterations, when nobody steps. Exceptions leave through step().
using StartSource = std::function<Start(int column, std::uint32_t episode, Start usual)>;

/// Several copies of one world, stepped in columns. Same-step reset: when an episode ends, `observations` already holds
/// the first observation of the next one and `final_observations` the last of the one that ended. Different columns may
/// be stepped by different threads at the same time; nothing else may.
class VectorEnvironment {
 public:
  /// Column i's e-th episode draws from Random(seed, stream, i, e), unless `starts` chooses otherwise. All columns are
  /// reset at once.
  VectorEnvironment(const EnvironmentFactory& factory, int count, std::uint64_t seed,
                    Stream stream = Stream::environment, StartSource starts = {});

  /// Of each copy.
  const Spec& spec() const { return environments_.front()->spec(); }
  /// Copies, and so columns.
  int size() const { return static_cast<int>(environments_.size()); }

  /// Steps columns [first, first + actions.cols()) with the columns of `actions` (action_size x n).
  void step(int first, const Eigen::Ref<const Eigen::MatrixXf>& actions);

  const Eigen::MatrixXf& observations() const { return observations_; }  ///< features x envs, now
  const Eigen::MatrixXf& final_observations() const {
    return final_observations_;
  }                                                                    ///< features x envs, valid where done
  const Eigen::MatrixXf& masks() const { return masks_; }              ///< actions x envs (1 legal), now
  const Eigen::MatrixXf& final_masks() const { return final_masks_; }  ///< where the episode ended, valid where done
  const std::vector<Step>& steps() const { return steps_; }            ///< outcome of the last step, an env each

  /// Hands over the episodes that finished since the last call, ordered by environment, then by time.
  void take_finished(std::vector<Episode>& episodes);

  /// The copy of column i.
  Environment& environment(int i) { return *environments_[static_cast<std::size_t>(i)]; }
  /// The copy of column i.
  const Environment& environment(int i) const { return *environments_[static_cast<std::size_t>(i)]; }

  /// All that an exact resume needs, a column each.
  struct State {
    Snapshot snapshot;          ///< of the running episode
    std::uint32_t episode = 0;  ///< its number, from 0
    double episode_return = 0;  ///< its rewards so far
    bool success = false;       ///< whether any step of it succeeded
  };
  /// The states of all columns.
  std::vector<State> state() const;
  /// Replays the snapshots, each with its own start; `size()` states. Finished episodes not yet taken are forgotten.
  void restore(const std::vector<State>& states);

 private:
  void begin_episode(int i);

  std::uint64_t seed_;
  Stream stream_;
  StartSource starts_;
  std::vector<std::unique_ptr<Environment>> environments_;
  Eigen::MatrixXf observations_, final_observations_, masks_, final_masks_;
  std::vector<Step> steps_;
  struct Running {
    std::uint32_t episode = 0;
    double episode_return = 0;
    bool success = false;
    std::vector<Episode> finished;
  };
  std::vector<Running> running_;
};

}  // namespace cairn::envs
