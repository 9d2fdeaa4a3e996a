#pragma once

#include <array>
#include <cstddef>
#include <numbers>
#include <optional>
#include <span>
#include <vector>

#include "envs/canvas.h"

namespace cairn::envs {

/// A closed road, made of tiles from point to point: Gymnasium's CarRacing-v3. Tile i lies between points i - 1 and i,
/// counted round; one drives towards higher numbers.
struct Road {
  static constexpr int checkpoints = 12;                                      ///< that a road goes by
  static constexpr std::size_t draws = 2 * std::size_t{checkpoints};          ///< that a road is made of
  static constexpr double widest_noise = 2 * std::numbers::pi / checkpoints;  ///< rad, of a checkpoint's bearing
  static constexpr double nearest = 50, farthest = 150;                       ///< m, a checkpoint from the middle
  static constexpr double half_width = 40.0 / 6;                              ///< m
  static constexpr double spacing = 3.5;                                      ///< m, between points
  static constexpr double kerb_width = 8.0 / 6;                               ///< m
  static constexpr std::size_t most_tiles = 512;                              ///< roads have 220 to 370

  /// A point of the road's middle.
  struct Place {
    double heading;  ///< rad, counter-clockwise from +y
    double x, y;     ///< m
  };
  std::vector<Place> places;  ///< one behind each tile

  /// The road through twelve checkpoints, for each of which there are a noise of its bearing (rad, [0, widest_noise))
  /// and a distance (m, [nearest, farthest)). None where they give no closed road, which one try in seventeen does, or
  /// one of more than `most_tiles`.
  static std::optional<Road> make(std::span<const double, draws> noise_and_distance);

  /// Tiles of a lap.
  std::size_t tiles() const { return places.size(); }
  std::size_t after(std::size_t tile, std::ptrdiff_t by) const;  ///< round the road; `by` may be negative
  std::array<Point, 4> tile(std::size_t i) const;                ///< left, right, right and left one point before
  /// +1: the tile has a kerb on the right, -1: on the left, 0: none. Where four tiles or more turn one way.
  std::vector<int> kerbs() const;
  /// Corners of the kerb beside tile i, on the side that `kerbs` says.
  std::array<Point, 4> kerb(std::size_t i, int side) const;
};

}  // namespace cairn::envs
