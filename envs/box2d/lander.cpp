#include "envs/box2d/lander.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <string>

#include "envs/box2d/lander_physics.h"
#include "optim/options.h"

// The constants and the order of every draw are those of Gymnasium's lunar_lander.py; checked against recorded
// episodes.

namespace cairn::envs {

namespace {

constexpr double scale = LanderSizes::scale, width = LanderSizes::width, height = LanderSizes::height;
constexpr int chunks = LanderSizes::chunks;
constexpr double steps_a_second = 50;                // 1/s
constexpr double pad_height = height / 4;            // m
constexpr double main_power = 13, side_power = 0.6;  // N s an impulse
constexpr double first_push = 1000;                  // N, largest component
constexpr double leg_away = 20 / scale, leg_down = 18 / scale, leg_half_width = 2 / scale,
                 leg_half_height = LanderSizes::leg_half_height;    // m
constexpr double leg_torque = 40;                                   // N m, the spring of a leg
constexpr double main_offset = 4 / scale;                           // m, nozzle below the centre
constexpr double side_height = 14 / scale, side_away = 12 / scale;  // m
constexpr double pad_half_width = 0.2;                              // of the observation's x, at difficulty 1
constexpr double lowest_start = 1;                                  // m above the pad: the legs nearly stand on it
constexpr double rest_steps = 0.5 * steps_a_second;                 // in which Box2D puts a body to sleep
constexpr double rest_speed = 1;                                    // m/s, at most, of a rocket that stands; rad/s
constexpr std::array<Point, 6> hull_pixels{{{-14, 17}, {-17, 0}, {-17, -10}, {17, -10}, {17, 0}, {14, 17}}};
constexpr std::size_t touches_at = 3 * motion_size, terrain_at = touches_at + 2,
                      wind_at = terrain_at + chunks;  // of a state
constexpr std::uint16_t ground_bit = 0x1, hull_bit = 0x10, leg_bit = 0x20;

b2Vec2 vec(double x, double y) {
  return {static_cast<float>(x), static_cast<float>(y)};
}

// Smoothed with 0.33, not 1/3, so the pad lies at 0.99 of its nominal height.
double smoothed(double left, double middle, double right) {
  return 0.33 * (left + middle + right);
}

bool on_pad(int chunk) {
  return chunk >= chunks / 2 - 1 && chunk <= chunks / 2 + 1;
}

std::vector<Component> make_state(const LanderOptions& options) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto pad = static_cast<float>(smoothed(pad_height, pad_height, pad_height));
  const auto right = static_cast<float>(width), hill = static_cast<float>(height / 2);
  std::vector<Component> state;
  add_motion(state, "hull", {0, 0}, {right, infinity});
  for (const char* leg : {"right leg", "left leg"})
    add_motion(state, leg, {-infinity, -infinity}, {infinity, infinity});
  state.insert(state.end(), {{"right leg touches", "", 0, 1}, {"left leg touches", "", 0, 1}});
  for (int i = 0; i < chunks; ++i)
    state.push_back({"terrain " + std::to_string(i), "m", on_pad(i) ? pad : 0, on_pad(i) ? pad : hill});
  constexpr float whole = 0x1p24F;  // up to here a float holds every integer
  if (options.wind) state.insert(state.end(), {{"wind index", "", -whole, whole}, {"torque index", "", -whole, whole}});
  return state;
}

Spec make_spec(const LanderOptions& options) {
  Spec spec;
  spec.id = "lander";
  spec.summary = "Bring a rocket to rest between two flags (Gymnasium's LunarLander-v3).";
  spec.achieved = "Landed between the flags.";
  spec.observation = {{"x", "10 m", -2.5F, 2.5F},
                      {"y above pad", "6.67 m", -2.5F, 2.5F},
                      {"vx", "5 m/s", -10, 10},
                      {"vy", "7.5 m/s", -10, 10},
                      {"angle", "rad", -6.2831855F, 6.2831855F},
                      {"angular velocity", "2.5 rad/s", -10, 10},
                      {"right leg touches", "", 0, 1},
                      {"left leg touches", "", 0, 1}};
  if (options.continuous)
    spec.action = {{"main engine", "throttle; off at or below 0", -1, 1},
                   {"side engines", "throttle; off within +-0.5", -1, 1}};
  else
    spec.action_names = {"nothing", "left engine", "main engine", "right engine"};
  spec.horizon = 1000;
  spec.return_threshold = options.reward == Reward::dense ? 200 : 1;
  spec.difficulty = options.difficulty;
  spec.state = make_state(options);
  spec.bytes = world_bytes;
  return spec;
}

}  // namespace

