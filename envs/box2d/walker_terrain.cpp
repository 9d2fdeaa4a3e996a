#include "envs/box2d/walker_terrain.h"

#include <algorithm>
#include <cmath>

// The ground and the order of every draw are those of Gymnasium's bipedal_walker.py; checked against recorded terrains.

namespace cairn::envs {

namespace {

constexpr double roughness = 1.0 / 30;                            // m, largest change of a piece's rise by chance
constexpr double stiffness = 0.01;                                // m, by which a piece's rise turns back to the level
constexpr double memory = 0.8;                                    // of a piece's rise that the next one keeps
constexpr int depth = 4;                                          // of a pit, in pieces
constexpr int walls = 2;                                          // points that a pit takes besides its width
constexpr int stair_width = 4;                                    // pieces; a stair is one piece high
constexpr std::uint8_t pits = 3, stairs_up = 5, stairs_down = 7;  // first codes of an obstacle

enum class Kind : std::uint8_t { grass, stump, stairs, pit };

struct Shape {
  Kind kind = Kind::grass;
  int size = 0;  // pieces of a stump or a pit, number of stairs
  int rise = 0;  // of stairs: 1 up, -1 down
};

Shape shape_of(std::uint8_t code) {
  if (code == 0) return {};
  if (code < pits) return {Kind::stump, code, 0};
  if (code < stairs_up) return {Kind::pit, code, 0};
  if (code < stairs_down) return {Kind::stairs, 3 + code - stairs_up, 1};
  return {Kind::stairs, 3 + code - stairs_down, -1};
}

std::uint8_t code_of(const Shape& shape) {
  switch (shape.kind) {
    case Kind::grass:
      return 0;
    case Kind::stump:
    case Kind::pit:
      return static_cast<std::uint8_t>(shape.size);
    case Kind::stairs:
      break;
  }
  return static_cast<std::uint8_t>((shape.rise > 0 ? stairs_up : stairs_down) + shape.size - 3);
}

int sign(double x) {
  return (x > 0) - (x < 0);
}

}  // namespace

WalkerTerrain WalkerTerrain::make(bool hardcore, double difficulty, const Uniform& uniform) {
  const auto whole = [&](int low, int high) { return static_cast<int>(uniform(low, high)); };  // [low, high)
  // The obstacle that a stretch consists of, and how many points it takes.
  const auto draw = [&](Kind kind, int& length) -> Shape {
    Shape shape{kind};
    if (kind == Kind::stump) {
      length = shape.size = whole(1, 3);
    } else if (kind == Kind::pit) {
      shape.size = whole(3, 5);
      length = shape.size + walls;
    } else {
      shape.rise = uniform(0, 1) > 0.5 ? 1 : -1;
      whole(stair_width, stair_width + 1);  // a draw of the original that leaves no choice
      shape.size = whole(3, 5);
      length = shape.size * stair_width;
    }
    return shape;
  };

  WalkerTerrain terrain;
  Shape obstacle;
  Kind kind = Kind::grass;
  double y = level, rise = 0, base = 0;  // m; base: where a pit or stairs begin
  int left = static_cast<int>(flat);     // points of this stretch
  bool first = false;                    // point of a stretch, which keeps its height
  for (std::size_t i = 0; i < points; ++i) {
    if (kind == Kind::grass) {
      if (!first) {
        rise = memory * rise + stiffness * sign(level - y);
        if (i > flat) rise += difficulty * roughness * uniform(-1, 1);
        y += rise;
      }
    } else if (first) {
      obstacle = draw(kind, left);
      terrain.obstacle[i] = code_of(obstacle);
      base = y;
    } else if (kind == Kind::pit) {
      y = left > 1 ? base - depth * spacing : base;
    } else if (kind == Kind::stairs) {
      const double stair = static_cast<double>(obstacle.size * stair_width - left - obstacle.rise) / stair_width;
      y = base + stair * obstacle.rise * spacing;
    }
    terrain.height[i] = static_cast<float>(y);

    first = false;
    if (--left > 0) continue;
    first = true;
    left = whole(5, 10);
    const bool next = hardcore && kind == Kind::grass && (difficulty >= 1 || uniform(0, 1) < difficulty);
    kind = next ? static_cast<Kind>(whole(1, 4)) : Kind::grass;
  }
  return terrain;
}

float WalkerTerrain::height_at(float x) const {
  const float along = std::clamp(x / static_cast<float>(spacing), 0.0F, static_cast<float>(points - 1));
  const std::size_t piece = std::min(static_cast<std::size_t>(along), points - 2);
  return std::lerp(height[piece], height[piece + 1], along - static_cast<float>(piece));
}

std::vector<std::array<Point, 4>> WalkerTerrain::boxes() const {
  std::vector<std::array<Point, 4>> boxes;
  // `left`, `right`, `low` and `high` in pieces from a point of the ground.
  const auto box = [&](std::size_t i, int left, int right, int low, int high) {
    const double x = spacing * static_cast<double>(i), y = height[i];
    const auto corner = [&](int across, int up) {
      return Point{static_cast<float>(x + across * spacing), static_cast<float>(y + up * spacing)};
    };
    boxes.push_back({corner(left, low), corner(right, low), corner(right, high), corner(left, high)});
  };
  for (std::size_t i = 0; i < points; ++i) {
    const Shape shape = shape_of(obstacle[i]);
    if (shape.kind == Kind::stump) box(i, 0, shape.size, 0, shape.size);
    if (shape.kind == Kind::pit)
      for (const int wall : {0, shape.size}) box(i, wall, wall + 1, -depth, 0);
    if (shape.kind == Kind::stairs)
      for (int stair = 0; stair < shape.size; ++stair)
        box(i, stair * stair_width, (stair + 1) * stair_width, stair * shape.rise - 1, stair * shape.rise);
  }
  return boxes;
}

}  // namespace cairn::envs
