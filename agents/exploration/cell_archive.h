#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "envs/environment.h"
#include "envs/random.h"

namespace cairn::agents {

class Archive;

/// Cuts observations into cells: some of their components, each in bins of equal width over its bounds.
class CellGrid {
 public:
  CellGrid() = default;
  /// `components`: names of the observation's components with slashes between them, `_` for a space, as in `x/y`, or
  /// `auto`: what goals are about where the world has goals, else all. `bins`: one number for each, or one for all.
  /// Throws std::invalid_argument for a name that is none, for a component without bounds, for another number of bins
  /// than of components, and for more than 2⁶² cells.
  CellGrid(const envs::Spec& spec, const std::string& components, const std::vector<int>& bins);

  /// One component of the observation that tells cells apart.
  struct Axis {
    int component;    ///< of the observation
    float low, high;  ///< its bounds
    int bins;         ///< of equal width between them
  };
  /// One for each component that was named.
  const std::vector<Axis>& axes() const { return axes_; }
  std::int64_t cells() const { return cells_; }  ///< that there are at most
  /// The number of the cell that an observation lies in; beyond the bounds the nearest cell counts.
  std::int64_t cell_of(std::span<const float> observation) const;
  /// The bin on each axis.
  std::vector<int> bins_of(std::int64_t cell) const;

 private:
  std::vector<Axis> axes_;
  std::int64_t cells_ = 1;
};

/// The episode that a trajectory begins with: Random(seed, Stream::environment, column, episode).
struct Root {
  std::uint32_t column = 0, episode = 0;  ///< the training world and the number of its episode
  /// Whether it is the same episode.
  bool operator==(const Root&) const = default;
};

/// A cell that was reached, and the best way to it that is known.
struct Cell {
  std::int64_t number = 0;   ///< in the grid
  double score = 0;          ///< undiscounted reward on the way
  int length = 0;            ///< steps of the way, from the episode's beginning
  std::vector<float> state;  ///< to begin an episode in; empty where the world offers none
  std::int32_t path = -1;    ///< which path leads here …
  std::int32_t on_path = 0;  ///< … and after how many of its own actions
  std::int64_t seen = 0;     ///< times that a trajectory came by since this way was found
  bool discarded = false;    ///< the way did not repeat itself from its seed: any other one is better
};

/// Cells that were reached, each with the shortest of the best ways to it (Ecoffet et al. 2021, "first return, then
/// explore"). Ways are kept as a tree of actions that goes back to episodes' seeds, so that each can be flown again
/// from its beginning, to the bit.
class CellArchive {
 public:
  /// A trip from a cell, or from a fresh episode, with what it came by.
  struct Trip {
    /// The trip's first step in a cell.
    struct Visit {
      std::int64_t number = 0;   ///< of the cell
      int steps = 0;             ///< of the trip before it
      double score = 0;          ///< of the whole way
      std::vector<float> state;  ///< empty where `accepts` said no
    };
    int from = -1;                                 ///< a cell's index; -1: an episode's beginning
    Root root;                                     ///< of the whole way
    std::int32_t parent = -1, parent_actions = 0;  ///< the way to the cell as it was when the trip began
    int length = 0;                                ///< steps of that way
    double score = 0;                              ///< and its reward
    std::vector<float> actions;                    ///< of the trip, action_size numbers a step
    std::vector<Visit> visits;                     ///< the first to each cell, in the order of time
  };

  CellArchive() = default;
  /// `horizon`: steps after which an episode ends; ways are shorter.
  CellArchive(CellGrid grid, int action_size, int state_size, int horizon);

  /// How observations are cut into cells.
  const CellGrid& grid() const { return grid_; }
  /// In the order in which they were reached.
  const std::vector<Cell>& cells() const { return cells_; }

  /// A cell's index, drawn in proportion to 1 / √(seen + 1), or -1 for a fresh episode, which counts as a cell that was
  /// seen as often as there were fresh ones.
  int choose(envs::Random& random) const;
  /// A trip that sets out from there; from -1 with the episode `fresh`.
  Trip set_out(int from, Root fresh) const;
  /// Whether a way of that score and length to the cell would be kept: to a new cell, of a better score, or as good and
  /// shorter.
  bool accepts(std::int64_t number, double score, int length) const;
  /// All actions from the episode's beginning to where the trip set out.
  std::vector<float> actions_before(const Trip& trip) const;
  /// Counts what the trip came by, and keeps what is new or better.
  void add(const Trip& trip);
  /// The way to where the trip set out did not repeat itself from its seed: while it is that cell's way, the cell is
  /// not chosen again, and any other way replaces it.
  void discard(const Trip& trip);

  /// Everything, under `name/…`. `load` throws std::runtime_error for what no archive of this grid can hold; that
  /// states suit the world is for the caller to try.
  void save(Archive& archive, const std::string& name) const;
  void load(const Archive& archive, const std::string& name);

 private:
  struct Path {  // actions that go on from another path, or from an episode's beginning
    Root root;
    std::int32_t parent = -1, parent_actions = 0;  // how many of the parent's actions come before
    std::vector<float> actions;
  };

  const Cell& cell(int index) const { return cells_[static_cast<std::size_t>(index)]; }

  CellGrid grid_;
  int action_size_ = 1, state_size_ = 0, horizon_ = 0;
  std::vector<Cell> cells_;
  std::unordered_map<std::int64_t, int> index_;  // of a cell's number
  std::vector<Path> paths_;
  std::int64_t fresh_ = 0;  // trips that began with an episode
};

}  // namespace cairn::agents
