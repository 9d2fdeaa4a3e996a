#include "envs/box2d/maze_map.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace cairn::envs {

namespace {

constexpr std::array<std::pair<int, int>, 4> neighbours{{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}};

float length(Point from, Point to) {
  return std::hypot(to.x - from.x, to.y - from.y);
}

constexpr std::array<std::pair<Maze, std::string_view>, 5> names{{{Maze::umaze, "umaze"},
                                                                  {Maze::medium, "medium"},
                                                                  {Maze::large, "large"},
                                                                  {Maze::giant, "giant"},
                                                                  {Maze::teleport, "teleport"}}};

}  // namespace

std::string_view to_string(Maze maze) {
  return std::ranges::find(names, maze, &std::pair<Maze, std::string_view>::first)->second;
}

bool parse(std::string_view text, Maze& maze) {
  const auto found = std::ranges::find(names, text, &std::pair<Maze, std::string_view>::second);
  if (found == names.end()) return false;
  maze = found->first;
  return true;
}

// The first three plans are D4RL's (Fu et al. 2020), as in Gymnasium-Robotics' PointMaze; the others and all tasks are
// OGBench's (Park et al. 2024, `pointmaze`), whose rows count upward: there everything is this one's mirror image.
const MazeMap& MazeMap::of(Maze maze) {
  static const MazeMap umaze({"#####",  //
                              "#   #",  //
                              "### #",  //
                              "#   #",  //
                              "#####"});
  static const MazeMap medium({"########",  //
                               "#  ##  #",  //
                               "#  #   #",  //
                               "##   ###",  //
                               "#  #   #",  //
                               "# #  # #",  //
                               "#   #  #",  //
                               "########"},
                              {{1, 1, 6, 6}, {6, 1, 1, 6}, {5, 3, 4, 2}, {6, 5, 6, 1}, {2, 6, 1, 1}});
  static const MazeMap large({"############",  //
                              "#    #     #",  //
                              "# ## # # # #",  //
                              "#      #   #",  //
                              "# #### ### #",  //
                              "#  # #     #",  //
                              "## # # # ###",  //
                              "#  #   #   #",  //
                              "############"},
                             {{1, 1, 7, 10}, {5, 4, 7, 1}, {7, 4, 1, 10}, {3, 8, 5, 4}, {1, 1, 5, 4}});
  static const MazeMap giant({"################",  //
                              "# #      ##    #",  //
                              "# # ## # #  ## #",  //
                              "#   #  #   #   #",  //
                              "# ### ###### # #",  //
                              "#   #   #    # #",  //
                              "### # #  # # ###",  //
                              "#   #  #   #   #",  //
                              "# # # ###### # #",  //
                              "# ###   #   ## #",  //
                              "#     #   #    #",  //
                              "################"},
                             {{1, 1, 10, 14}, {1, 14, 10, 1}, {8, 14, 1, 1}, {8, 3, 5, 12}, {5, 9, 3, 8}});
  static const MazeMap teleport({"############",  //
                                 "#     #x#  #",  // whoever comes out here is lost
                                 "## #   #  ##",  //
                                 "## ###     #",  //
                                 "#    #o# # #",  //
                                 "#o## # # # #",  //
                                 "#x## # # #x#",  //
                                 "#    #   # #",  //
                                 "############"},
                                {{1, 10, 7, 1}, {1, 1, 7, 10}, {5, 6, 7, 10}, {7, 1, 7, 10}, {5, 6, 7, 1}});
  switch (maze) {
    case Maze::umaze:
      return umaze;
    case Maze::medium:
      return medium;
    case Maze::large:
      return large;
    case Maze::giant:
      return giant;
    case Maze::teleport:
      break;
  }
  return teleport;
}

