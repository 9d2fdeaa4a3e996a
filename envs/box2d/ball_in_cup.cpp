#include "envs/box2d/ball_in_cup.h"

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

// Lengths, gravity and forces are ten times dm_control's; the cup's home is the origin.
constexpr float dt = 0.02F;  // s, of a step; the solver goes in quarters of it
constexpr int substeps = 4, velocity_iterations = 8, position_iterations = 3;
constexpr float gravity = 98.1F;                           // m/s²
constexpr float strongest = 50;                            // N, of each component
constexpr float spring = 20, damper = 3;                   // N/m, N s/m, which hold the cup at its home
constexpr float cup_mass = 0.0652F, ball_mass = 0.0654F;   // kg
constexpr float ball_radius = 0.25F, wall_radius = 0.08F;  // m
constexpr float string_length = 3;                         // m
constexpr float friction = 1;
constexpr Point string_end{0, -1.08F}, zone_middle{0, -0.5F};  // m, from the cup's origin
constexpr std::array<Point, 6> walls{
    {{-0.5F, 0}, {-0.5F, -0.75F}, {-0.25F, -1}, {0.25F, -1}, {0.5F, -0.75F}, {0.5F, 0}}};
constexpr float hardest_zone = 0.25F, easiest_zone = 0.4F;  // m, half its width and height
constexpr int horizon = 1000, one_second = 50;              // steps
constexpr float speed_unit = 10;                            // m/s, of the observation

constexpr std::array<Point, 9> directions{
    {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}}};

Spec make_spec(const BallInCupOptions& options) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  const auto motion = [](const char* unit) {
    return std::vector<Component>{{"cup x", "m", -inf, inf},    {"cup y", "m", -inf, inf},
                                  {"ball x", "m", -inf, inf},   {"ball y", "m", -inf, inf},
                                  {"cup vx", unit, -inf, inf},  {"cup vy", unit, -inf, inf},
                                  {"ball vx", unit, -inf, inf}, {"ball vy", unit, -inf, inf}};
  };
  Spec spec;
  spec.id = "ball_in_cup";
  spec.summary = "Swing a ball on a string up and catch it in the cup; nothing is paid before it is in.";
  spec.achieved = "Kept the ball in the cup for a second.";
  spec.observation = motion("10 m/s");
  if (options.continuous)
    spec.action = {{"force x", "50 N", -1, 1}, {"force y", "50 N", -1, 1}};
  else
    spec.action_names = {"none",          "right", "right and up",  "up", "left and up", "left",
                         "left and down", "down",  "right and down"};
  spec.horizon = horizon;
  if (options.reward == Reward::sparse) spec.return_threshold = 800;
  spec.difficulty = options.difficulty;
  spec.state = motion("m/s");
  spec.state.push_back({"steps caught", "", 0, horizon});
  spec.bytes = world_bytes;
  return spec;
}

/// From the middle of the cup's walls, m; `place` from the cup's origin.
float from_walls(Point place) {
  float nearest = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i + 1 < walls.size(); ++i) {
    const float x = walls[i + 1].x - walls[i].x, y = walls[i + 1].y - walls[i].y;
    const float dx = place.x - walls[i].x, dy = place.y - walls[i].y;
    const float along = std::clamp((dx * x + dy * y) / (x * x + y * y), 0.0F, 1.0F);
    nearest = std::min(nearest, std::hypot(dx - along * x, dy - along * y));
  }
  return nearest;
}

bool touches(Point ball) {
  return from_walls(ball) <= wall_radius + ball_radius;
}

/// Where it would fall into a cup that stays at home.
bool over_opening(Point ball) {
  return ball.y > walls[2].y && std::abs(ball.x) < walls.back().x + wall_radius + ball_radius;
}

float from_string_end(Point ball) {
  return std::hypot(ball.x - string_end.x, ball.y - string_end.y);
}

}  // namespace

BallInCup::BallInCup(const BallInCupOptions& options)
    : Environment(make_spec(options)), options_(optim::checked(spec().id, options)) {}

BallInCup::~BallInCup() = default;

// At difficulty 1 where dm_control starts, less the places above the opening; at 0 above it; between, on the way.
void BallInCup::start(Random& random) {
  const auto share = static_cast<float>(difficulty());
  const auto in_box = [&](Point low, Point high) {
    const float x = random.uniform(low.x, high.x);
    return Point{x, random.uniform(low.y, high.y)};
  };
  Point ball{};
  do {
    const Point easy = in_box({-0.1F, 0.5F}, {0.1F, 1});
    Point hard{};
    do hard = in_box({-2, -2}, {2, 1});
    while (touches(hard) || over_opening(hard));
    ball = {std::lerp(easy.x, hard.x, share), std::lerp(easy.y, hard.y, share)};
  } while (touches(ball) || from_string_end(ball) > string_length ||
           std::max(std::abs(ball.x - zone_middle.x), std::abs(ball.y - zone_middle.y)) < zone());
  build({0, 0}, ball);
  steps_caught_ = 0;
}

