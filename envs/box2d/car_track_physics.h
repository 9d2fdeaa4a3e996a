#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "envs/box2d/car_track.h"
#include "envs/box2d/world.h"

// What the car's world and its drawing share.

namespace cairn::envs {

struct CarSizes {
  static constexpr double unit = 0.02;                                             ///< m; published sizes are in units
  static constexpr double wheel_half_width = 14 * unit, wheel_radius = 27 * unit;  ///< m
  static constexpr double power = 40'000;                                          ///< of the engine, on a wheel
  static constexpr double field = 2000.0 / 6;                                      ///< m, half the side of the field
  /// Tiles ahead of the nearest one, of the points in the observation.
  static constexpr std::array<std::ptrdiff_t, 10> ahead{1, 2, 3, 4, 5, 6, 8, 10, 12, 15};
};

/// The car's bodies, in the order in which observations and states hold them.
struct CarParts {
  static constexpr std::array<const char*, 1 + CarTrack::wheels> names{"hull", "front left wheel", "front right wheel",
                                                                       "rear left wheel", "rear right wheel"};
  static std::vector<Component> state();  ///< the layout of a state
};

struct CarTrack::Physics final : b2ContactListener {
  std::unique_ptr<b2World> world;
  b2Body* hull = nullptr;
  std::array<b2Body*, wheels> wheel{};
  std::array<b2RevoluteJoint*, wheels> joint{};
  std::array<int, wheels> tiles_under{};
  std::vector<std::size_t> entered;  ///< tiles that a wheel came to in this step

  void BeginContact(b2Contact* contact) override { count(contact, 1); }
  void EndContact(b2Contact* contact) override { count(contact, -1); }

 private:
  /// Only wheels touch tiles, and nothing else touches anything.
  void count(b2Contact* contact, int by) {
    b2Fixture *tile = contact->GetFixtureA(), *rubber = contact->GetFixtureB();
    if (rubber->IsSensor()) std::swap(tile, rubber);
    for (std::size_t i = 0; i < wheels; ++i)
      if (rubber->GetBody() == wheel[i]) tiles_under[i] += by;
    if (by > 0) entered.push_back(tile->GetUserData().pointer);
  }
};

}  // namespace cairn::envs
