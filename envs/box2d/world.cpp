#include "envs/box2d/world.h"

#include <mutex>

namespace cairn::envs {

namespace {

void make_one_contact() {
  b2World world({0, -10});
  b2CircleShape circle;
  circle.m_radius = 1;
  b2BodyDef still, moving;
  moving.type = b2_dynamicBody;
  world.CreateBody(&still)->CreateFixture(&circle, 1);
  world.CreateBody(&moving)->CreateFixture(&circle, 1);
  world.Step(0.01F, 1, 1);
}

}  // namespace

std::unique_ptr<b2World> make_world(b2Vec2 gravity) {
  static std::once_flag once;
  std::call_once(once, make_one_contact);
  return std::make_unique<b2World>(gravity);
}

}  // namespace cairn::envs
