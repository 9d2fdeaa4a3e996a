#include "envs/box2d/car_track.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>

#include "envs/box2d/car_track_physics.h"
#include "optim/options.h"

// The constants and the order of every draw are those of Gymnasium's car_racing.py and car_dynamics.py; checked against
// recorded episodes.

namespace cairn::envs {

namespace {

constexpr double unit = CarSizes::unit;
constexpr double dt = 1.0 / 50;  // s
constexpr int velocity_iterations = 180, position_iterations = 60;

constexpr double inertia = 1.6;                          // of a wheel about its axle
constexpr double grip = 400, grip_on_grass = 240;        // N, largest force of a wheel
constexpr double stiffness = 82;                         // N s/m, of a wheel that slips
constexpr double gas_rise = 0.1;                         // of the gas, a step at most
constexpr double brake_rate = 15;                        // rad/s a step, at full brake
constexpr double locking = 0.9;                          // brake from which wheels stand still
constexpr double steering_gain = 50, steering_rate = 3;  // 1/s, rad/s
constexpr double steering_limit = 0.4;                   // rad
constexpr double steering_torque = 64.8;                 // N m
constexpr double price = 0.1, whole_lap = 1000;          // of reward, a step and all tiles
constexpr std::array<Point, CarTrack::wheels> axles{{{-55, 80}, {55, 80}, {-55, -82}, {55, -82}}};  // units
constexpr std::uint16_t road_bit = 0x1, wheel_bit = 0x20;

b2Vec2 vec(double x, double y) {
  return {static_cast<float>(x), static_cast<float>(y)};
}

Spec make_spec(const CarTrackOptions& options) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Spec spec;
  spec.id = "car_track";
  spec.summary = "Drive a car around a winding road (Gymnasium's CarRacing-v3, seen as numbers).";
  spec.achieved = "Drove all around the road.";
  spec.observation = {{"forward speed", "50 m/s", -infinity, infinity},
                      {"side speed", "50 m/s", -infinity, infinity},
                      {"yaw rate", "5 rad/s", -infinity, infinity},
                      {"steering", "0.4 rad", -infinity, infinity}};
  for (std::size_t i = 1; i < CarParts::names.size(); ++i)
    spec.observation.push_back({std::string(CarParts::names[i]) + " speed", "100 rad/s", -infinity, infinity});
  for (std::size_t i = 1; i < CarParts::names.size(); ++i)
    spec.observation.push_back({std::string(CarParts::names[i]) + " on road", "", 0, 1});
  for (const std::ptrdiff_t tiles : CarSizes::ahead)
    spec.observation.insert(spec.observation.end(),
                            {{"tile +" + std::to_string(tiles) + " right", "40 m", -infinity, infinity},
                             {"tile +" + std::to_string(tiles) + " ahead", "40 m", -infinity, infinity}});
  if (options.continuous)
    spec.action = {{"steering", "right positive", -1, 1}, {"gas", "", 0, 1}, {"brake", "", 0, 1}};
  else
    spec.action_names = {"nothing", "right", "left", "gas", "brake"};
  spec.horizon = 1000;
  spec.return_threshold = options.reward == Reward::dense ? 900 : 0.9;
  spec.difficulty = options.difficulty;
  spec.state = CarParts::state();
  spec.bytes = 2 * world_bytes;  // some 300 tiles
  return spec;
}

/// Radii of an easier episode's checkpoints are drawn from the farther part of their range.
double nearest_checkpoint(double difficulty) {
  return std::lerp(Road::farthest, Road::nearest, difficulty);
}

int tiles_asked(double difficulty, std::size_t tiles) {
  return static_cast<int>(std::lround((0.1 + 0.9 * difficulty) * static_cast<double>(tiles)));
}

}  // namespace

CarTrack::CarTrack(const CarTrackOptions& options)
    : Environment(make_spec(options)), options_(optim::checked(spec().id, options)) {}

CarTrack::~CarTrack() = default;

void CarTrack::use_draws(std::function<double(double, double)> uniform) {
  draws_ = std::move(uniform);
}

void CarTrack::start(Random& random) {
  if (draws_) {
    draw_road(draws_);
  } else {  // as floats, so that a state holds them exactly
    draw_road(
        [&](double low, double high) { return random.uniform(static_cast<float>(low), static_cast<float>(high)); });
  }
  asked_ = tiles_asked(difficulty(), road_.tiles());
  touched_tiles_.assign(road_.tiles(), false);
  touched_ = paid_ = 0;
  omega_ = {};
  gas_ = 0;
  on_road_ = {};
  controls_ = {};
  build(road_.places.front());
  // The published reset takes one step without an action: the first observation is one step old. Its tiles are paid in
  // the first step.
  step_world();
  nearest_ = 0;
  find_nearest(-3, 12);
}

