#include "envs/box2d/walker.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <string>

#include "envs/box2d/walker_physics.h"
#include "optim/options.h"

// The constants and the order of every draw are those of Gymnasium's bipedal_walker.py; checked against recorded
// episodes.

namespace cairn::envs {

namespace {

constexpr double scale = WalkerSizes::scale, width = WalkerSizes::width, height = WalkerSizes::height;
constexpr double steps_a_second = 50;  // 1/s
constexpr int velocity_iterations = 180, position_iterations = 60;
constexpr double motor_torque = 80;                               // N m, at full throttle
constexpr double hip_speed = 4, knee_speed = 6;                   // rad/s
constexpr double torque_price = 0.00035 * motor_torque;           // of reward, a joint and step at full throttle
constexpr double first_push = 5;                                  // N, largest, along the track
constexpr double hip_down = -8 / scale;                           // m, hip above the hull's origin
constexpr double leg_half_height = WalkerSizes::leg_half_height;  // m, of either half
constexpr double upper_half_width = 4 / scale, lower_half_width = 0.8 * 4 / scale;  // m
constexpr double splay = 0.05;  // rad, of the legs at first, one either way
constexpr double start_x = WalkerSizes::start, start_y = WalkerTerrain::level + 4 * leg_half_height;  // m, of the hull
constexpr double published_end = WalkerTerrain::spacing * (WalkerTerrain::points - 10);               // m
constexpr std::array<Point, 5> hull_pixels{{{-30, 9}, {6, 9}, {34, 1}, {34, -8}, {-30, -8}}};
constexpr std::uint16_t ground_bit = 0x1, walker_bit = 0x20;

constexpr std::size_t bodies = 5;  // in a state: hull, then upper and lower leg, twice
constexpr std::size_t touches_at = bodies * motion_size, passed_at = touches_at + 2, end_at = passed_at + 1,
                      heights_at = end_at + 1, obstacles_at = heights_at + WalkerTerrain::points;
constexpr std::array<const char*, bodies> body_names{"hull", "upper leg 0", "lower leg 0", "upper leg 1",
                                                     "lower leg 1"};

b2Vec2 vec(double x, double y) {
  return {static_cast<float>(x), static_cast<float>(y)};
}

/// The end of an easier episode's track is nearer, down to a tenth of the way.
float end_of(double difficulty) {
  return static_cast<float>(std::lerp(start_x + (published_end - start_x) / 10, published_end, difficulty));
}

std::vector<Component> make_state(const WalkerOptions& options) {
  constexpr float infinity = std::numeric_limits<float>::infinity(), far = 200;  // m, beyond every ground
  std::vector<Component> state;
  add_motion(state, body_names[0], {0, -infinity}, {static_cast<float>(published_end), infinity});
  for (std::size_t body = 1; body < bodies; ++body)
    add_motion(state, body_names[body], {-infinity, -infinity}, {infinity, infinity});
  state.insert(state.end(), {{"lower leg 0 touches", "", 0, 1},
                             {"lower leg 1 touches", "", 0, 1},
                             {"milestones passed", "", 0, static_cast<float>(options.milestones - 1)},
                             {"end", "m", end_of(0), static_cast<float>(published_end)}});
  for (std::size_t i = 0; i < WalkerTerrain::points; ++i)
    state.push_back({"ground " + std::to_string(i), "m", -far, far});
  if (options.hardcore)
    for (std::size_t i = 0; i < WalkerTerrain::points; ++i)
      state.push_back({"obstacle " + std::to_string(i), "", 0, WalkerTerrain::obstacle_kinds});
  return state;
}

Spec make_spec(const WalkerOptions& options) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Spec spec;
  spec.id = "walker";
  spec.summary = "Walk on two legs to the end of a rough track (Gymnasium's BipedalWalker-v3).";
  spec.achieved = "Walked to the end of the track.";
  spec.observation = {{"angle", "rad", -infinity, infinity},
                      {"angular velocity", "25 rad/s", -infinity, infinity},
                      {"vx", "8.33 m/s", -infinity, infinity},
                      {"vy", "12.5 m/s", -infinity, infinity}};
  for (const std::string leg : {"0", "1"})
    spec.observation.insert(spec.observation.end(), {{"hip " + leg, "rad", -infinity, infinity},
                                                     {"hip " + leg + " speed", "4 rad/s", -infinity, infinity},
                                                     {"knee " + leg, "rad, from -1", -infinity, infinity},
                                                     {"knee " + leg + " speed", "6 rad/s", -infinity, infinity},
                                                     {"leg " + leg + " touches", "", 0, 1}});
  for (std::size_t beam = 0; beam < WalkerSizes::beams; ++beam)
    spec.observation.push_back({"beam " + std::to_string(beam), "5.33 m", 0, 1});
  spec.action = {
      {"hip 0", "80 N m", -1, 1}, {"knee 0", "80 N m", -1, 1}, {"hip 1", "80 N m", -1, 1}, {"knee 1", "80 N m", -1, 1}};
  spec.horizon = options.hardcore ? 2000 : 1600;
  spec.return_threshold = options.reward == Reward::dense ? 300 : 0.9;
  spec.difficulty = options.difficulty;
  spec.state = make_state(options);
  spec.bytes = 2 * world_bytes;  // some 230 bodies
  return spec;
}

/// The nearest fixture of the ground on a beam.
struct Beam final : b2RayCastCallback {
  float fraction = 1;
  float ReportFixture(b2Fixture* fixture, const b2Vec2&, const b2Vec2&, float at) override {
    if ((fixture->GetFilterData().categoryBits & ground_bit) == 0) return -1;  // looks through the walker
    return fraction = at;
  }
};

}  // namespace

