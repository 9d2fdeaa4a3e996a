#include "envs/box2d/gantry_grasp.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "envs/box2d/world.h"
#include "envs/shapes.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

using namespace goal_task;

constexpr float gravity = 9.81F;              // m/s²: only the block is heavy
constexpr float side = 2.5F, ceiling = 4.5F;  // m, of the room: x of the walls, height
constexpr float hand_half_width = 0.45F, hand_half_height = 0.06F, gantry_mass = 2.0F;  // m, kg
constexpr float fastest = 4.0F, strongest = 80.0F;                                      // m/s on each axis, N: the hand
constexpr float finger_half_width = 0.05F, finger_half_height = 0.22F, finger_mass = 0.2F;  // m, kg
constexpr float finger_aside = 0.40F, finger_below = 0.30F;  // m, of an open finger's middle from the hand's
constexpr float travel = 0.22F;                              // m, that a finger goes inward
constexpr float finger_speed = 1.5F, finger_force = 20.0F;   // m/s, N
// The coefficient between two surfaces is the root of their product: 1 in the grip, 0.6 of the block on the floor.
constexpr float grip_friction = 1.0F, floor_friction = 0.36F;
constexpr float half = 0.25F, block_mass = 0.5F;    // m, half the block's side; kg
constexpr float tolerance = 0.2F;                   // m
constexpr float hand_off = 0.5F, goal_off = 0.75F;  // m, from the block at least

Spec make_spec(const GantryGraspOptions& options) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  Spec spec;
  spec.id = "gantry_grasp";
  spec.summary = "Grasp a block and carry it to a goal, on the floor or in the air, that alone is paid for.";
  spec.achieved = "Carried the block to its goal.";
  spec.observation = {{"hand x", "m", -side, side},
                      {"hand y", "m", 0, ceiling},
                      {"hand vx", "m/s", -inf, inf},
                      {"hand vy", "m/s", -inf, inf},
                      {"grip", "m", -inf, inf},
                      {"grip speed", "m/s", -inf, inf},
                      {"block x", "m", -side, side},
                      {"block y", "m", 0, ceiling},
                      {"block from hand x", "m", -2 * side, 2 * side},
                      {"block from hand y", "m", -ceiling, ceiling},
                      {"cos block angle", "", -1, 1},
                      {"sin block angle", "", -1, 1},
                      {"block vx", "m/s", -inf, inf},
                      {"block vy", "m/s", -inf, inf},
                      {"block angular velocity", "rad/s", -inf, inf},
                      {"goal x", "m", -side, side},
                      {"goal y", "m", 0, ceiling}};
  if (options.continuous) {
    spec.action = {{"speed x", "4 m/s", -1, 1}, {"speed y", "4 m/s", -1, 1}, {"grip", "1.5 m/s", -1, 1}};
  } else {
    for (const char* grip : {"open", "close"})
      for (const std::string& move : move_names()) spec.action_names.push_back(move + ", " + grip);
  }
  describe(spec, "block", options.reward, options.difficulty);
  for (const char* name : {"hand", "left finger", "right finger", "block"})
    add_motion(spec.state, name, {-side, 0}, {side, ceiling});
  spec.state.insert(spec.state.end(), spec.observation.end() - 2, spec.observation.end());
  return spec;
}

}  // namespace

GantryGrasp::GantryGrasp(const GantryGraspOptions& options)
    : Environment(make_spec(options)),
      options_(optim::checked(spec().id, options)),
      rule_{tolerance, 2 * side, options.reward} {}

GantryGrasp::~GantryGrasp() = default;

void GantryGrasp::start(Random& random) {
  const Point hand = somewhere(random, {0, 1.4F}, 0.3F, 0);
  Point block;
  do block = somewhere(random, {0, half}, 1.2F, 0);
  while (std::abs(block.x - hand.x) < hand_off);
  block.x = std::lerp(hand.x, block.x, static_cast<float>(difficulty()));
  const bool in_the_air = random.below(2) == 1;
  do goal_ = in_the_air ? somewhere(random, {0, 1.875F}, 1.5F, 1.125F) : somewhere(random, {0, half}, 1.5F, 0);
  while (distance(goal_, block) < goal_off);
  goal_ = nearer(block, goal_, difficulty(), tolerance + 0.05F);
  build_bodies(hand, block);
  build_joints();
}

void GantryGrasp::start_in(std::span<const float> state) {
  build_bodies({state[0], state[1]}, {state[18], state[19]});
  set_motion(*hand_, state.subspan<0, motion_size>());
  set_motion(*fingers_[0], state.subspan<6, motion_size>());
  set_motion(*fingers_[1], state.subspan<12, motion_size>());
  set_motion(*block_, state.subspan<18, motion_size>());
  build_joints();
  goal_ = {state[24], state[25]};
}

