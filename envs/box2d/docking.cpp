#include "envs/box2d/docking.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "envs/box2d/docking_sizes.h"
#include "envs/box2d/world.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

using Sizes = DockingSizes;

constexpr float pi = std::numbers::pi_v<float>;
constexpr float dt = 0.1F;  // s, of a step; the solver goes in halves of it
constexpr int substeps = 2, velocity_iterations = 8, position_iterations = 3;
constexpr int horizon = 600;            // steps
constexpr float mass = 1, inertia = 1;  // kg, kg m²
constexpr float push = 0.5F;            // m/s², the strongest along each axis of the capsule
constexpr float twist = 0.2F;           // rad/s², the strongest
constexpr float facing = 0.3F;          // rad, largest error of the heading at docking
constexpr float slowest_gate = 0.3F,
                fastest_gate = 3;  // m/s, at difficulty 1 and 0
constexpr float bearing = 0.5F;    // rad, largest of the start, seen from the port, at difficulty 1
constexpr float askew = 0.5F;      // rad, largest error of the heading at the start, at difficulty 1
constexpr float drift = 0.2F;      // m/s, largest component of the first velocity, at difficulty 1
constexpr float easiest = 0.1F;    // share of these three at difficulty 0, where chance is to succeed now and then
constexpr float tilt = 0.1F;       // rad, largest of the station at the start
constexpr float slowest_turn = 0.005F,
                turn = 0.015F;  // rad/s, of the station, either way

constexpr float length_unit = 10;  // m, of the observation

Spec make_spec(const DockingOptions& options) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr float farthest = 6;  // more than the shown space is long
  Spec spec;
  spec.id = "docking";
  spec.summary =
      "Bring a capsule to the port of a slowly turning station, "
      "facing it and slower than a gate.";
  spec.achieved = "Docked at the port.";
  spec.observation = {{"ahead of port", "10 m", -farthest, farthest},
                      {"beside port", "10 m", -farthest, farthest},
                      {"opening speed", "m/s", -inf, inf},
                      {"sliding speed", "m/s", -inf, inf},
                      {"cos heading error", "", -1, 1},
                      {"sin heading error", "", -1, 1},
                      {"turning", "rad/s", -inf, inf},
                      {"turning of the station", "0.015 rad/s", -1, 1}};
  if (options.continuous)
    spec.action = {{"thrust ahead", "0.5 m/s^2", -1, 1},
                   {"thrust to the left", "0.5 m/s^2", -1, 1},
                   {"turn", "0.2 rad/s^2, counter-clockwise", -1, 1}};
  else
    spec.action_names = {"nothing", "ahead", "back", "left", "right", "turn left", "turn right"};
  spec.horizon = horizon;
  spec.steps_a_second = 40;  // four times as fast as it is: people have no patience for space
  if (options.reward == Reward::sparse) spec.return_threshold = 0.9;
  spec.difficulty = options.difficulty;
  add_motion(spec.state, "capsule", {Sizes::low.x, Sizes::low.y}, {Sizes::high.x, Sizes::high.y});
  spec.state.insert(spec.state.end(), {{"station angle", "rad", -pi, pi}, {"station rate", "rad/s", -turn, turn}});
  spec.bytes = world_bytes;
  return spec;
}

float between(float easy, float hard, double difficulty) {
  return easy + (hard - easy) * static_cast<float>(difficulty);
}

/// The closest turn to `angle`, in [-pi, pi].
float wrapped(float angle) {
  return std::remainder(angle, 2 * pi);
}

bool inside(b2Vec2 place) {
  return place.x >= Sizes::low.x && place.x <= Sizes::high.x && place.y >= Sizes::low.y && place.y <= Sizes::high.y;
}

}  // namespace

float Docking::Approach::distance() const {
  return std::hypot(ahead, beside);
}
float Docking::Approach::speed() const {
  return std::hypot(opening, sliding);
}

Docking::Docking(const DockingOptions& options)
    : Environment(make_spec(options)), options_(optim::checked(spec().id, options)) {}

Docking::~Docking() = default;