Walker::Walker(const WalkerOptions& options)
    : Environment(make_spec(options)), options_(optim::checked(spec().id, options)) {}

Walker::~Walker() = default;

void Walker::use_draws(WalkerTerrain::Uniform uniform) {
  draws_ = std::move(uniform);
}

void Walker::start(Random& random) {
  const WalkerTerrain::Uniform uniform =
      draws_ ? draws_ : [&random](double low, double high) { return low + (high - low) * random.uniform_double(); };
  terrain_ = WalkerTerrain::make(options_.hardcore, difficulty(), uniform);
  end_ = end_of(difficulty());
  passed_ = 0;
  build();
  const double push = difficulty() * first_push;
  physics_->hull->ApplyForceToCenter(vec(uniform(-push, push), 0), true);
  // The published reset takes one step with the motors off: the first observation is one step old.
  advance(std::array<float, 4>{});
  gait_ = {};
}

void Walker::start_in(std::span<const float> state) {
  std::ranges::copy(state.subspan(heights_at, WalkerTerrain::points), terrain_.height.begin());
  terrain_.obstacle = {};
  if (options_.hardcore)
    std::ranges::transform(state.subspan(obstacles_at, WalkerTerrain::points), terrain_.obstacle.begin(),
                           [](float code) { return static_cast<std::uint8_t>(code); });
  end_ = state[end_at];
  passed_ = static_cast<int>(state[passed_at]);
  build();
  Physics& physics = *physics_;
  const std::array<b2Body*, bodies> parts{physics.hull, physics.upper[0], physics.lower[0], physics.upper[1],
                                          physics.lower[1]};
  for (std::size_t i = 0; i < bodies; ++i) set_motion(*parts[i], state.subspan(i * motion_size).first<motion_size>());
  for (std::size_t leg = 0; leg < 2; ++leg) physics.touches[leg] = state[touches_at + leg] != 0;
  physics.contacts_known = false;
  look();
  last_shaping_ = shaping();
  gait_ = {};
}

void Walker::write_state(std::span<float> state) const {
  const Physics& physics = *physics_;
  const std::array<b2Body*, bodies> parts{physics.hull, physics.upper[0], physics.lower[0], physics.upper[1],
                                          physics.lower[1]};
  for (std::size_t i = 0; i < bodies; ++i) write_motion(*parts[i], state.subspan(i * motion_size).first<motion_size>());
  for (std::size_t leg = 0; leg < 2; ++leg) state[touches_at + leg] = physics.touches[leg] ? 1 : 0;
  state[passed_at] = static_cast<float>(passed_);
  state[end_at] = end_;
  std::ranges::copy(terrain_.height, state.subspan(heights_at).begin());
  if (options_.hardcore) std::ranges::copy(terrain_.obstacle, state.subspan(obstacles_at).begin());
}