void GantryGrasp::write_state(std::span<float> state) const {
  write_motion(*hand_, state.subspan<0, motion_size>());
  write_motion(*fingers_[0], state.subspan<6, motion_size>());
  write_motion(*fingers_[1], state.subspan<12, motion_size>());
  write_motion(*block_, state.subspan<18, motion_size>());
  state[24] = goal_.x;
  state[25] = goal_.y;
}

void GantryGrasp::check_state(std::span<const float> state) const {
  constexpr float slack = 0.1F;  // m, by which a joint may give way for a moment
  for (const std::size_t finger : {6U, 12U}) {
    const float inward = (finger == 6U ? 1.0F : -1.0F) * (state[finger] - state[0]) + finger_aside;
    if (inward < -slack || inward > travel + slack || std::abs(state[finger + 1] - state[1] + finger_below) > slack)
      throw std::invalid_argument("gantry_grasp: a finger of a state is not where the hand holds it.");
  }
  const b2Transform block({state[18], state[19]}, b2Rot(state[20]));
  for (const std::size_t part : {0U, 6U, 12U}) {
    const b2Vec2 at = b2MulT(block, b2Vec2{state[part], state[part + 1]});
    if (std::max(std::abs(at.x), std::abs(at.y)) < half)
      throw std::invalid_argument("gantry_grasp: the hand of a state lies in the block.");
  }
  if (reached(state.subspan(18, 2), state.last(2)))
    throw std::invalid_argument("gantry_grasp: a state in which the goal is reached starts no episode.");
}

void GantryGrasp::build_bodies(Point hand, Point block) {
  world_ = make_world({0, -gravity});
  build_room(*world_, {-side, 0}, {side, ceiling}, floor_friction);
  const auto box = [&](Point at, float half_width, float half_height, float mass, float rough) {
    b2BodyDef body;
    body.type = b2_dynamicBody;
    body.position = {at.x, at.y};
    body.allowSleep = false;
    b2Body* made = world_->CreateBody(&body);
    b2PolygonShape shape;
    shape.SetAsBox(half_width, half_height);
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.density = mass / (4 * half_width * half_height);
    fixture.friction = rough;
    made->CreateFixture(&fixture);
    return made;
  };
  hand_ = box(hand, hand_half_width, hand_half_height, gantry_mass, friction);
  for (std::size_t i = 0; i < 2; ++i) {
    const float aside = i == 0 ? -finger_aside : finger_aside;
    fingers_[i] =
        box({hand.x + aside, hand.y - finger_below}, finger_half_width, finger_half_height, finger_mass, grip_friction);
  }
  for (b2Body* body : {hand_, fingers_[0], fingers_[1]}) {
    body->SetGravityScale(0);
    body->SetFixedRotation(true);
  }
  block_ = box(block, half, half, block_mass, grip_friction);
}

/// The fingers slide along the hand, geared to each other: apart they would let the block drift sideways.
void GantryGrasp::build_joints() {
  for (std::size_t i = 0; i < 2; ++i) {
    b2PrismaticJointDef slide;
    slide.bodyA = hand_;
    slide.bodyB = fingers_[i];
    slide.localAnchorA = {i == 0 ? -finger_aside : finger_aside, -finger_below};
    slide.localAxisA = {i == 0 ? 1.0F : -1.0F, 0};  // inward
    slide.enableLimit = true;
    slide.lowerTranslation = 0;
    slide.upperTranslation = travel;
    slide.enableMotor = true;
    slide.maxMotorForce = finger_force;
    slides_[i] = static_cast<b2PrismaticJoint*>(world_->CreateJoint(&slide));
  }
  b2GearJointDef gear;
  gear.bodyA = fingers_[0];
  gear.bodyB = fingers_[1];
  gear.joint1 = slides_[0];
  gear.joint2 = slides_[1];
  gear.ratio = -1;
  gear.collideConnected = true;
  world_->CreateJoint(&gear);
}

float GantryGrasp::grip() const {
  return 0.5F * (fingers_[0]->GetPosition().x - fingers_[1]->GetPosition().x) + finger_aside;
}

float GantryGrasp::grip_speed() const {
  return 0.5F * (fingers_[0]->GetLinearVelocity().x - fingers_[1]->GetLinearVelocity().x);
}

Step GantryGrasp::advance(std::span<const float> action) {
  Point move{action[0], options_.continuous ? action[1] : 0};
  float close = options_.continuous ? action[2] : 0;
  if (!options_.continuous) {
    const auto index = static_cast<std::size_t>(action[0]);
    move = moves[index % moves.size()];
    close = index < moves.size() ? -1.0F : 1.0F;
  }
  for (b2PrismaticJoint* slide : slides_) slide->SetMotorSpeed(finger_speed * close);
  for (int i = 0; i < substeps; ++i) {
    drive(*hand_, {fastest * move.x, fastest * move.y}, strongest);
    world_->Step(dt, velocity_iterations, position_iterations);
  }
  return rule_.step({block_->GetPosition().x, block_->GetPosition().y}, goal_);
}

