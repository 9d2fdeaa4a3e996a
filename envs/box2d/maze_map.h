#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "envs/canvas.h"

namespace cairn::envs {

enum class Maze { umaze, medium, large };

std::string_view to_string(Maze maze);
bool parse(std::string_view text, Maze& maze);

/// The plan of a maze in cells of 1 m, centred on the origin, with the shortest ways between all cells. Cells are
/// numbered row by row from the top left.
class MazeMap {
 public:
  static const MazeMap& of(Maze maze);

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  bool open(int column, int row) const;
  const std::vector<int>& cells() const { return cells_; }  ///< the open ones
  Point centre(int cell) const;
  int cell_at(Point point) const;  ///< points outside count for the nearest cell

  int steps(int from, int to) const;                   ///< cells to cross on the shortest way; -1: no way
  int longest() const { return longest_; }             ///< of all shortest ways, cells
  Point next_stop(Point from, Point to) const;         ///< where to head: the next cell's centre, or `to` itself
  float distance(Point from, Point to) const;          ///< length of the way along cell centres, m
  std::vector<std::pair<Point, Point>> walls() const;  ///< every face between open and closed, in longest pieces

 private:
  explicit MazeMap(std::vector<std::string_view> plan);
  int next(int from, int to) const;

  std::vector<std::string_view> plan_;
  int columns_, rows_, longest_ = 0;
  std::vector<int> cells_;
  std::vector<std::int16_t> steps_;  // [from * columns * rows + to]
};

}  // namespace cairn::envs