Lander::Lander(const LanderOptions& options)
    : Environment(make_spec(options)), options_(optim::checked(spec().id, options)) {}
Lander::~Lander() = default;

void Lander::use_draws(std::function<double(double, double)> uniform) {
  draws_ = std::move(uniform);
}

double Lander::uniform(double low, double high) {
  return draws_ ? draws_(low, high) : low + (high - low) * static_cast<double>(random().uniform());
}

double Lander::gust(int index) {
  const auto i = static_cast<float>(index);
  return std::tanh(std::sin(0.02F * i) + std::sin(std::numbers::pi_v<float> * 0.01F * i));
}

void Lander::start(Random&) {
  std::array<double, chunks + 1> raw{};
  for (double& y : raw) y = uniform(0, height / 2);
  for (int i = chunks / 2 - 2; i <= chunks / 2 + 2; ++i) raw[static_cast<std::size_t>(i)] = pad_height;
  std::array<float, chunks> terrain;
  for (std::size_t i = 0; i < chunks; ++i)  // the first point's left neighbour is the twelfth draw
    terrain[i] = static_cast<float>(smoothed(raw[i == 0 ? chunks : i - 1], raw[i], raw[i + 1]));

  // Easier episodes start lower and are pushed less; at difficulty 1 the start is the published one.
  build(terrain, pad_height + lowest_start + (height - pad_height - lowest_start) * difficulty());
  const double push = first_push * difficulty(), x = uniform(-push, push), y = uniform(-push, push);
  physics_->hull->ApplyForceToCenter(vec(x, y), true);
  last_shaping_.reset();
  standing_ = 0;
  if (options_.wind) {
    wind_index_ = static_cast<int>(uniform(-9999, 9999));
    torque_index_ = static_cast<int>(uniform(-9999, 9999));
  }
  // The published reset takes one step with the engines off: the first observation is one step old.
  const std::array<float, 2> nothing{};
  advance({nothing.data(), options_.continuous ? 2U : 1U});
}

void Lander::start_in(std::span<const float> state) {
  build(state.subspan(terrain_at, chunks), 0);
  set_motion(*physics_->hull, state.first<motion_size>());
  for (std::size_t i = 0; i < 2; ++i) {
    set_motion(*physics_->legs[i], state.subspan((1 + i) * motion_size).first<motion_size>());
    physics_->touches[i] = state[touches_at + i] != 0;
  }
  physics_->contacts_known = false;
  if (options_.wind) {
    wind_index_ = static_cast<int>(state[wind_at]);
    torque_index_ = static_cast<int>(state[wind_at + 1]);
  }
  engines_ = {};
  standing_ = 0;
  look();
  last_shaping_ = shaping();
}

void Lander::write_state(std::span<float> state) const {
  write_motion(*physics_->hull, state.first<motion_size>());
  for (std::size_t i = 0; i < 2; ++i) {
    write_motion(*physics_->legs[i], state.subspan((1 + i) * motion_size).first<motion_size>());
    state[touches_at + i] = physics_->touches[i] ? 1 : 0;
  }
  for (std::size_t i = 0; i < chunks; ++i) state[terrain_at + i] = physics_->terrain[i].y;
  if (options_.wind) {
    state[wind_at] = static_cast<float>(wind_index_);
    state[wind_at + 1] = static_cast<float>(torque_index_);
  }
}

