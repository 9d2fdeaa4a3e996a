#pragma once

#include <array>
#include <memory>

#include "envs/box2d/walker.h"
#include "envs/box2d/world.h"
#include "envs/canvas.h"

// What the walker's world and its drawing share.

namespace cairn::envs {

struct WalkerSizes {
  static constexpr double scale = 30;                                 ///< pixels a metre; published sizes are in pixels
  static constexpr double width = 600 / scale, height = 400 / scale;  ///< m, of the published picture
  static constexpr double leg_half_height = 17 / scale;               ///< m
  static constexpr double start = WalkerTerrain::spacing * WalkerTerrain::flat / 2;  ///< m, of the hull
  static constexpr std::size_t beams = 10;                                           ///< of the range finder
  static constexpr float beam_length = static_cast<float>(160 / scale);              ///< m
};

struct Walker::Physics final : b2ContactListener {
  std::unique_ptr<b2World> world;
  b2Body* hull = nullptr;
  std::array<b2Body*, 2> upper{}, lower{};  ///< legs
  std::array<b2RevoluteJoint*, 2> hip{}, knee{};
  std::array<b2Vec2, WalkerSizes::beams> beam_ends{};  ///< m, where each beam would end in the open
  std::array<bool, 2> touches{};                       ///< of the lower legs
  bool hull_touched = false;
  bool contacts_known = true;  ///< false where the episode began in a state, until the first step finds its contacts

  void BeginContact(b2Contact* contact) override {
    if (involves(contact, hull)) hull_touched = true;
    for (std::size_t i = 0; i < 2; ++i)
      if (involves(contact, lower[i])) touches[i] = true;
  }
  void EndContact(b2Contact* contact) override {  // also where the leg still stands on the next piece, as published
    for (std::size_t i = 0; i < 2; ++i)
      if (involves(contact, lower[i])) touches[i] = false;
  }
  static bool involves(b2Contact* contact, const b2Body* body) {
    return contact->GetFixtureA()->GetBody() == body || contact->GetFixtureB()->GetBody() == body;
  }
};

}  // namespace cairn::envs
