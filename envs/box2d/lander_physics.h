#pragma once

#include <array>
#include <cmath>
#include <memory>

#include "envs/box2d/lander.h"
#include "envs/box2d/world.h"
#include "envs/canvas.h"

// What the lander's world and its drawing share.

namespace cairn::envs {

struct LanderSizes {
  static constexpr double scale = 30;                                 ///< pixels a metre; published sizes are in pixels
  static constexpr double width = 600 / scale, height = 400 / scale;  ///< m
  static constexpr double leg_half_height = 8 / scale;                ///< m
  static constexpr int chunks = 11;                                   ///< terrain points
};

struct Lander::Physics final : b2ContactListener {
  std::unique_ptr<b2World> world;
  b2Body* moon = nullptr;
  b2Body* hull = nullptr;
  std::array<b2Body*, 2> legs{};  ///< the first is the right one
  std::array<bool, 2> touches{};
  bool hull_touched = false;
  bool contacts_known = true;  ///< false where the episode began in a state, until the first step finds its contacts
  std::array<Point, LanderSizes::chunks> terrain{};

  /// The hull after a step, and what its engines did in it: for the picture, which shows exhaust and a trail.
  struct Moment {
    b2Vec2 at, velocity;
    float angle = 0, main = 0, side = 0, direction = 0;
  };
  static constexpr int remembered = 64;
  std::array<Moment, remembered> moments{};
  int steps = 0;
  void remember(float main, float side, float direction) {
    moments[static_cast<std::size_t>(steps++ % remembered)] = {
        hull->GetPosition(), hull->GetLinearVelocity(), hull->GetAngle(), main, side, direction};
  }
  /// So many steps ago, 0 being the latest; null where there was none or it is forgotten.
  const Moment* ago(int age) const {
    return age < steps && age < remembered ? &moments[static_cast<std::size_t>((steps - 1 - age) % remembered)]
                                           : nullptr;
  }

  /// On both legs, moving by at most so many m/s and turning by at most so many rad/s.
  bool stands(double limit) const {
    return touches[0] && touches[1] && !hull_touched &&
           static_cast<double>(hull->GetLinearVelocity().Length()) <= limit &&
           std::abs(static_cast<double>(hull->GetAngularVelocity())) <= limit;
  }

  void BeginContact(b2Contact* contact) override {
    if (involves(contact, hull)) hull_touched = true;
    for (std::size_t i = 0; i < 2; ++i)
      if (involves(contact, legs[i])) touches[i] = true;
  }
  void EndContact(b2Contact* contact) override {
    for (std::size_t i = 0; i < 2; ++i)
      if (involves(contact, legs[i])) touches[i] = false;
  }
  static bool involves(b2Contact* contact, const b2Body* body) {
    return contact->GetFixtureA()->GetBody() == body || contact->GetFixtureB()->GetBody() == body;
  }
};

}  // namespace cairn::envs
