#include "envs/box2d/world.h"

#include <algorithm>
#include <limits>
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

void add_motion(std::vector<Component>& layout, const std::string& name, b2Vec2 low, b2Vec2 high) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  layout.insert(layout.end(), {{name + " x", "m", low.x, high.x},
                               {name + " y", "m", low.y, high.y},
                               {name + " angle", "rad", -infinity, infinity},
                               {name + " vx", "m/s", -infinity, infinity},
                               {name + " vy", "m/s", -infinity, infinity},
                               {name + " angular velocity", "rad/s", -infinity, infinity}});
}

void write_motion(const b2Body& body, std::span<float, motion_size> motion) {
  const b2Vec2 position = body.GetPosition(), velocity = body.GetLinearVelocity();
  const float values[] = {position.x, position.y, body.GetAngle(), velocity.x, velocity.y, body.GetAngularVelocity()};
  std::ranges::copy(values, motion.begin());
}

void set_motion(b2Body& body, std::span<const float, motion_size> motion) {
  body.SetTransform({motion[0], motion[1]}, motion[2]);
  body.SetLinearVelocity({motion[3], motion[4]});
  body.SetAngularVelocity(motion[5]);
}

}  // namespace cairn::envs