MazeMap::MazeMap(std::vector<std::string_view> plan, const std::vector<std::array<int, 4>>& tasks)
    : plan_(std::move(plan)), columns_(static_cast<int>(plan_[0].size())), rows_(static_cast<int>(plan_.size())) {
  for (int cell = 0; cell < columns_ * rows_; ++cell) {
    const char kind = plan_[static_cast<std::size_t>(cell / columns_)][static_cast<std::size_t>(cell % columns_)];
    if (kind != '#') (kind == 'o' ? entrances_ : cells_).push_back(cell);
    if (kind == 'x') exits_.push_back(cell);
  }
  for (const auto& [row, column, goal_row, goal_column] : tasks)
    tasks_.push_back({row * columns_ + column, goal_row * columns_ + goal_column});

  // Breadth-first search from every cell, which goes into entrances and not through them.
  const std::size_t count = static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_);
  steps_.assign(count * count, -1);
  for (int start = 0; start < columns_ * rows_; ++start) {
    if (!open(start % columns_, start / columns_)) continue;
    std::int16_t* steps = steps_.data() + static_cast<std::size_t>(start) * count;
    std::vector<int> queue{start};
    steps[start] = 0;
    for (std::size_t head = 0; head < queue.size(); ++head) {
      const int cell = queue[head];
      if (!entrance(start) && !entrance(cell)) longest_ = std::max<int>(longest_, steps[cell]);
      if (cell != start && entrance(cell)) continue;
      for (const auto& [right, down] : neighbours) {
        const int other = cell + right + down * columns_;
        if (!open(cell % columns_ + right, cell / columns_ + down) || steps[other] >= 0) continue;
        steps[other] = static_cast<std::int16_t>(steps[cell] + 1);
        queue.push_back(other);
      }
    }
  }
}

bool MazeMap::open(int column, int row) const {
  return column >= 0 && column < columns_ && row >= 0 && row < rows_ &&
         plan_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] != '#';
}

bool MazeMap::entrance(int cell) const {
  return std::ranges::find(entrances_, cell) != entrances_.end();
}

Point MazeMap::centre(int cell) const {
  const int across = cell % columns_, down = cell / columns_;
  const auto column = static_cast<float>(across), row = static_cast<float>(down);
  return {column + 0.5F - 0.5F * static_cast<float>(columns_), 0.5F * static_cast<float>(rows_) - row - 0.5F};
}

int MazeMap::cell_at(Point point) const {
  const auto index = [](float at, int count) {
    return static_cast<int>(std::clamp(std::floor(at), 0.0F, static_cast<float>(count - 1)));
  };
  return index(point.x + 0.5F * static_cast<float>(columns_), columns_) +
         index(0.5F * static_cast<float>(rows_) - point.y, rows_) * columns_;
}

int MazeMap::steps(int from, int to) const {
  const int index = from * columns_ * rows_ + to;
  return steps_[static_cast<std::size_t>(index)];
}

// Any neighbour one step nearer lies on a shortest way, unless there is no way through it.
int MazeMap::next(int from, int to) const {
  for (const auto& [right, down] : neighbours) {
    const int other = from + right + down * columns_;
    if (open(from % columns_ + right, from / columns_ + down) && steps(other, to) == steps(from, to) - 1 &&
        (other == to || !entrance(other)))
      return other;
  }
  return to;
}

Point MazeMap::next_stop(Point from, Point to) const {
  const int here = cell_at(from), there = cell_at(to);
  return steps(here, there) < 2 ? to : centre(next(here, there));
}

float MazeMap::distance(Point from, Point to) const {
  const int here = cell_at(from), there = cell_at(to), steps_left = steps(here, there);
  if (steps_left < 0) return static_cast<float>(longest_);
  if (steps_left < 2) return length(from, to);
  // To the next cell's centre, along the centres to the last cell before the goal's, and from there to the goal.
  return length(from, centre(next(here, there))) + static_cast<float>(steps_left - 2) +
         length(centre(next(there, here)), to);
}

std::vector<std::pair<Point, Point>> MazeMap::walls() const {
  std::vector<std::pair<Point, Point>> faces;
  const float left = -0.5F * static_cast<float>(columns_), top = 0.5F * static_cast<float>(rows_);
  // A face lies on a grid line where exactly one side is open; neighbours on the line make one piece.
  const auto sweep = [&](int lines, int along, auto&& is_face, auto&& point) {
    for (int i = 0; i <= lines; ++i)
      for (int j = 0; j < along; ++j) {
        if (!is_face(i, j)) continue;
        const int begin = j;
        while (j < along && is_face(i, j)) ++j;
        faces.emplace_back(point(i, begin), point(i, j));
      }
  };
  sweep(
      rows_, columns_, [&](int row, int column) { return open(column, row - 1) != open(column, row); },
      [&](int row, int column) {
        return Point{left + static_cast<float>(column), top - static_cast<float>(row)};
      });
  sweep(
      columns_, rows_, [&](int column, int row) { return open(column - 1, row) != open(column, row); },
      [&](int column, int row) {
        return Point{left + static_cast<float>(column), top - static_cast<float>(row)};
      });
  return faces;
}

}  // namespace cairn::envs