void Walker::check_state(std::span<const float> state) const {
  constexpr float farthest = 3;  // m, of a part from the hull, which no stride reaches
  for (std::size_t part = motion_size; part < touches_at; part += motion_size)
    if (std::hypot(state[part] - state[0], state[part + 1] - state[1]) > farthest)
      throw std::invalid_argument("walker: a leg of a state lies more than 3 m away from the hull.");
  const auto fraction = [](float value) { return value != std::floor(value); };
  if (fraction(state[touches_at]) || fraction(state[touches_at + 1]))
    throw std::invalid_argument("walker: whether a leg of a state touches is 0 or 1.");
  if (fraction(state[passed_at]) || std::ranges::any_of(state.subspan(obstacles_at), fraction))
    throw std::invalid_argument("walker: milestones and obstacles of a state are whole numbers.");
  if (state[0] > state[end_at])
    throw std::invalid_argument("walker: a state beyond the end of the track starts no episode.");
  WalkerTerrain terrain;
  std::ranges::copy(state.subspan(heights_at, WalkerTerrain::points), terrain.height.begin());
  if (state[1] <= terrain.height_at(state[0]))
    throw std::invalid_argument("walker: the hull of a state lies under the ground.");
}

void Walker::build() {
  physics_ = std::make_unique<Physics>();
  physics_->world = make_world({0, -10});
  physics_->world->SetContactListener(physics_.get());
  build_ground();
  build_hull();
  for (std::size_t leg = 0; leg < 2; ++leg) build_leg(leg);
}

// Each piece is a body of its own, as published: a shared one would change the times of impact that Box2D works out.
void Walker::build_ground() {
  constexpr float friction = 2.5F;
  const auto stand = [&](const b2Shape& shape) {
    b2BodyDef still;
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.friction = friction;
    fixture.filter.categoryBits = ground_bit;
    physics_->world->CreateBody(&still)->CreateFixture(&fixture);
  };
  for (const auto& box : terrain_.boxes()) {
    std::array<b2Vec2, 4> corners;
    std::ranges::transform(box, corners.begin(), [](Point p) { return b2Vec2(p.x, p.y); });
    b2PolygonShape shape;
    shape.Set(corners.data(), static_cast<int>(corners.size()));
    stand(shape);
  }
  for (std::size_t i = 0; i + 1 < WalkerTerrain::points; ++i) {
    b2EdgeShape shape;
    shape.SetTwoSided({WalkerTerrain::x(i), terrain_.height[i]}, {WalkerTerrain::x(i + 1), terrain_.height[i + 1]});
    stand(shape);
  }
}

void Walker::build_hull() {
  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.position = vec(start_x, start_y);
  physics_->hull = physics_->world->CreateBody(&body);
  std::array<b2Vec2, hull_pixels.size()> corners;
  std::ranges::transform(hull_pixels, corners.begin(), [](Point p) { return vec(p.x / scale, p.y / scale); });
  b2PolygonShape shape;
  shape.Set(corners.data(), static_cast<int>(corners.size()));
  b2FixtureDef fixture;
  fixture.shape = &shape;
  fixture.density = 5;
  fixture.friction = 0.1F;
  fixture.filter.categoryBits = walker_bit;
  fixture.filter.maskBits = ground_bit;
  physics_->hull->CreateFixture(&fixture);
}

// The legs begin 16 pixels higher than they hang and with straight knees, out of their limits, as published: the first
// steps pull them into place.
void Walker::build_leg(std::size_t leg) {
  const auto angle = static_cast<float>(leg == 0 ? -splay : splay);
  const auto half = [&](double y, double half_width) {
    b2BodyDef body;
    body.type = b2_dynamicBody;
    body.position = vec(start_x, y);
    body.angle = angle;
    b2Body* part = physics_->world->CreateBody(&body);
    b2PolygonShape shape;
    shape.SetAsBox(static_cast<float>(half_width), static_cast<float>(leg_half_height));
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.density = 1;
    fixture.filter.categoryBits = walker_bit;
    fixture.filter.maskBits = ground_bit;
    part->CreateFixture(&fixture);
    return part;
  };
  const auto hinge = [&](b2Body* above, b2Body* below, double anchor, float reference, float lowest, float highest) {
    b2RevoluteJointDef joint;
    joint.bodyA = above;
    joint.bodyB = below;
    joint.localAnchorA = vec(0, anchor);
    joint.localAnchorB = vec(0, leg_half_height);
    joint.referenceAngle = reference;  // what pybox2d fills in; C++ would leave 0
    joint.enableMotor = true;
    joint.enableLimit = true;
    joint.lowerAngle = lowest;
    joint.upperAngle = highest;
    return static_cast<b2RevoluteJoint*>(physics_->world->CreateJoint(&joint));
  };
  b2Body* upper = physics_->upper[leg] = half(start_y - leg_half_height - hip_down, upper_half_width);
  physics_->hip[leg] = hinge(physics_->hull, upper, hip_down, angle, -0.8F, 1.1F);
  b2Body* lower = physics_->lower[leg] = half(start_y - 3 * leg_half_height - hip_down, lower_half_width);
  physics_->knee[leg] = hinge(upper, lower, -leg_half_height, 0, -1.6F, -0.1F);
}

