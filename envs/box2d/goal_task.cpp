#include "envs/box2d/goal_task.h"

#include <algorithm>
#include <cmath>

#include "envs/box2d/world.h"
#include "envs/shapes.h"

namespace cairn::envs::goal_task {

bool Rule::reached(std::span<const float> achieved, std::span<const float> desired) const {
  const float x = desired[0] - achieved[0], y = desired[1] - achieved[1];
  return x * x + y * y <= tolerance * tolerance;
}

Step Rule::step(Point place, Point goal) const {
  const bool there = reached({&place.x, 2}, {&goal.x, 2});
  Step step{.terminated = there, .success = there};
  if (reward == Reward::sparse)
    step.reward = there ? 1.0F : 0.0F;
  else
    step.reward = there ? 0.0F : -distance(place, goal) / farthest;
  return step;
}

void Rule::pay(const Eigen::Ref<const Eigen::MatrixXf>& achieved, const Eigen::Ref<const Eigen::MatrixXf>& desired,
               Eigen::Ref<Eigen::VectorXf> rewards) const {
  for (Eigen::Index i = 0; i < achieved.cols(); ++i)
    rewards[i] = step({achieved(0, i), achieved(1, i)}, {desired(0, i), desired(1, i)}).reward;
}

void describe(Spec& spec, const std::string& name, Reward reward, double difficulty) {
  const auto index = [&](const std::string& component) {
    return static_cast<int>(std::ranges::find(spec.observation, component, &Component::name) -
                            spec.observation.begin());
  };
  spec.goal = {.achieved = index(name + " x"), .desired = index("goal x"), .size = 2, .terminates = true};
  spec.horizon = horizon;
  spec.steps_a_second = steps_a_second;
  if (reward == Reward::sparse) spec.return_threshold = 0.9;
  spec.difficulty = difficulty;
  spec.bytes = world_bytes;
}

Point nearer(Point from, Point goal, double share, float shortest) {
  const float whole = distance(from, goal), part = std::max(static_cast<float>(share), shortest / whole);
  if (part >= 1) return goal;
  return {from.x + part * (goal.x - from.x), from.y + part * (goal.y - from.y)};
}

Point somewhere(Random& random, Point center, float half_width, float half_height) {
  const float x = random.uniform(-half_width, half_width), y = random.uniform(-half_height, half_height);
  return {center.x + x, center.y + y};
}

float distance(Point a, Point b) {
  return std::hypot(b.x - a.x, b.y - a.y);
}

std::vector<std::string> move_names() {
  return {"none", "right", "right and up", "up", "left and up", "left", "left and down", "down", "right and down"};
}

int move_for(Point now, Point wanted, float fastest, float change) {
  const auto mean = [&](float from, float to) {
    float sum = 0;
    for (int i = 0; i < substeps; ++i) sum += from += std::clamp(to - from, -change * dt, change * dt);
    return sum / substeps;
  };
  const auto miss = [&](Point move) {
    return distance({mean(now.x, fastest * move.x), mean(now.y, fastest * move.y)}, wanted);
  };
  return static_cast<int>(std::ranges::min_element(moves, {}, miss) - moves.begin());
}

b2Body* build_room(b2World& world, Point low, Point high, float rough) {
  b2BodyDef still;
  b2Body* room = world.CreateBody(&still);
  const std::array<b2Vec2, 4> corners{{{low.x, low.y}, {high.x, low.y}, {high.x, high.y}, {low.x, high.y}}};
  for (std::size_t i = 0; i < corners.size(); ++i) {
    b2EdgeShape wall;
    wall.SetTwoSided(corners[i], corners[(i + 1) % corners.size()]);
    b2FixtureDef fixture;
    fixture.shape = &wall;
    fixture.friction = rough;
    room->CreateFixture(&fixture);
  }
  return room;
}

void lay_flat(b2World& world, b2Body& ground, b2Body& body, float force, float torque) {
  b2FrictionJointDef joint;
  joint.bodyA = &ground;
  joint.bodyB = &body;
  joint.maxForce = force;
  joint.maxTorque = torque;
  joint.collideConnected = true;
  world.CreateJoint(&joint);
}

void drive(b2Body& body, b2Vec2 velocity, float strongest) {
  b2Vec2 force = body.GetMass() / dt * (velocity - body.GetLinearVelocity());
  if (const float size = force.Length(); size > strongest) force *= strongest / size;
  body.ApplyForceToCenter(force, true);
}

b2Body* build_hand(b2World& world, Point at) {
  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.position = {at.x, at.y};
  body.fixedRotation = true;
  body.allowSleep = false;
  b2Body* hand = world.CreateBody(&body);
  b2CircleShape circle;
  circle.m_radius = hand_radius;
  b2FixtureDef fixture;
  fixture.shape = &circle;
  fixture.density = 1;
  fixture.friction = friction;
  hand->CreateFixture(&fixture);
  const b2MassData exactly{hand_mass, {0, 0}, 0};
  hand->SetMassData(&exactly);
  return hand;
}

void draw_goal(Canvas& canvas, Point from, Point goal, float tolerance) {
  constexpr Color green = palette::green;
  line(canvas, from, goal, 0.025F, {green.r, green.g, green.b, 150});
  canvas.disc(goal, tolerance, {green.r, green.g, green.b, 80});
  canvas.ring(goal, tolerance, 0.05F, green);
  canvas.earned_at(goal);
}

}  // namespace cairn::envs::goal_task