void Lander::check_state(std::span<const float> state) const {
  constexpr float farthest = 2;  // m, a leg's middle from the hull's, which a landing never stretches to
  for (const std::size_t leg : {motion_size, 2 * motion_size})
    if (std::hypot(state[leg] - state[0], state[leg + 1] - state[1]) > farthest)
      throw std::invalid_argument("lander: a leg of a state lies more than 2 m away from the hull.");
  const float along = state[0] / static_cast<float>(width) * (chunks - 1);  // in pieces of the ground
  const auto piece = std::min<std::size_t>(static_cast<std::size_t>(along), chunks - 2);
  if (state[1] <=
      std::lerp(state[terrain_at + piece], state[terrain_at + piece + 1], along - static_cast<float>(piece)))
    throw std::invalid_argument("lander: the hull of a state lies under the ground.");
  const auto fraction = [&](std::size_t i) { return state[i] != std::floor(state[i]); };
  if (fraction(touches_at) || fraction(touches_at + 1))
    throw std::invalid_argument("lander: whether a leg of a state touches is 0 or 1.");
  if (options_.wind && (fraction(wind_at) || fraction(wind_at + 1)))
    throw std::invalid_argument("lander: the wind's indices of a state are whole numbers.");
}

void Lander::build(std::span<const float> terrain, double y) {
  physics_ = std::make_unique<Physics>();
  physics_->world = make_world(vec(0, options_.gravity));
  physics_->world->SetContactListener(physics_.get());
  build_terrain(terrain);
  build_hull(y);
  build_legs(y);
}

void Lander::build_terrain(std::span<const float> terrain) {
  for (std::size_t i = 0; i < chunks; ++i)
    physics_->terrain[i] = {static_cast<float>(width / (chunks - 1) * static_cast<double>(i)), terrain[i]};

  b2BodyDef still;
  physics_->moon = physics_->world->CreateBody(&still);
  const auto edge = [&](b2Vec2 from, b2Vec2 to, float friction) {
    b2EdgeShape shape;
    shape.SetTwoSided(from, to);
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.friction = friction;
    physics_->moon->CreateFixture(&fixture);
  };
  edge({0, 0}, vec(width, 0), 0.2F);
  for (std::size_t i = 0; i + 1 < chunks; ++i) {
    const Point from = physics_->terrain[i], to = physics_->terrain[i + 1];
    edge({from.x, from.y}, {to.x, to.y}, 0.1F);
  }
}

void Lander::build_hull(double y) {
  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.position = vec(width / 2, y);
  physics_->hull = physics_->world->CreateBody(&body);
  std::array<b2Vec2, hull_pixels.size()> corners;
  for (std::size_t i = 0; i < corners.size(); ++i) corners[i] = vec(hull_pixels[i].x / scale, hull_pixels[i].y / scale);
  b2PolygonShape shape;
  shape.Set(corners.data(), static_cast<int>(corners.size()));
  b2FixtureDef fixture;
  fixture.shape = &shape;
  fixture.density = 5;
  fixture.friction = 0.1F;
  fixture.filter.categoryBits = hull_bit;
  fixture.filter.maskBits = ground_bit;
  physics_->hull->CreateFixture(&fixture);
}