void CarTrack::draw_road(const std::function<double(double, double)>& uniform) {
  std::optional<Road> road;
  while (!road) {
    for (std::size_t c = 0; c < Road::checkpoints; ++c) {
      road_draws_[2 * c] = uniform(0, Road::widest_noise);
      road_draws_[2 * c + 1] = uniform(nearest_checkpoint(difficulty()), Road::farthest);
    }
    road = Road::make(road_draws_);
  }
  road_ = std::move(*road);
}

void CarTrack::build(const Road::Place& place) {
  physics_ = std::make_unique<Physics>();
  physics_->world = make_world({0, 0});
  physics_->world->SetContactListener(physics_.get());
  physics_->entered.reserve(64);
  build_road();
  build_car(place);
}

// All tiles are of one body: they are sensors, to which no force and no time of impact belongs, so that nothing shows
// that the original gives each a body of its own.
void CarTrack::build_road() {
  b2BodyDef still;
  b2Body* body = physics_->world->CreateBody(&still);
  for (std::size_t i = 0; i < road_.tiles(); ++i) {
    std::array<b2Vec2, 4> corners;
    std::ranges::transform(road_.tile(i), corners.begin(), [](Point p) { return b2Vec2(p.x, p.y); });
    b2PolygonShape shape;
    shape.Set(corners.data(), static_cast<int>(corners.size()));
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.isSensor = true;
    fixture.userData.pointer = i;
    fixture.filter.categoryBits = road_bit;
    body->CreateFixture(&fixture);
  }
}

// The wheels begin at offsets that are not turned with the hull, as published: the first step pulls them into place and
// turns the hull by up to 0.05 rad.
void CarTrack::build_car(const Road::Place& place) {
  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.position = vec(place.x, place.y);
  body.angle = static_cast<float>(place.heading);
  b2Body* hull = physics_->hull = physics_->world->CreateBody(&body);
  const auto add = [](b2Body& to, std::initializer_list<Point> units, float density, std::uint16_t category,
                      std::uint16_t mask) {
    std::array<b2Vec2, b2_maxPolygonVertices> corners;
    std::ranges::transform(units, corners.begin(), [](Point p) { return vec(p.x * unit, p.y * unit); });
    b2PolygonShape shape;
    shape.Set(corners.data(), static_cast<int>(units.size()));
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.density = density;
    fixture.filter.categoryBits = category;
    fixture.filter.maskBits = mask;
    to.CreateFixture(&fixture);
  };
  // The hull touches nothing; the original lets it touch tiles, which has no effect.
  add(*hull, {{-60, 130}, {60, 130}, {60, 110}, {-60, 110}}, 1, road_bit, 0);
  add(*hull, {{-15, 120}, {15, 120}, {20, 20}, {-20, 20}}, 1, road_bit, 0);
  add(*hull, {{25, 20}, {50, -10}, {50, -40}, {20, -90}, {-20, -90}, {-50, -40}, {-50, -10}, {-25, 20}}, 1, road_bit,
      0);
  add(*hull, {{-50, -120}, {50, -120}, {50, -90}, {-50, -90}}, 1, road_bit, 0);

  for (std::size_t i = 0; i < wheels; ++i) {
    const double x = axles[i].x * unit, y = axles[i].y * unit;
    body.position = vec(place.x + x, place.y + y);
    b2Body* wheel = physics_->wheel[i] = physics_->world->CreateBody(&body);
    add(*wheel, {{-14, 27}, {14, 27}, {14, -27}, {-14, -27}}, 0.1F, wheel_bit, road_bit);
    b2RevoluteJointDef joint;
    joint.bodyA = hull;
    joint.bodyB = wheel;
    joint.localAnchorA = vec(x, y);
    joint.enableMotor = true;
    joint.enableLimit = true;
    joint.maxMotorTorque = static_cast<float>(steering_torque);
    joint.lowerAngle = static_cast<float>(-steering_limit);
    joint.upperAngle = static_cast<float>(steering_limit);
    physics_->joint[i] = static_cast<b2RevoluteJoint*>(physics_->world->CreateJoint(&joint));
  }
}

CarTrack::Controls CarTrack::controls_of(std::span<const float> action) const {
  if (options_.continuous) return {-static_cast<double>(action[0]), action[1], action[2]};
  const int choice = static_cast<int>(action[0]);
  return {choice == 1 ? -0.6 : (choice == 2 ? 0.6 : 0.0), choice == 3 ? 0.2 : 0.0, choice == 4 ? 0.8 : 0.0};
}