void BallInCup::start_in(std::span<const float> state) {
  build({state[0], state[1]}, {state[2], state[3]});
  cup_->SetLinearVelocity({state[4], state[5]});
  ball_->SetLinearVelocity({state[6], state[7]});
  steps_caught_ = static_cast<int>(state[8]);
}

void BallInCup::write_state(std::span<float> state) const {
  const b2Vec2 cup = cup_->GetPosition(), ball = ball_->GetPosition(), cup_velocity = cup_->GetLinearVelocity(),
               ball_velocity = ball_->GetLinearVelocity();
  const float values[] = {cup.x,           cup.y,           ball.x,
                          ball.y,          cup_velocity.x,  cup_velocity.y,
                          ball_velocity.x, ball_velocity.y, static_cast<float>(steps_caught_)};
  std::ranges::copy(values, state.begin());
}

void BallInCup::check_state(std::span<const float> state) const {
  if (state[8] != std::floor(state[8]))
    throw std::invalid_argument("ball_in_cup: 'steps caught' of a state is a whole number.");
  const Point ball{state[2] - state[0], state[3] - state[1]};
  if (from_walls(ball) < ball_radius)
    throw std::invalid_argument("ball_in_cup: the ball of a state lies in the cup's wall.");
  if (from_string_end(ball) > 1.1F * string_length)
    throw std::invalid_argument("ball_in_cup: the ball of a state is farther away than its string is long.");
}

/// Cup and ball at rest.
void BallInCup::build(Point cup, Point ball) {
  push_ = {};
  world_ = make_world({0, -gravity});
  build_cup(cup);
  build_ball(ball);
  build_string();
}

void BallInCup::build_cup(Point at) {
  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.allowSleep = false;
  body.fixedRotation = true;
  body.position = {at.x, at.y};
  cup_ = world_->CreateBody(&body);
  for (std::size_t i = 0; i + 1 < walls.size(); ++i) {
    b2EdgeShape wall;
    wall.SetTwoSided({walls[i].x, walls[i].y}, {walls[i + 1].x, walls[i + 1].y});
    wall.m_radius = wall_radius;  // a capsule
    b2FixtureDef fixture;
    fixture.shape = &wall;
    fixture.friction = friction;
    cup_->CreateFixture(&fixture);
  }
  const b2MassData of_cup{cup_mass, {0, 0}, 0};
  cup_->SetMassData(&of_cup);
}

void BallInCup::build_ball(Point at) {
  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.allowSleep = false;
  body.position = {at.x, at.y};
  ball_ = world_->CreateBody(&body);
  b2CircleShape circle;
  circle.m_radius = ball_radius;
  b2FixtureDef fixture;
  fixture.shape = &circle;
  fixture.density = 1;
  fixture.friction = friction;
  ball_->CreateFixture(&fixture);
  const b2MassData of_ball{ball_mass, {0, 0}, 0.4F * ball_mass * ball_radius * ball_radius};  // of a sphere
  ball_->SetMassData(&of_ball);
}

void BallInCup::build_string() {
  b2DistanceJointDef string;  // which may be shorter, but not longer
  string.bodyA = cup_;
  string.bodyB = ball_;
  string.localAnchorA = {string_end.x, string_end.y};
  string.localAnchorB = {0, 0};
  string.collideConnected = true;
  string.length = string_length;
  string.minLength = 0;
  string.maxLength = string_length;
  string.stiffness = 0;
  string.damping = 0;
  world_->CreateJoint(&string);
}

float BallInCup::zone() const {
  return std::lerp(easiest_zone, hardest_zone, static_cast<float>(difficulty()));
}

Point BallInCup::off_zone() const {
  const b2Vec2 from_cup = ball_->GetPosition() - cup_->GetPosition();
  return {from_cup.x - zone_middle.x, from_cup.y - zone_middle.y};
}

bool BallInCup::caught() const {
  const Point off = off_zone();
  return std::abs(off.x) < zone() && std::abs(off.y) < zone();
}

Step BallInCup::advance(std::span<const float> action) {
  push_ = options_.continuous ? Point{action[0], action[1]} : directions[static_cast<std::size_t>(action[0])];
  for (int i = 0; i < substeps; ++i) {
    const b2Vec2 force =
        strongest * b2Vec2(push_.x, push_.y) - spring * cup_->GetPosition() - damper * cup_->GetLinearVelocity();
    cup_->ApplyForceToCenter(force, true);
    world_->Step(dt / substeps, velocity_iterations, position_iterations);
  }
  const bool there = caught();
  steps_caught_ = there ? std::min(steps_caught_ + 1, horizon) : 0;
  Step step;
  step.reward = there ? 1.0F : 0.0F;
  if (options_.reward == Reward::dense && !there) {
    const Point off = off_zone();
    step.reward = 0.5F * std::max(0.0F, 1 - std::hypot(off.x, off.y) / (string_length + 1));
  }
  step.success = steps_caught_ >= one_second;
  return step;
}

