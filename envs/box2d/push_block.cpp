#include "envs/box2d/push_block.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "envs/box2d/world.h"
#include "envs/shapes.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

using namespace goal_task;

constexpr float room = 2.0F;                                                  // m, from the middle to each wall
constexpr float fastest = 5.0F, strongest = 100.0F;                           // m/s on each axis, N: the hand
constexpr float half = 0.25F, block_mass = 2.0F;                              // m, half the block's side; kg
constexpr float dry_friction = 11.8F, dry_torque = 2.25F;                     // N, N m: of the block on the floor
constexpr float tolerance = 0.3F;                                             // m
constexpr float hand_spread = 0.3F, block_spread = 1.2F, goal_spread = 1.5F;  // m, of starts and goals from the middle
constexpr float hand_off = 0.55F, goal_off = 0.75F;                           // m, from the block at least

Spec make_spec(const PushBlockOptions& options) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  Spec spec;
  spec.id = "push_block";
  spec.summary = "Push a block to a goal that is paid for only when reached.";
  spec.achieved = "Pushed the block to its goal.";
  spec.observation = {{"hand x", "m", -room, room},
                      {"hand y", "m", -room, room},
                      {"hand vx", "m/s", -inf, inf},
                      {"hand vy", "m/s", -inf, inf},
                      {"block x", "m", -room, room},
                      {"block y", "m", -room, room},
                      {"block from hand x", "m", -2 * room, 2 * room},
                      {"block from hand y", "m", -2 * room, 2 * room},
                      {"cos block angle", "", -1, 1},
                      {"sin block angle", "", -1, 1},
                      {"block vx", "m/s", -inf, inf},
                      {"block vy", "m/s", -inf, inf},
                      {"block angular velocity", "rad/s", -inf, inf},
                      {"goal x", "m", -room, room},
                      {"goal y", "m", -room, room}};
  if (options.continuous)
    spec.action = {{"speed x", "5 m/s", -1, 1}, {"speed y", "5 m/s", -1, 1}};
  else
    spec.action_names = move_names();
  describe(spec, "block", options.reward, options.difficulty);
  spec.state.assign(spec.observation.begin(), spec.observation.begin() + 4);
  add_motion(spec.state, "block", {-room, -room}, {room, room});
  spec.state.insert(spec.state.end(), spec.observation.end() - 2, spec.observation.end());
  return spec;
}

}  // namespace

PushBlock::PushBlock(const PushBlockOptions& options)
    : Environment(make_spec(options)),
      options_(optim::checked(spec().id, options)),
      rule_{tolerance, 2 * room, options.reward} {}

PushBlock::~PushBlock() = default;

void PushBlock::start(Random& random) {
  const Point hand = somewhere(random, {0, 0}, hand_spread, hand_spread);
  Point block;
  do block = somewhere(random, {0, 0}, block_spread, block_spread);
  while (distance(block, hand) < hand_off);
  block = nearer(hand, block, difficulty(), hand_off);
  do goal_ = somewhere(random, {0, 0}, goal_spread, goal_spread);
  while (distance(goal_, block) < goal_off);
  goal_ = nearer(block, goal_, difficulty(), tolerance + 0.05F);
  build(hand, block);
}

void PushBlock::start_in(std::span<const float> state) {
  build({state[0], state[1]}, {state[4], state[5]});
  hand_->SetLinearVelocity({state[2], state[3]});
  set_motion(*block_, state.subspan<4, motion_size>());
  goal_ = {state[10], state[11]};
}

void PushBlock::write_state(std::span<float> state) const {
  state[0] = hand_->GetPosition().x;
  state[1] = hand_->GetPosition().y;
  state[2] = hand_->GetLinearVelocity().x;
  state[3] = hand_->GetLinearVelocity().y;
  write_motion(*block_, state.subspan<4, motion_size>());
  state[10] = goal_.x;
  state[11] = goal_.y;
}

void PushBlock::check_state(std::span<const float> state) const {
  const b2Transform block({state[4], state[5]}, b2Rot(state[6]));
  const b2Vec2 hand = b2MulT(block, b2Vec2{state[0], state[1]});
  if (std::max(std::abs(hand.x), std::abs(hand.y)) < half)
    throw std::invalid_argument("push_block: the hand of a state lies in the block.");
  if (reached(state.subspan(4, 2), state.last(2)))
    throw std::invalid_argument("push_block: a state in which the goal is reached starts no episode.");
}