/// Engine, brakes and tyres: what each wheel does to itself and to the car in a step.
void CarTrack::turn_wheels() {
  for (std::size_t i = 0; i < wheels; ++i) {
    b2Body& wheel = *physics_->wheel[i];
    const bool front = i < 2;
    double& omega = omega_[i];

    const double error = (front ? controls_.steer : 0) - static_cast<double>(physics_->joint[i]->GetJointAngle());
    physics_->joint[i]->SetMotorSpeed(
        static_cast<float>(std::copysign(std::min(steering_gain * std::abs(error), steering_rate), error)));

    const b2Vec2 forward = wheel.GetWorldVector({0, 1}), side = wheel.GetWorldVector({1, 0}),
                 velocity = wheel.GetLinearVelocity();
    const auto along = [&](b2Vec2 axis) {
      return static_cast<double>(axis.x) * velocity.x + static_cast<double>(axis.y) * velocity.y;
    };
    omega += dt * CarSizes::power * (front ? 0 : gas_) / inertia / (std::abs(omega) + 5);
    if (controls_.brake >= locking)
      omega = 0;
    else if (controls_.brake > 0)
      omega -= std::copysign(std::min(brake_rate * controls_.brake, std::abs(omega)), omega);

    double drive = stiffness * (omega * CarSizes::wheel_radius - along(forward)), drift = -stiffness * along(side);
    const double force = std::sqrt(drive * drive + drift * drift), most = on_road_[i] ? grip : grip_on_grass;
    if (force > most) {
      drive *= most / force;
      drift *= most / force;
    }
    omega -= dt * drive * CarSizes::wheel_radius / inertia;
    wheel.ApplyForceToCenter(vec(drift * side.x + drive * forward.x, drift * side.y + drive * forward.y), true);
  }
}

void CarTrack::step_world() {
  turn_wheels();
  physics_->entered.clear();
  physics_->world->Step(static_cast<float>(dt), velocity_iterations, position_iterations);
  for (std::size_t i = 0; i < wheels; ++i) on_road_[i] = physics_->tiles_under[i] > 0;
  for (const std::size_t tile : physics_->entered)
    if (!touched_tiles_[tile]) {
      touched_tiles_[tile] = true;
      ++touched_;
    }
}

Step CarTrack::advance(std::span<const float> action) {
  controls_ = controls_of(action);
  gas_ = std::min(controls_.gas, gas_ + gas_rise);
  step_world();
  find_nearest(-3, 12);

  const b2Vec2 at = physics_->hull->GetPosition();
  const bool out = std::max(std::abs(at.x), std::abs(at.y)) > CarSizes::field, lap = touched_ >= asked_ && !out;
  float reward = pay();
  if (out) reward = options_.reward == Reward::dense ? -100.0F : 0.0F;
  return {.reward = reward, .terminated = out || lap, .success = lap};
}

/// Pays for the tiles that were touched since the last time.
float CarTrack::pay() {
  const int before = std::exchange(paid_, touched_);
  if (options_.reward == Reward::dense)
    return static_cast<float>(whole_lap * (touched_ - before) / static_cast<double>(road_.tiles()) - price);
  const auto passed = [&](int tiles) { return std::min(tiles, asked_) * options_.milestones / asked_; };
  return static_cast<float>(passed(touched_) - passed(before)) / static_cast<float>(options_.milestones);
}

/// The tile whose end is nearest to the hull, among those near the last one.
void CarTrack::find_nearest(std::ptrdiff_t back, std::ptrdiff_t ahead) {
  const b2Vec2 at = physics_->hull->GetPosition();
  const std::size_t from = nearest_;
  double least = std::numeric_limits<double>::infinity();
  for (std::ptrdiff_t by = back; by <= ahead; ++by) {
    const std::size_t tile = road_.after(from, by);
    const double x = road_.places[tile].x - at.x, y = road_.places[tile].y - at.y;
    if (const double away = x * x + y * y; away < least) {
      least = away;
      nearest_ = tile;
    }
  }
}

void CarTrack::observe(std::span<float> observation) const {
  const b2Body& hull = *physics_->hull;
  const b2Vec2 at = hull.GetPosition(), velocity = hull.GetLocalVector(hull.GetLinearVelocity());
  std::size_t next = 0;
  const auto show = [&](double value) { observation[next++] = static_cast<float>(value); };
  show(velocity.y / 50);
  show(velocity.x / 50);
  show(hull.GetAngularVelocity() / 5);
  show(physics_->joint[0]->GetJointAngle() / steering_limit);
  for (const double omega : omega_) show(static_cast<float>(omega) / 100);  // a float, as in a state
  for (const bool on_road : on_road_) show(on_road ? 1 : 0);
  for (const std::ptrdiff_t ahead : CarSizes::ahead) {
    const Road::Place& place = road_.places[road_.after(nearest_, ahead)];
    const b2Vec2 from_here = hull.GetLocalVector(vec(place.x - at.x, place.y - at.y));
    show(from_here.x / 40);
    show(from_here.y / 40);
  }
}

}  // namespace cairn::envs