void BallInCup::observe(std::span<float> observation) const {
  const b2Vec2 cup = cup_->GetPosition(), ball = ball_->GetPosition(), cup_velocity = cup_->GetLinearVelocity(),
               ball_velocity = ball_->GetLinearVelocity();
  const float values[] = {cup.x,
                          cup.y,
                          ball.x,
                          ball.y,
                          cup_velocity.x / speed_unit,
                          cup_velocity.y / speed_unit,
                          ball_velocity.x / speed_unit,
                          ball_velocity.y / speed_unit};
  std::ranges::copy(values, observation.begin());
}

// Wait low until the ball hangs still, and pull the cup up as fast as it goes; while the ball flies on, drop the cup
// beside it, and come under it once it is above the rim.
bool BallInCup::pilot(std::span<const float> o, std::span<float> action) const {
  const Point cup{o[0], o[1]}, cup_speed{speed_unit * o[4], speed_unit * o[5]};
  const Point ball{o[2], o[3]}, ball_speed{speed_unit * o[6], speed_unit * o[7]};
  const Point off{ball.x - cup.x, ball.y - cup.y};
  const auto move_to = [&](float x, float speed) {  // a force for the cup to be there, that fast
    return std::clamp(9.5F * (x - cup.x) + 0.175F * (speed - cup_speed.x) + spring / strongest * x, -1.0F, 1.0F);
  };
  constexpr float beside = 1.2F;  // m, where cup and ball pass each other
  Point force{0, -1};
  if (std::abs(off.x) < 0.4F && off.y > -0.95F && off.y < 0.2F) {  // in the cup
    force = {0.5F * off.x, 0};
  } else if (off.y > 0.4F) {  // above the rim
    force = {move_to(ball.x, ball_speed.x), std::abs(off.x) < 0.3F ? 0.0F : -1.0F};
  } else if (ball_speed.y > 1 && (cup_speed.y < -1 || cup.y > 0.3F || off.y > -0.2F)) {  // on its way up
    const float side = std::abs(off.x) < 0.2F ? cup.x : off.x;
    force.x = move_to(ball.x - std::copysign(beside, side), ball_speed.x);
  } else {
    const bool still = from_string_end(off) > 2.9F && off.y < -3.8F && cup.y < -2.7F && std::abs(ball_speed.x) < 9 &&
                       std::abs(ball_speed.y) < 3.6F;
    const bool pulling = ball_speed.y > 1 || (cup_speed.y > 1.5F && off.y < -3);
    force.y = still || pulling ? 1.0F : -1.0F;
    force.x = move_to(pulling ? 0 : std::clamp(-0.024F * ball_speed.x, -1.0F, 1.0F), 0);  // damps the swinging
  }
  if (options_.continuous) {
    action[0] = force.x;
    action[1] = force.y;
  } else {  // on or off: half a force is already better than none
    const auto miss = [&](Point d) { return std::hypot(d.x - 3 * force.x, d.y - 3 * force.y); };
    action[0] = static_cast<float>(std::ranges::min_element(directions, {}, miss) - directions.begin());
  }
  return true;
}

void BallInCup::draw(Canvas& canvas) const {
  backdrop(canvas, {-6.5F, -8}, {6.5F, 5});
  if (!cup_) return;
  const auto at_cup = [&](Point p) { return Point{cup_->GetPosition().x + p.x, cup_->GetPosition().y + p.y}; };
  const Point ball{ball_->GetPosition().x, ball_->GetPosition().y}, end = at_cup(string_end);

  // The string sags where it is slack: a parabola whose length is about the string's.
  const float dx = ball.x - end.x, dy = ball.y - end.y, straight = std::hypot(dx, dy);
  const float sag = std::sqrt(std::max(0.0F, 0.375F * straight * (string_length - straight)));
  std::array<Point, 13> string;
  for (std::size_t i = 0; i < string.size(); ++i) {
    const float t = static_cast<float>(i) / 12;
    string[i] = {end.x + t * dx, end.y + t * dy - 4 * sag * t * (1 - t)};
  }
  canvas.stroke(string, 0.06F, palette::ink);

  std::array<Point, walls.size()> rim;
  for (std::size_t i = 0; i < walls.size(); ++i) rim[i] = at_cup(walls[i]);
  const Color color = steps_caught_ >= one_second ? palette::green : palette::blue;
  canvas.fill(rim, {color.r, color.g, color.b, 60});
  canvas.stroke(rim, 2 * wall_radius, color);
  canvas.disc(ball, ball_radius, caught() ? palette::green : palette::orange);
  canvas.earned_at(ball);
  if (std::hypot(push_.x, push_.y) > 0.1F) {  // a flame on the side away from the force
    const Point root = at_cup({-0.65F * push_.x, -0.5F - 0.8F * push_.y});
    line(canvas, root, {root.x - 0.6F * push_.x, root.y - 0.6F * push_.y}, 0.16F, palette::vermilion);
  }
}

}  // namespace cairn::envs
