#include "envs/box2d/slide_puck.h"

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

constexpr float left = -2.2F, right = 5.0F, top = 2.2F;    // m, the table's edges; the lower one is -top
constexpr float barrier = -0.35F;                          // m, x beyond which the hand's centre does not come
constexpr float fastest = 4.0F, strongest = 80.0F;         // m/s on each axis, N: the hand
constexpr float radius = 0.25F, puck_mass = 2.0F;          // m, kg
constexpr float dry_friction = 1.96F, dry_torque = 0.33F;  // N, N m: of the puck on the table
constexpr float tolerance = 0.2F;                          // m
constexpr std::uint16_t table_bit = 0x1, hand_bit = 0x2, puck_bit = 0x4, barrier_bit = 0x8;

Spec make_spec(const SlidePuckOptions& options) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  Spec spec;
  spec.id = "slide_puck";
  spec.summary = "Strike a puck so that it slides to a goal out of reach, which alone is paid for.";
  spec.achieved = "Struck the puck to its goal.";
  spec.observation = {{"hand x", "m", left, 0},
                      {"hand y", "m", -top, top},
                      {"hand vx", "m/s", -inf, inf},
                      {"hand vy", "m/s", -inf, inf},
                      {"puck x", "m", left, right},
                      {"puck y", "m", -top, top},
                      {"puck from hand x", "m", left - right, right - left},
                      {"puck from hand y", "m", -2 * top, 2 * top},
                      {"puck vx", "m/s", -inf, inf},
                      {"puck vy", "m/s", -inf, inf},
                      {"goal x", "m", left, right},
                      {"goal y", "m", -top, top}};
  if (options.continuous)
    spec.action = {{"speed x", "4 m/s", -1, 1}, {"speed y", "4 m/s", -1, 1}};
  else
    spec.action_names = move_names();
  describe(spec, "puck", options.reward, options.difficulty);
  spec.state.assign(spec.observation.begin(), spec.observation.begin() + 4);
  add_motion(spec.state, "puck", {left, -top}, {right, top});
  spec.state.insert(spec.state.end(), spec.observation.end() - 2, spec.observation.end());
  return spec;
}

}  // namespace

SlidePuck::SlidePuck(const SlidePuckOptions& options)
    : Environment(make_spec(options)),
      options_(optim::checked(spec().id, options)),
      rule_{tolerance, right - left, options.reward} {}

SlidePuck::~SlidePuck() = default;

void SlidePuck::start(Random& random) {
  const Point hand = somewhere(random, {-1.7F, 0}, 0.1F, 0.1F);
  const Point puck = somewhere(random, {-0.9F, 0}, 0.3F, 0.8F);
  goal_ = somewhere(random, {2.5F, 0}, 1.5F, 1.5F);
  goal_ = nearer(puck, goal_, difficulty(), tolerance + 0.05F);
  build(hand, puck);
}

void SlidePuck::start_in(std::span<const float> state) {
  build({state[0], state[1]}, {state[4], state[5]});
  hand_->SetLinearVelocity({state[2], state[3]});
  set_motion(*puck_, state.subspan<4, motion_size>());
  goal_ = {state[10], state[11]};
}

void SlidePuck::write_state(std::span<float> state) const {
  state[0] = hand_->GetPosition().x;
  state[1] = hand_->GetPosition().y;
  state[2] = hand_->GetLinearVelocity().x;
  state[3] = hand_->GetLinearVelocity().y;
  write_motion(*puck_, state.subspan<4, motion_size>());
  state[10] = goal_.x;
  state[11] = goal_.y;
}

void SlidePuck::check_state(std::span<const float> state) const {
  if (distance({state[0], state[1]}, {state[4], state[5]}) < radius)
    throw std::invalid_argument("slide_puck: the hand of a state lies in the puck.");
  if (reached(state.subspan(4, 2), state.last(2)))
    throw std::invalid_argument("slide_puck: a state in which the goal is reached starts no episode.");
}