void Lander::build_legs(double y) {
  for (const int side : {-1, 1}) {  // the first is the right one
    b2BodyDef body;
    body.type = b2_dynamicBody;
    body.position = vec(width / 2 - side * leg_away, y);
    body.angle = static_cast<float>(0.05 * side);
    b2Body* leg = physics_->world->CreateBody(&body);
    b2PolygonShape shape;
    shape.SetAsBox(static_cast<float>(leg_half_width), static_cast<float>(leg_half_height));
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.density = 1;
    fixture.filter.categoryBits = leg_bit;
    fixture.filter.maskBits = ground_bit;
    leg->CreateFixture(&fixture);

    b2RevoluteJointDef joint;
    joint.bodyA = physics_->hull;
    joint.bodyB = leg;
    joint.localAnchorB = vec(side * leg_away, leg_down);
    joint.referenceAngle = body.angle;  // what pybox2d fills in; C++ would leave 0
    joint.enableMotor = true;
    joint.enableLimit = true;
    joint.maxMotorTorque = static_cast<float>(leg_torque);
    joint.motorSpeed = static_cast<float>(0.3 * side);
    joint.lowerAngle = side < 0 ? 0.4F : -0.9F;
    joint.upperAngle = side < 0 ? 0.9F : -0.4F;
    physics_->world->CreateJoint(&joint);
    physics_->legs[side < 0 ? 0 : 1] = leg;
  }
}

void Lander::blow() {
  if (!options_.wind || physics_->touches[0] || physics_->touches[1]) return;
  physics_->hull->ApplyForceToCenter(vec(gust(wind_index_++) * options_.wind_power, 0), true);
  physics_->hull->ApplyTorque(static_cast<float>(gust(torque_index_++) * options_.turbulence_power), true);
}

Lander::Engines Lander::fire(std::span<const float> action) {
  Engines engines;
  if (options_.continuous) {
    if (action[0] > 0) engines.main = 0.5F * (1 + action[0]);
    if (std::abs(action[1]) > 0.5F) engines.side = std::abs(action[1]);
    engines.direction = action[1] < 0 ? -1.0F : 1.0F;
  } else {
    const int choice = static_cast<int>(action[0]);
    engines.main = choice == 2 ? 1.0F : 0.0F;
    engines.side = choice == 1 || choice == 3 ? 1.0F : 0.0F;
    engines.direction = choice == 1 ? -1.0F : 1.0F;
  }

  // Two draws every step, whether an engine fires or not.
  const double along = uniform(-1 / scale, 1 / scale), across = uniform(-1 / scale, 1 / scale);
  const b2Vec2 position = physics_->hull->GetPosition();
  const double angle = physics_->hull->GetAngle();
  const double tip_x = std::sin(static_cast<float>(angle)), tip_y = std::cos(static_cast<float>(angle));
  const double side_x = -tip_y, side_y = tip_x;

  if (engines.main > 0) {
    const double x = tip_x * (main_offset + 2 * along) + side_x * across;
    const double y = -tip_y * (main_offset + 2 * along) - side_y * across;
    const double impulse = main_power * engines.main;
    physics_->hull->ApplyLinearImpulse(vec(-x * impulse, -y * impulse), vec(position.x + x, position.y + y), true);
  }
  if (engines.side > 0) {
    const double reach = 3 * across + engines.direction * side_away;
    const double x = tip_x * along + side_x * reach, y = -tip_y * along - side_y * reach;
    const double impulse = side_power * engines.side;
    // 17 and 14 pixels: an asymmetry of the original, kept on purpose.
    const b2Vec2 at = vec(position.x + x - tip_x * 17 / scale, position.y + y + tip_y * side_height);
    physics_->hull->ApplyLinearImpulse(vec(-x * impulse, -y * impulse), at, true);
  }
  return engines;
}