Step Walker::advance(std::span<const float> action) {
  Physics& physics = *physics_;
  const auto drive = [](b2RevoluteJoint& joint, float throttle, double fastest) {
    // Box2D 2.3.0 wakes bodies at every setting of a motor, 2.4.1 only where the setting is new.
    for (b2Body* body : {joint.GetBodyA(), joint.GetBodyB()})
      if (!body->IsAwake()) body->SetAwake(true);
    const double way = (throttle > 0) - (throttle < 0);
    joint.SetMotorSpeed(static_cast<float>(fastest * way));
    joint.SetMaxMotorTorque(static_cast<float>(motor_torque * std::abs(throttle)));
  };
  for (std::size_t leg = 0; leg < 2; ++leg) {
    drive(*physics.hip[leg], action[2 * leg], hip_speed);
    drive(*physics.knee[leg], action[2 * leg + 1], knee_speed);
  }
  if (!physics.contacts_known) {  // a fresh world reports what touches, but not what no longer does
    physics.touches = {};
    physics.contacts_known = true;
  }
  physics.world->Step(static_cast<float>(1 / steps_a_second), velocity_iterations, position_iterations);
  look();
  gait_.see(observation_);

  const double now = shaping();
  double reward = now - last_shaping_;
  last_shaping_ = now;
  for (const float throttle : action) reward -= torque_price * std::abs(throttle);

  const float x = physics.hull->GetPosition().x;
  const bool fallen = physics.hull_touched || x<0, arrived = x> end_ && !fallen;
  if (fallen) reward = -100;
  const float milestones = fallen ? 0 : pay_milestones(arrived);
  return {.reward = options_.reward == Reward::dense ? static_cast<float>(reward) : milestones,
          .terminated = fallen || arrived,
          .success = arrived};
}

/// Takes the observation from bodies, joints and beams.
void Walker::look() {
  Physics& physics = *physics_;
  const b2Vec2 position = physics.hull->GetPosition(), velocity = physics.hull->GetLinearVelocity();
  observation_[0] = physics.hull->GetAngle();
  observation_[1] = static_cast<float>(2 * physics.hull->GetAngularVelocity() / steps_a_second);
  observation_[2] = static_cast<float>(0.3 * velocity.x * width / steps_a_second);
  observation_[3] = static_cast<float>(0.3 * velocity.y * height / steps_a_second);
  for (std::size_t leg = 0; leg < 2; ++leg) {
    float* const of = &observation_[4 + 5 * leg];
    of[0] = physics.hip[leg]->GetJointAngle();
    of[1] = static_cast<float>(physics.hip[leg]->GetJointSpeed() / hip_speed);
    of[2] = physics.knee[leg]->GetJointAngle() + 1;
    of[3] = static_cast<float>(physics.knee[leg]->GetJointSpeed() / knee_speed);
    of[4] = physics.touches[leg] ? 1.0F : 0.0F;
  }
  for (std::size_t i = 0; i < WalkerSizes::beams; ++i) {  // from straight down to 77 degrees forward
    const double angle = 1.5 * static_cast<double>(i) / WalkerSizes::beams;
    physics.beam_ends[i] = vec(position.x + std::sin(angle) * WalkerSizes::beam_length,
                               position.y - std::cos(angle) * WalkerSizes::beam_length);
    Beam beam;
    physics.world->RayCast(&beam, position, physics.beam_ends[i]);
    observation_[14 + i] = beam.fraction;
  }
}

/// Forward, and upright.
double Walker::shaping() const {
  return 130 * static_cast<double>(physics_->hull->GetPosition().x) / scale -
         5 * std::abs(static_cast<double>(observation_[0]));
}

/// What passing milestones in this step is worth; each counts once.
float Walker::pay_milestones(bool arrived) {
  const auto start = static_cast<float>(start_x);
  const auto parts = static_cast<float>(options_.milestones);
  const float along = (physics_->hull->GetPosition().x - start) / (end_ - start) * parts;
  const int reached = arrived ? options_.milestones : std::min(static_cast<int>(along), options_.milestones - 1);
  const int news = std::max(0, reached - passed_);
  passed_ += news;
  return static_cast<float>(news) / parts;
}

void Walker::observe(std::span<float> observation) const {
  std::ranges::copy(observation_, observation.begin());
}

}  // namespace cairn::envs