void Docking::start(Random& random) {
  const float angle = random.uniform(-tilt, tilt);
  const float side = random.below(2) == 0 ? -1.0F : 1.0F, rate = side * random.uniform(slowest_turn, turn);
  build(angle, rate);

  const float away = random.uniform(between(1, 10, difficulty()), between(2, 30, difficulty()));  // m
  const float share = between(easiest, 1, difficulty());
  const float from_port = angle + share * random.uniform(-bearing, bearing);
  const b2Vec2 nose =
      station_->GetWorldPoint({Sizes::port, 0}) + away * b2Vec2(std::cos(from_port), std::sin(from_port));
  const float heading = from_port + pi + share * random.uniform(-askew, askew);
  const b2Vec2 ahead{std::cos(heading), std::sin(heading)};
  capsule_->SetTransform(nose - Sizes::nose * ahead, heading);
  const float vx = share * random.uniform(-drift, drift), vy = share * random.uniform(-drift, drift);
  capsule_->SetLinearVelocity({vx, vy});
}

void Docking::start_in(std::span<const float> state) {
  build(state[motion_size], state[motion_size + 1]);
  set_motion(*capsule_, state.first<motion_size>());
}

void Docking::write_state(std::span<float> state) const {
  write_motion(*capsule_, state.first<motion_size>());
  state[motion_size] = station_->GetAngle();
  state[motion_size + 1] = station_->GetAngularVelocity();
}

void Docking::check_state(std::span<const float> state) const {
  if (std::hypot(state[0], state[1]) < Sizes::hub)
    throw std::invalid_argument("docking: the capsule of a state cannot lie inside the station.");
  const float port_angle = state[motion_size], heading = state[2];
  const float x = state[0] + Sizes::nose * std::cos(heading) - Sizes::port * std::cos(port_angle);
  const float y = state[1] + Sizes::nose * std::sin(heading) - Sizes::port * std::sin(port_angle);
  if (std::hypot(x, y) <= Sizes::tolerance)
    throw std::invalid_argument("docking: a state with the nose at the port starts no episode.");
}

void Docking::build(float station_angle, float station_rate) {
  thrust_ = {};
  world_ = make_world({0, 0});
  build_station(station_angle, station_rate);
  build_capsule();
}

void Docking::build_station(float angle, float rate) {
  b2BodyDef body;
  body.type = b2_kinematicBody;
  body.angle = angle;
  body.angularVelocity = rate;
  body.allowSleep = false;
  station_ = world_->CreateBody(&body);
  b2CircleShape hub;
  hub.m_radius = Sizes::hub;
  station_->CreateFixture(&hub, 0);
  b2PolygonShape box;
  box.SetAsBox(0.5F * Sizes::port, Sizes::collar, {0.5F * Sizes::port, 0}, 0);
  station_->CreateFixture(&box, 0);
  box.SetAsBox(Sizes::panel_half_width, Sizes::panel);
  station_->CreateFixture(&box, 0);
}

void Docking::build_capsule() {
  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.allowSleep = false;
  capsule_ = world_->CreateBody(&body);
  std::array<b2Vec2, Sizes::capsule.size()> corners;
  for (std::size_t i = 0; i < corners.size(); ++i) corners[i] = {Sizes::capsule[i].x, Sizes::capsule[i].y};
  b2PolygonShape shape;
  shape.Set(corners.data(), static_cast<int>(corners.size()));
  capsule_->CreateFixture(&shape, 1);
  const b2MassData exactly{mass, {0, 0}, inertia};
  capsule_->SetMassData(&exactly);
}

Docking::Approach Docking::approach() const {
  const b2Vec2 nose = capsule_->GetWorldPoint({Sizes::nose, 0}), port = station_->GetWorldPoint({Sizes::port, 0});
  const b2Vec2 apart = station_->GetLocalVector(nose - port);
  const b2Vec2 velocity = station_->GetLocalVector(capsule_->GetLinearVelocityFromWorldPoint(nose) -
                                                   station_->GetLinearVelocityFromWorldPoint(port));
  return {apart.x,
          apart.y,
          velocity.x,
          velocity.y,
          wrapped(capsule_->GetAngle() - station_->GetAngle() - pi),
          capsule_->GetAngularVelocity() - station_->GetAngularVelocity()};
}

