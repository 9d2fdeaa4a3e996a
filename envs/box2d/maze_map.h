#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "envs/canvas.h"

namespace cairn::envs {

/// The mazes that there are.
enum class Maze { umaze, medium, large, giant, teleport };

std::string_view to_string(Maze maze);
bool parse(std::string_view text, Maze& maze);

/// The plan of a maze in cells of 1 m, centred on the origin, with the shortest ways between all cells. Cells are
/// numbered row by row from the top left. Ways go round the entrances of teleporters, where a maze has some: nobody
/// comes through such a cell on foot.
class MazeMap {
 public:
  /// The one plan of a maze.
  static const MazeMap& of(Maze maze);

  /// A fixed way to go, from cell to cell.
  struct Task {
    int start, goal;  ///< cells
  };

  /// Cells from left to right.
  int columns() const { return columns_; }
  /// Cells from top to bottom.
  int rows() const { return rows_; }
  /// Whether a cell is no wall; false outside.
  bool open(int column, int row) const;
  const std::vector<int>& cells() const { return cells_; }          ///< the open ones but for the entrances
  const std::vector<int>& entrances() const { return entrances_; }  ///< of teleporters
  const std::vector<int>& exits() const { return exits_; }          ///< where one comes out, each as likely
  const std::vector<Task>& tasks() const { return tasks_; }         ///< none, or five
  /// Of a cell, m.
  Point centre(int cell) const;
  int cell_at(Point point) const;  ///< points outside count for the nearest cell

  int steps(int from, int to) const;                   ///< cells to cross on the shortest way; -1: no way
  int longest() const { return longest_; }             ///< of all shortest ways, cells
  int next(int from, int to) const;                    ///< the next cell on the shortest way; `to` where none is left
  Point next_stop(Point from, Point to) const;         ///< where to head: the next cell's centre, or `to` itself
  float distance(Point from, Point to) const;          ///< length of the way along cell centres, m; no way: the longest
  std::vector<std::pair<Point, Point>> walls() const;  ///< every face between open and closed, in longest pieces

 private:
  /// `plan`: `#` closed, `o` an entrance, `x` an exit. `tasks`: row and column of the start, then of the goal.
  explicit MazeMap(std::vector<std::string_view> plan, const std::vector<std::array<int, 4>>& tasks = {});
  bool entrance(int cell) const;

  std::vector<std::string_view> plan_;
  int columns_, rows_, longest_ = 0;
  std::vector<int> cells_, entrances_, exits_;
  std::vector<Task> tasks_;
  std::vector<std::int16_t> steps_;  // [from * columns * rows + to]
};

}  // namespace cairn::envs