void GantryGrasp::observe(std::span<float> observation) const {
  const b2Vec2 hand = hand_->GetPosition(), hand_velocity = hand_->GetLinearVelocity();
  const b2Vec2 block = block_->GetPosition(), velocity = block_->GetLinearVelocity();
  const float angle = block_->GetAngle();
  const std::array<float, 17> seen{
      hand.x,          hand.y,          hand_velocity.x, hand_velocity.y,  grip(),
      grip_speed(),    block.x,         block.y,         block.x - hand.x, block.y - hand.y,
      std::cos(angle), std::sin(angle), velocity.x,      velocity.y,       block_->GetAngularVelocity(),
      goal_.x,         goal_.y};
  std::ranges::copy(seen, observation.begin());
}

bool GantryGrasp::reached(std::span<const float> achieved, std::span<const float> desired) const {
  return rule_.reached(achieved, desired);
}

void GantryGrasp::compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                                 const Eigen::Ref<const Eigen::MatrixXf>& desired,
                                 Eigen::Ref<Eigen::VectorXf> rewards) const {
  rule_.pay(achieved, desired, rewards);
}

// Over the block, down with open fingers, close, and carry it to the goal.
bool GantryGrasp::pilot(std::span<const float> o, std::span<float> action) const {
  constexpr float over = 0.85F, around = 0.33F;  // m, of the hand above the block: clear of it, fingers beside it
  constexpr float free = 0.06F;                  // m, off the middle, at which the fingers pass the block
  const Point hand{o[0], o[1]}, speed{o[2], o[3]}, block{o[6], o[7]}, goal{o[15], o[16]};
  const float dx = block.x - hand.x, above = hand.y - block.y;
  const bool between = std::abs(dx) < 0.12F && above < around + 0.1F, held = between && o[4] > 0.07F;
  Point target{block.x, block.y + over};
  bool close = false;
  if (between) {
    close = above < around + 0.04F || held;
    target = held ? Point{goal.x - dx, goal.y + above} : Point{block.x, block.y + around};
  } else if (std::abs(dx) < free) {
    target.y = block.y + around;
  } else if (above < over - 0.1F) {
    target.x = hand.x;
  }
  // Braking takes the time of speed/deceleration.
  constexpr float deceleration = strongest / (gantry_mass + 2 * finger_mass + block_mass);
  const auto wanted = [&](float way, float v) {
    const float left = way - 0.5F * v * std::abs(v) / deceleration;
    return std::clamp(left / (fastest * dt * substeps), -1.0F, 1.0F);
  };
  const float x = wanted(target.x - hand.x, speed.x), y = wanted(target.y - hand.y, speed.y);
  if (options_.continuous) {
    action[0] = x;
    action[1] = y;
    action[2] = close ? 1.0F : -1.0F;
  } else {
    const int move = move_for(speed, {fastest * x, fastest * y}, fastest, deceleration);
    action[0] = static_cast<float>(move + (close ? static_cast<int>(moves.size()) : 0));
  }
  return true;
}

void GantryGrasp::draw(Canvas& canvas) const {
  constexpr float rim = 0.15F;
  backdrop(canvas, {-side - rim, -rim}, {side + rim, ceiling + rim});
  canvas.fill(rectangle({0, -0.5F * rim}, side + rim, 0.5F * rim), palette::ground);
  for (const float x : {-side - 0.5F * rim, side + 0.5F * rim})
    canvas.fill(rectangle({x, 0.5F * ceiling}, 0.5F * rim, 0.5F * ceiling), palette::ground);
  line(canvas, {-side, ceiling}, {side, ceiling}, 0.1F, palette::faint);  // the beam
  if (!world_) return;

  const Point block{block_->GetPosition().x, block_->GetPosition().y};
  draw_goal(canvas, block, goal_, tolerance);
  canvas.fill(rectangle(block, half, half, block_->GetAngle()), palette::orange);
  canvas.disc(block, 0.05F, palette::sky);
  const Point hand{hand_->GetPosition().x, hand_->GetPosition().y};
  line(canvas, {hand.x, ceiling}, hand, 0.08F, palette::faint);
  canvas.fill(rectangle({hand.x, ceiling}, 0.2F, 0.1F), palette::faint);
  canvas.fill(rectangle(hand, hand_half_width, hand_half_height), palette::yellow);
  for (const b2Body* finger : fingers_)
    canvas.fill(rectangle({finger->GetPosition().x, finger->GetPosition().y}, finger_half_width, finger_half_height),
                palette::yellow);
}

}  // namespace cairn::envs