void PushBlock::build(Point hand, Point block) {
  world_ = make_world({0, 0});
  b2Body* floor = build_room(*world_, {-room, -room}, {room, room});
  hand_ = build_hand(*world_, hand);

  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.position = {block.x, block.y};
  body.allowSleep = false;
  block_ = world_->CreateBody(&body);
  b2PolygonShape square;
  square.SetAsBox(half, half);
  b2FixtureDef fixture;
  fixture.shape = &square;
  fixture.density = block_mass / (4 * half * half);
  fixture.friction = friction;
  block_->CreateFixture(&fixture);
  lay_flat(*world_, *floor, *block_, dry_friction, dry_torque);
}

Step PushBlock::advance(std::span<const float> action) {
  const Point move = options_.continuous ? Point{action[0], action[1]} : moves[static_cast<std::size_t>(action[0])];
  for (int i = 0; i < substeps; ++i) {
    drive(*hand_, {fastest * move.x, fastest * move.y}, strongest);
    world_->Step(dt, velocity_iterations, position_iterations);
  }
  return rule_.step({block_->GetPosition().x, block_->GetPosition().y}, goal_);
}

void PushBlock::observe(std::span<float> observation) const {
  const b2Vec2 hand = hand_->GetPosition(), hand_velocity = hand_->GetLinearVelocity();
  const b2Vec2 block = block_->GetPosition(), velocity = block_->GetLinearVelocity();
  const float angle = block_->GetAngle();
  const std::array<float, 15> seen{hand.x,
                                   hand.y,
                                   hand_velocity.x,
                                   hand_velocity.y,
                                   block.x,
                                   block.y,
                                   block.x - hand.x,
                                   block.y - hand.y,
                                   std::cos(angle),
                                   std::sin(angle),
                                   velocity.x,
                                   velocity.y,
                                   block_->GetAngularVelocity(),
                                   goal_.x,
                                   goal_.y};
  std::ranges::copy(seen, observation.begin());
}

bool PushBlock::reached(std::span<const float> achieved, std::span<const float> desired) const {
  return rule_.reached(achieved, desired);
}

void PushBlock::compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                               const Eigen::Ref<const Eigen::MatrixXf>& desired,
                               Eigen::Ref<Eigen::VectorXf> rewards) const {
  rule_.pay(achieved, desired, rewards);
}

// Go round the block to the side away from the goal, then push it there, faster to the side the more the hand is off
// the line.
bool PushBlock::pilot(std::span<const float> o, std::span<float> action) const {
  const b2Vec2 hand{o[0], o[1]}, block{o[4], o[5]}, goal{o[13], o[14]};
  b2Vec2 ahead = goal - block;
  ahead.Normalize();
  const b2Vec2 aside{-ahead.y, ahead.x}, from_block = hand - block;
  const float along = b2Dot(from_block, ahead), across = b2Dot(from_block, aside);
  constexpr float clear = 0.62F;  // m, from the block's centre, at which the hand passes its corners
  b2Vec2 velocity;
  if (along < -0.3F && std::abs(across) < 0.14F) {
    velocity = 3.0F * ahead - 12.0F * across * aside;
  } else if (along < -0.35F) {
    velocity = -10.0F * across * aside + 6.0F * (-0.55F - along) * ahead;
  } else {
    const float side = across >= 0 ? 1.0F : -1.0F;
    velocity = 8.0F * (side * clear - across) * aside;
    if (std::abs(across) > clear - 0.35F) velocity += -7.0F * ahead;
  }
  if (options_.continuous) {
    action[0] = std::clamp(velocity.x / fastest, -1.0F, 1.0F);
    action[1] = std::clamp(velocity.y / fastest, -1.0F, 1.0F);
  } else {
    action[0] = static_cast<float>(move_for({o[2], o[3]}, {velocity.x, velocity.y}, fastest, strongest / hand_mass));
  }
  return true;
}

void PushBlock::draw(Canvas& canvas) const {
  constexpr float edge = room + 0.1F;
  backdrop(canvas, {-edge, -edge}, {edge, edge});
  canvas.stroke(rectangle({0, 0}, room + 0.05F, room + 0.05F), 0.1F, palette::ground, true);
  if (!world_) return;

  const Point block{block_->GetPosition().x, block_->GetPosition().y};
  draw_goal(canvas, block, goal_, tolerance);
  canvas.fill(rectangle(block, half, half, block_->GetAngle()), palette::orange);
  canvas.disc(block, 0.05F, palette::sky);  // what must come to the goal
  canvas.disc({hand_->GetPosition().x, hand_->GetPosition().y}, hand_radius, palette::yellow);
}

}  // namespace cairn::envs