void SlidePuck::build(Point hand, Point puck) {
  world_ = make_world({0, 0});
  b2Body* table = build_room(*world_, {left, -top}, {right, top});
  {
    b2EdgeShape edge;
    edge.SetTwoSided({barrier + hand_radius, -top}, {barrier + hand_radius, top});
    b2FixtureDef fixture;
    fixture.shape = &edge;
    fixture.friction = friction;
    fixture.filter.categoryBits = barrier_bit;
    fixture.filter.maskBits = hand_bit;
    table->CreateFixture(&fixture);
  }
  {
    hand_ = build_hand(*world_, hand);
    b2Filter filter;
    filter.categoryBits = hand_bit;
    hand_->GetFixtureList()->SetFilterData(filter);
  }
  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.position = {puck.x, puck.y};
  body.bullet = true;
  body.allowSleep = false;
  puck_ = world_->CreateBody(&body);
  b2CircleShape circle;
  circle.m_radius = radius;
  b2FixtureDef fixture;
  fixture.shape = &circle;
  fixture.density = 1;
  fixture.friction = friction;
  fixture.filter.categoryBits = puck_bit;
  fixture.filter.maskBits = table_bit | hand_bit;
  puck_->CreateFixture(&fixture);
  const b2MassData disc{puck_mass, {0, 0}, 0.5F * puck_mass * radius * radius};
  puck_->SetMassData(&disc);
  lay_flat(*world_, *table, *puck_, dry_friction, dry_torque);
}

Step SlidePuck::advance(std::span<const float> action) {
  const Point move = options_.continuous ? Point{action[0], action[1]} : moves[static_cast<std::size_t>(action[0])];
  for (int i = 0; i < substeps; ++i) {
    drive(*hand_, {fastest * move.x, fastest * move.y}, strongest);
    world_->Step(dt, velocity_iterations, position_iterations);
  }
  return rule_.step({puck_->GetPosition().x, puck_->GetPosition().y}, goal_);
}

void SlidePuck::observe(std::span<float> observation) const {
  const b2Vec2 hand = hand_->GetPosition(), hand_velocity = hand_->GetLinearVelocity();
  const b2Vec2 puck = puck_->GetPosition(), velocity = puck_->GetLinearVelocity();
  const std::array<float, 12> seen{hand.x,     hand.y,     hand_velocity.x, hand_velocity.y,
                                   puck.x,     puck.y,     puck.x - hand.x, puck.y - hand.y,
                                   velocity.x, velocity.y, goal_.x,         goal_.y};
  std::ranges::copy(seen, observation.begin());
}

bool SlidePuck::reached(std::span<const float> achieved, std::span<const float> desired) const {
  return rule_.reached(achieved, desired);
}

void SlidePuck::compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                               const Eigen::Ref<const Eigen::MatrixXf>& desired,
                               Eigen::Ref<Eigen::VectorXf> rewards) const {
  rule_.pay(achieved, desired, rewards);
}

// Come behind the puck, on the line through it and the goal, and run through it. Eight directions are too coarse for
// it.
bool SlidePuck::pilot(std::span<const float> o, std::span<float> action) const {
  if (!options_.continuous) return false;
  const b2Vec2 hand{o[0], o[1]}, puck{o[4], o[5]}, goal{o[10], o[11]};
  b2Vec2 ahead = goal - puck;
  ahead.Normalize();
  const b2Vec2 aside{-ahead.y, ahead.x}, from_puck = hand - puck;
  const float along = b2Dot(from_puck, ahead), across = b2Dot(from_puck, aside);
  b2Vec2 velocity;
  if (along < -0.3F && std::abs(across) < 0.02F)
    velocity = 4.0F * ahead - 20.0F * across * aside;
  else
    velocity = -12.0F * across * aside + 8.0F * (-0.55F - along) * ahead;
  action[0] = std::clamp(velocity.x / fastest, -1.0F, 1.0F);
  action[1] = std::clamp(velocity.y / fastest, -1.0F, 1.0F);
  return true;
}

void SlidePuck::draw(Canvas& canvas) const {
  constexpr float rim = 0.1F, middle = 0.5F * (left + right), half_width = 0.5F * (right - left);
  backdrop(canvas, {left - rim, -top - rim}, {right + rim, top + rim});
  constexpr float end = barrier + hand_radius;  // the hand's zone
  canvas.fill(rectangle({0.5F * (left + end), 0}, 0.5F * (end - left), top),
              {palette::ground.r, palette::ground.g, palette::ground.b, 70});
  for (int i = 0; i < 11; ++i) {  // a broken line: things pass, the hand does not
    const float y = top * (static_cast<float>(i) / 5.5F - 0.96F);
    line(canvas, {end, y}, {end, y + 0.2F}, 0.05F, palette::faint);
  }
  canvas.stroke(rectangle({middle, 0}, half_width + 0.5F * rim, top + 0.5F * rim), rim, palette::ground, true);
  if (!world_) return;

  const Point puck{puck_->GetPosition().x, puck_->GetPosition().y};
  draw_goal(canvas, puck, goal_, tolerance);
  canvas.disc(puck, radius, palette::orange);
  canvas.disc(puck, 0.05F, palette::sky);
  canvas.disc({hand_->GetPosition().x, hand_->GetPosition().y}, hand_radius, palette::yellow);
}

}  // namespace cairn::envs
