#include "envs/box2d/lidar_level.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace cairn::envs {

namespace {

constexpr std::array<int, 4> neighbours{1, -1, LidarLevel::size, -LidarLevel::size};
constexpr int nearest = 5;    // cells, the shortest way at difficulty 1
constexpr int farthest = 40;  // cells, about the longest way that levels have

int inner_cell(int i) {
  constexpr int across = LidarLevel::size - 2;
  return (1 + i / across) * LidarLevel::size + 1 + i % across;
}

}  // namespace

LidarLevel::LidarLevel() {
  blocked_.fill(true);
}

std::pair<LidarLevel, int> LidarLevel::drawn(Random& random, double difficulty, bool solvable) {
  const auto share = [&](int easy, int hard) {
    return easy + static_cast<int>(std::lround(difficulty * (hard - easy)));
  };
  const int blocks = share(0, fullest), shortest = share(1, nearest), longest = share(2, farthest);
  for (;;) {
    LidarLevel level;
    const int count = static_cast<int>(random.below(static_cast<std::uint32_t>(blocks + 1)));
    std::array<int, inner> cells;
    std::iota(cells.begin(), cells.end(), 0);
    random.shuffle(cells);
    for (int& cell : cells) cell = inner_cell(cell);
    for (int i = count; i < inner; ++i)
      level.blocked_[static_cast<std::size_t>(cells[static_cast<std::size_t>(i)])] = false;
    // The order of the free cells is random already: the last is the goal's, and any before it a start.
    level.goal_ = centre(cells.back());
    level.find_ways();
    const int start =
        cells[static_cast<std::size_t>(count) + random.below(static_cast<std::uint32_t>(inner - 1 - count))];
    const int way = level.steps(start);
    if (way < 0 ? !solvable : way >= shortest && way <= longest) return {level, start};
  }
}

LidarLevel LidarLevel::of(std::array<int, size - 2> rows, Point goal) {
  LidarLevel level;
  for (int i = 0; i < inner; ++i)
    level.blocked_[static_cast<std::size_t>(inner_cell(i))] =
        (rows[static_cast<std::size_t>(i / (size - 2))] >> (i % (size - 2)) & 1) != 0;
  level.goal_ = goal;
  level.find_ways();
  return level;
}

std::array<int, LidarLevel::size - 2> LidarLevel::rows() const {
  std::array<int, size - 2> rows{};
  for (int i = 0; i < inner; ++i)
    if (blocked(inner_cell(i))) rows[static_cast<std::size_t>(i / (size - 2))] |= 1 << (i % (size - 2));
  return rows;
}

int LidarLevel::cell_at(Point place) {
  const auto index = [](float at) { return std::clamp(static_cast<int>(std::floor(at)), 0, size - 1); };
  return index(place.y) * size + index(place.x);
}

// Breadth-first search from the goal.
void LidarLevel::find_ways() {
  steps_.fill(-1);
  std::array<int, cells> queue;
  std::size_t head = 0, tail = 0;
  const auto reach = [&](int cell, int steps) {
    if (blocked(cell) || steps_[static_cast<std::size_t>(cell)] >= 0) return;
    steps_[static_cast<std::size_t>(cell)] = steps;
    queue[tail++] = cell;
  };
  reach(cell_at(goal_), 0);
  while (head < tail) {
    const int cell = queue[head++];
    for (const int offset : neighbours) reach(cell + offset, steps(cell) + 1);
  }
}

int LidarLevel::next(int cell) const {
  if (steps(cell) > 0)
    for (const int offset : neighbours)
      if (steps(cell + offset) == steps(cell) - 1) return cell + offset;
  return cell;
}

// From grid line to grid line (Amanatides and Woo 1987).
float LidarLevel::sight(Point from, Point direction, float farthest) const {
  constexpr float never = std::numeric_limits<float>::infinity();
  int cell = cell_at(from);
  const auto first = [](float at, float along) {  // distance to the first line
    if (along == 0) return never;
    const float cell_start = std::floor(at);
    return ((along > 0 ? cell_start + 1 : cell_start) - at) / along;
  };
  float x = first(from.x, direction.x), y = first(from.y, direction.y);
  const float dx = direction.x == 0 ? never : 1 / std::abs(direction.x),
              dy = direction.y == 0 ? never : 1 / std::abs(direction.y);
  const int right = direction.x > 0 ? 1 : -1, up = direction.y > 0 ? size : -size;
  for (;;) {
    const float here = std::min(x, y);
    if (here >= farthest) return farthest;
    if (x <= y) {
      x += dx;
      cell += right;
    } else {
      y += dy;
      cell += up;
    }
    if (blocked(cell)) return here;
  }
}

}  // namespace cairn::envs