// Equal steps of difficulty make the gate narrower by equal factors.
float Docking::gate() const {
  return fastest_gate * std::pow(slowest_gate / fastest_gate, static_cast<float>(difficulty()));
}

bool Docking::docked() const {
  const Approach now = approach();
  return now.distance() <= Sizes::tolerance && std::abs(std::atan2(now.beside, now.ahead)) <= Sizes::cone &&
         std::abs(now.turned) <= facing && now.speed() < gate();
}

bool Docking::crashed() const {
  for (const b2ContactEdge* edge = capsule_->GetContactList(); edge != nullptr; edge = edge->next)
    if (edge->contact->IsTouching()) return true;
  return false;
}

Step Docking::advance(std::span<const float> action) {
  constexpr std::array<Thrust, 7> choices{{{}, {1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}}};
  thrust_ =
      options_.continuous ? Thrust{action[0], action[1], action[2]} : choices[static_cast<std::size_t>(action[0])];
  const float before = approach().distance();

  Step step;
  bool lost = false;
  for (int i = 0; i < substeps && !step.terminated; ++i) {
    capsule_->ApplyForceToCenter(mass * push * capsule_->GetWorldVector({thrust_.ahead, thrust_.left}), true);
    capsule_->ApplyTorque(inertia * twist * thrust_.turn, true);
    world_->Step(dt / substeps, velocity_iterations, position_iterations);
    lost = crashed() || !inside(capsule_->GetPosition());
    step.success = !lost && docked();  // a crash brakes, too
    step.terminated = step.success || lost;
  }

  if (options_.reward == Reward::sparse) {
    step.reward = step.success ? 1.0F : 0.0F;
    return step;
  }
  const Approach now = approach();
  const float away = now.distance(), speed = now.speed();
  step.reward = 0.05F * (before - away) + 0.5F * (std::exp(-away / 2) - std::exp(-before / 2)) -
                0.005F * std::exp(-away / 3) * speed * speed -
                0.002F * (thrust_.ahead * thrust_.ahead + thrust_.left * thrust_.left + thrust_.turn * thrust_.turn) -
                0.002F;
  if (step.success) step.reward += 0.5F + 0.5F * (1 - speed / gate());
  if (lost) step.reward -= 1;
  return step;
}

void Docking::observe(std::span<float> observation) const {
  const Approach now = approach();
  const float values[] = {
      now.ahead / length_unit, now.beside / length_unit, now.opening, now.sliding,
      std::cos(now.turned),    std::sin(now.turned),     now.turning, station_->GetAngularVelocity() / turn};
  std::ranges::copy(values, observation.begin());
}

// Come onto the port's axis first, then in along it, the slower the nearer;
// proportional-derivative control of all three.
bool Docking::pilot(std::span<const float> o, std::span<float> action) const {
  const float ahead = length_unit * o[0], beside = length_unit * o[1], turned = std::atan2(o[5], o[4]);
  const bool on_axis = std::abs(beside) <= 0.1F + 0.2F * std::max(ahead, 0.0F);
  const float opening = on_axis ? -std::clamp(0.2F * ahead, 0.12F, 1.2F) : std::clamp(0.3F * (4 - ahead), -1.2F, 1.0F);
  const float sliding = std::clamp(-0.25F * beside, -0.8F, 0.8F);
  const float along = (opening - o[2]) / push,
              across = (sliding - o[3]) / push;  // accelerations, in the port's axes
  // The capsule that faces the port looks along the port's negative axis.
  const float cosine = -o[4], sine = -o[5];
  const std::array<float, 3> wanted{along * cosine + across * sine, across * cosine - along * sine,
                                    (-0.3F * turned - 1.2F * o[6]) / twist};
  if (options_.continuous) {
    for (std::size_t i = 0; i < wanted.size(); ++i) action[i] = std::clamp(wanted[i], -1.0F, 1.0F);
    return true;
  }
  const auto most = std::ranges::max_element(wanted, {}, [](float value) { return std::abs(value); });
  const auto axis = static_cast<float>(most - wanted.begin());
  action[0] = std::abs(*most) < 0.2F ? 0 : 1 + 2 * axis + (*most < 0 ? 1.0F : 0.0F);
  return true;
}

}  // namespace cairn::envs
