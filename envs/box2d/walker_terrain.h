#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "envs/canvas.h"

namespace cairn::envs {

/// The ground that the walker walks on: heights of points at even distances, joined by straight pieces, and boxes on
/// it.
struct WalkerTerrain {
  static constexpr std::size_t points = 200;         ///< of the ground
  static constexpr double spacing = 14.0 / 30;       ///< m
  static constexpr double level = 400.0 / 30 / 4;    ///< m, height of the flat start, to which hills return
  static constexpr std::size_t flat = 20;            ///< points of the start
  static constexpr std::uint8_t obstacle_kinds = 8;  ///< codes 1 to 8 of `obstacle`

  /// Draws from [low, high).
  using Uniform = std::function<double(double low, double high)>;

  std::array<float, points> height{};  ///< m
  /// What stands at a point: 0 nothing; 1, 2 a stump so many pieces wide and high; 3, 4 a pit so many pieces wide;
  /// 5, 6 three or four stairs up; 7, 8 three or four stairs down.
  std::array<std::uint8_t, points> obstacle{};

  /// Gymnasium's ground, with its draws in its order where `difficulty` is 1. Below it hills are flatter in proportion,
  /// and an obstacle is left out with probability 1 - difficulty, which is one draw more an obstacle.
  static WalkerTerrain make(bool hardcore, double difficulty, const Uniform& uniform);

  /// Where a point of the ground is, m from its left end.
  static float x(std::size_t point) { return static_cast<float>(spacing * static_cast<double>(point)); }
  float height_at(float x) const;  ///< of the straight pieces, m
  /// Corners of the boxes that stumps, pits and stairs are made of, from left to right.
  std::vector<std::array<Point, 4>> boxes() const;
};

}  // namespace cairn::envs
