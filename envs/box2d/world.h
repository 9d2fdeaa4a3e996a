#pragma once

#include <box2d/box2d.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "envs/environment.h"

namespace cairn::envs {

/// A fresh Box2D world. Fresh each episode: a reused one keeps contact and allocator order from the last episode, and
/// with it the last bits. The first call makes one contact by itself, because Box2D fills its table of contact kinds at
/// the first contact, without a lock.
std::unique_ptr<b2World> make_world(b2Vec2 gravity);

/// Memory of a world with some tens of bodies, in bytes: the stack inside b2World and the first chunks of its
/// allocator.
inline constexpr double world_bytes = 2.2e5;

/// Where a body is and how it moves, six floats of a state: x and y of its origin (m), angle (rad), vx and vy of its
/// centre of mass (m/s), angular velocity (rad/s).
inline constexpr std::size_t motion_size = 6;
/// Adds the six to a state's layout as `NAME x` and so on; the origin lies between `low` and `high`.
void add_motion(std::vector<Component>& layout, const std::string& name, b2Vec2 low, b2Vec2 high);
/// Writes a body's place (m), angle (rad), velocity (m/s) and turning (rad/s).
void write_motion(const b2Body& body, std::span<float, motion_size> motion);
/// Puts a finished body there: fixtures that are added afterwards would shift its velocity.
void set_motion(b2Body& body, std::span<const float, motion_size> motion);

}  // namespace cairn::envs
