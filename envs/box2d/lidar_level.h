#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "envs/canvas.h"
#include "envs/random.h"

namespace cairn::envs {

/// The plan of a level: 11 by 11 cells of 1 m, numbered row by row from the bottom left at (0, 0), walled in by the
/// outer ones. Knows the shortest way from each free cell to the goal's, through sides of cells.
class LidarLevel {
 public:
  static constexpr int size = 11;                                 ///< cells of a side
  static constexpr std::size_t cells = std::size_t{size} * size;  ///< of the level
  static constexpr int inner = (size - 2) * (size - 2);           ///< cells that can be free
  static constexpr int fullest = 47;                              ///< inner cells that are blocked, at most

  /// A level of this difficulty and the cell to start from: 0 to 47 blocks at difficulty 1, the start at least 5 cells'
  /// way from the goal; fewer blocks and shorter ways where it is easier. `solvable`: whether there must be a way.
  static std::pair<LidarLevel, int> drawn(Random& random, double difficulty, bool solvable);
  /// `rows`: of the inner cells from the bottom, blocked ones as bits from the left.
  static LidarLevel of(std::array<int, size - 2> rows, Point goal);

  /// Of a cell, m.
  static Point centre(int cell) {
    const int column = cell % size, row = cell / size;
    return {static_cast<float>(column) + 0.5F, static_cast<float>(row) + 0.5F};
  }
  /// Whether a cell is none of the wall's.
  static bool is_inner(int cell) {
    const int column = cell % size, row = cell / size;
    return column > 0 && column < size - 1 && row > 0 && row < size - 1;
  }
  static int cell_at(Point place);  ///< places outside count for the nearest cell

  /// Whether an obstacle or the wall fills a cell.
  bool blocked(int cell) const { return blocked_[static_cast<std::size_t>(cell)]; }
  /// The blocked cells of each inner row as bits, from the bottom; the lowest bit is the leftmost cell.
  std::array<int, size - 2> rows() const;
  /// m.
  Point goal() const { return goal_; }
  int steps(int cell) const { return steps_[static_cast<std::size_t>(cell)]; }  ///< to the goal's cell; -1: no way
  int next(
      int cell) const;  ///< the neighbour that is nearest to the goal; the cell itself at the goal or without a way
  /// How far one sees from a free place, up to `farthest`; `direction` is of length 1.
  float sight(Point from, Point direction, float farthest) const;

 private:
  LidarLevel();
  void find_ways();

  std::array<bool, cells> blocked_{};
  std::array<int, cells> steps_{};
  Point goal_{};
};

}  // namespace cairn::envs