Step Lander::advance(std::span<const float> action) {
  blow();
  engines_ = fire(action);
  if (!physics_->contacts_known) {  // a fresh world reports what touches, but not what no longer does
    physics_->touches = {};
    physics_->contacts_known = true;
  }
  physics_->world->Step(static_cast<float>(1 / steps_a_second), options_.velocity_iterations,
                        options_.position_iterations);
  physics_->remember(engines_.main, engines_.side, engines_.direction);
  look();
  const double now = shaping();
  double reward = last_shaping_ ? now - *last_shaping_ : 0;
  last_shaping_ = now;
  reward -= 0.30 * engines_.main + 0.03 * engines_.side;

  Step step;
  if (physics_->hull_touched || std::abs(observation_[0]) >= 1) {
    step.terminated = true;
    reward = -100;
  }
  const bool still = physics_->stands(rest_speed * (1 - difficulty())) && engines_.main == 0 && engines_.side == 0;
  standing_ = still ? standing_ + 1 : 0;
  if (at_rest()) {
    step.terminated = true;
    reward = 100;
  }
  step.success = landed();
  step.reward = options_.reward == Reward::dense ? static_cast<float>(reward) : (step.success ? 1.0F : 0.0F);
  return step;
}

/// Takes the observation from the bodies.
void Lander::look() {
  const b2Vec2 position = physics_->hull->GetPosition(), velocity = physics_->hull->GetLinearVelocity();
  observation_ = {static_cast<float>((position.x - width / 2) / (width / 2)),
                  static_cast<float>((position.y - (pad_height + leg_down)) / (height / 2)),
                  static_cast<float>(velocity.x * (width / 2) / steps_a_second),
                  static_cast<float>(velocity.y * (height / 2) / steps_a_second),
                  physics_->hull->GetAngle(),
                  static_cast<float>(20 * physics_->hull->GetAngularVelocity() / steps_a_second),
                  physics_->touches[0] ? 1.0F : 0.0F,
                  physics_->touches[1] ? 1.0F : 0.0F};
}

double Lander::shaping() const {
  const double x = observation_[0], y = observation_[1], vx = observation_[2], vy = observation_[3];
  return -100 * std::sqrt(x * x + y * y) - 100 * std::sqrt(vx * vx + vy * vy) -
         100 * std::abs(static_cast<double>(observation_[4])) + 10 * static_cast<double>(observation_[6]) +
         10 * static_cast<double>(observation_[7]);
}

// Asleep. In easier episodes it is enough to stand, the more briefly and the less still the easier: random actions
// never let a rocket fall asleep. Engines are off at every difficulty, or policies learn to stand under thrust, awake.
bool Lander::at_rest() const {
  return !physics_->hull->IsAwake() || (difficulty() < 1 && standing_ > rest_steps * difficulty());
}

// At rest between the flags with the hull untouched: standing, whatever the legs report. In the step in which the
// rocket falls asleep a leg that stands on two pieces of the pad and leaves one counts as off the ground, as in the
// original.
bool Lander::landed() const {
  const double half_width = pad_half_width + 0.3 * (1 - difficulty());
  return at_rest() && !physics_->hull_touched && std::abs(static_cast<double>(observation_[0])) <= half_width;
}

void Lander::observe(std::span<float> observation) const {
  std::ranges::copy(observation_, observation.begin());
}

// The well-known pilot: lean against the drift, hold a height that grows with the distance, and proportional-derivative
// control of both; once a leg touches only the fall is braked.
bool Lander::pilot(std::span<const float> o, std::span<float> action) const {
  const float lean = std::clamp(0.5F * o[0] + o[2], -0.4F, 0.4F);
  const float hover = 0.55F * std::abs(o[0]);
  float turn = 0.5F * (lean - o[4]) - o[5];
  float climb = 0.5F * (hover - o[1]) - 0.5F * o[3];
  if (o[6] > 0 || o[7] > 0) {
    turn = 0;
    climb = -0.5F * o[3];
  }
  if (options_.continuous) {
    action[0] = std::clamp(20 * climb - 1, -1.0F, 1.0F);
    action[1] = std::clamp(-20 * turn, -1.0F, 1.0F);
  } else if (climb > std::abs(turn) && climb > 0.05F) {
    action[0] = 2;
  } else {
    action[0] = turn < -0.05F ? 3.0F : (turn > 0.05F ? 1.0F : 0.0F);
  }
  return true;
}

}  // namespace cairn::envs
