#pragma once

#include <box2d/box2d.h>

#include <memory>

namespace cairn::envs {

/// A fresh Box2D world. Fresh each episode: a reused one keeps contact and allocator order from the last episode, and
/// with it the last bits. The first call makes one contact by itself, because Box2D fills its table of contact kinds at
/// the first contact, without a lock.
std::unique_ptr<b2World> make_world(b2Vec2 gravity);

}  // namespace cairn::envs
