#include "envs/box2d/swing_up.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "envs/box2d/acrobot_swing_up.h"
#include "envs/box2d/world.h"
#include "envs/shapes.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

constexpr float dt = 0.02F;  // s, of a step; the solver goes in quarters of it
constexpr int substeps = 4, velocity_iterations = 10, position_iterations = 5;
constexpr float gravity = 9.81F;                      // m/s²
constexpr float cart_mass = 1.0F, pole_mass = 0.1F;   // kg
constexpr float length = 1.0F, half = 0.5F * length;  // m
constexpr float strongest = 10.0F;                    // N
constexpr float track = 1.8F;                         // m, either way
constexpr float upright_cosine = 0.95F;               // of the balanced pole's angle, at least
constexpr float slow = 2.0F;                          // rad/s, of the balanced pole, at most
constexpr int two_seconds = 100;                      // steps
constexpr int horizon = 500;                          // steps

Spec make_spec(const SwingUpOptions& options) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  Spec spec;
  spec.id = "swing_up";
  spec.summary = "Swing a pole on a cart up and keep it there; nothing is paid before it stands.";
  spec.achieved = "Kept the pole up for two seconds.";
  spec.observation = {{"x", "m", -2, 2},
                      {"vx", "m/s", -inf, inf},
                      {"cos angle", "", -1, 1},
                      {"sin angle", "", -1, 1},
                      {"angular velocity", "rad/s", -inf, inf}};
  if (options.continuous)
    spec.action = {{"force", "10 N", -1, 1}};
  else
    spec.action_names = {"left", "none", "right"};
  spec.horizon = horizon;
  if (options.reward == Reward::sparse) spec.return_threshold = 300;
  spec.difficulty = options.difficulty;
  spec.bytes = world_bytes;
  spec.state = {{"x", "m", -2, 2},
                {"vx", "m/s", -inf, inf},
                {"angle", "rad", -inf, inf},
                {"angular velocity", "rad/s", -inf, inf},
                {"steps balanced", "", 0, horizon}};
  return spec;
}

}  // namespace

std::unique_ptr<Environment> make_swing_up(const SwingUpOptions& options) {
  if (options.links == 2) return std::make_unique<AcrobotSwingUp>(options);
  return std::make_unique<SwingUp>(options);
}

SwingUp::SwingUp(const SwingUpOptions& options)
    : Environment(make_spec(options)), options_(optim::checked(spec().id, options)) {
  if (options.links != 1) throw std::invalid_argument("swing_up: with two links it is an AcrobotSwingUp.");
}

SwingUp::~SwingUp() = default;

// Angles are counted from upright, clockwise positive, as in CartPole; Box2D counts the other way round.
void SwingUp::start(Random& random) {
  constexpr float pi = std::numbers::pi_v<float>;
  const float side = random.below(2) == 0 ? -1.0F : 1.0F;
  const float angle = side * static_cast<float>(difficulty()) * pi + random.uniform(-0.1F, 0.1F);
  const float x = random.uniform(-0.1F, 0.1F);
  build(x, angle);
  steps_balanced_ = 0;
}

void SwingUp::start_in(std::span<const float> state) {
  const float x = state[0], vx = state[1], angle = state[2], omega = state[3];
  build(x, angle);
  cart_->SetLinearVelocity({vx, 0});
  pole_->SetLinearVelocity({vx + half * omega * std::cos(angle), -half * omega * std::sin(angle)});
  pole_->SetAngularVelocity(-omega);
  steps_balanced_ = static_cast<int>(state[4]);
}

void SwingUp::write_state(std::span<float> state) const {
  state[0] = cart_->GetPosition().x;
  state[1] = cart_->GetLinearVelocity().x;
  state[2] = -pole_->GetAngle();
  state[3] = -pole_->GetAngularVelocity();
  state[4] = static_cast<float>(steps_balanced_);
}

void SwingUp::check_state(std::span<const float> state) const {
  if (state[4] != std::floor(state[4]))
    throw std::invalid_argument("swing_up: 'steps balanced' of a state is a whole number.");
}

/// Cart and pole at rest.
void SwingUp::build(float x, float angle) {
  force_ = 0;
  world_ = make_world({0, -gravity});
  b2BodyDef still;
  b2Body* ground = world_->CreateBody(&still);

  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.allowSleep = false;
  body.position = {x, 0};
  body.fixedRotation = true;
  cart_ = world_->CreateBody(&body);
  const b2MassData of_cart{cart_mass, {0, 0}, 0};
  cart_->SetMassData(&of_cart);
  b2PrismaticJointDef rail;
  rail.Initialize(ground, cart_, {0, 0}, {1, 0});
  rail.enableLimit = true;
  rail.lowerTranslation = -track - x;
  rail.upperTranslation = track - x;
  world_->CreateJoint(&rail);

  body.fixedRotation = false;
  body.angle = -angle;
  body.position = {x + half * std::sin(angle), half * std::cos(angle)};
  pole_ = world_->CreateBody(&body);
  const b2MassData of_pole{pole_mass, {0, 0}, pole_mass * length * length / 12};  // a thin rod about its middle
  pole_->SetMassData(&of_pole);
  b2RevoluteJointDef hinge;
  hinge.Initialize(cart_, pole_, {x, 0});
  world_->CreateJoint(&hinge);
}

bool SwingUp::balanced() const {
  const float wider = 1 - static_cast<float>(difficulty());
  return std::cos(pole_->GetAngle()) >= upright_cosine - 0.3F * wider &&
         std::abs(pole_->GetAngularVelocity()) <= slow * (1 + wider);
}

Step SwingUp::advance(std::span<const float> action) {
  force_ = options_.continuous ? action[0] : action[0] - 1;
  for (int i = 0; i < substeps; ++i) {
    cart_->ApplyForceToCenter({strongest * force_, 0}, true);
    world_->Step(dt / substeps, velocity_iterations, position_iterations);
  }
  const bool stands = balanced();
  steps_balanced_ = stands ? steps_balanced_ + 1 : 0;
  Step step;
  step.reward = stands ? 1.0F : 0.0F;
  if (options_.reward == Reward::dense) step.reward = 0.5F * (1 + std::cos(pole_->GetAngle()));
  step.success = steps_balanced_ >= two_seconds;
  return step;
}

void SwingUp::observe(std::span<float> observation) const {
  const float angle = -pole_->GetAngle();
  observation[0] = cart_->GetPosition().x;
  observation[1] = cart_->GetLinearVelocity().x;
  observation[2] = std::cos(angle);
  observation[3] = std::sin(angle);
  observation[4] = -pole_->GetAngularVelocity();
}

// Below, energy is brought to that of the standing pole (Åström and Furuta 2000); near the top, linear feedback.
bool SwingUp::pilot(std::span<const float> o, std::span<float> action) const {
  const float x = o[0], v = o[1], cosine = o[2], angle = std::atan2(o[3], o[2]), omega = o[4];
  float force;
  if (cosine > 0.85F && std::abs(omega) < 6) {
    force = 2.0F * x + 4.0F * v + 45.0F * angle + 10.0F * omega;
  } else {
    // dE/dt = -m l ω cos θ · (acceleration of the pivot), so pushing against ω cos θ adds energy.
    const float inertia = pole_mass * length * length / 3;  // about the hinge
    const float missing = pole_mass * gravity * half * (1 - cosine) - 0.5F * inertia * omega * omega;
    force = -60.0F * missing * (omega * cosine >= 0 ? 1.0F : -1.0F) * std::min(1.0F, std::abs(omega) + 0.2F) -
            3.0F * x - 1.5F * v;
  }
  const float share = std::clamp(force / strongest, -1.0F, 1.0F);
  action[0] = options_.continuous ? share : std::round(share) + 1;
  return true;
}

void SwingUp::draw(Canvas& canvas) const {
  backdrop(canvas, {-3, -1.4F}, {3, 1.5F});
  line(canvas, {-track - 0.2F, 0}, {track + 0.2F, 0}, 0.03F, palette::ground);
  for (const float end : {-track - 0.2F, track + 0.2F})
    line(canvas, {end, -0.12F}, {end, 0.12F}, 0.05F, palette::ground);
  if (!cart_) return;

  const Point hinge{cart_->GetPosition().x, 0};
  const float wider = 1 - static_cast<float>(difficulty());
  const float zone = std::acos(upright_cosine - 0.3F * wider);  // where the pole counts as balanced
  std::array<Point, 13> arc;
  for (std::size_t i = 0; i < arc.size(); ++i) {
    const float angle = zone * (static_cast<float>(i) / 6 - 1);
    arc[i] = {hinge.x + 1.12F * length * std::sin(angle), 1.12F * length * std::cos(angle)};
  }
  canvas.stroke(arc, 0.04F, balanced() ? palette::green : palette::faint);
  canvas.text({arc.back().x + 0.06F, arc.back().y}, 0.12F, "upright", balanced() ? palette::green : palette::faint);
  if (force_ != 0)  // a flame on the side away from the force
    line(canvas, {hinge.x - std::copysign(0.22F, force_), 0},
         {hinge.x - std::copysign(0.22F, force_) - 0.25F * force_, 0}, 0.09F, palette::vermilion);
  canvas.fill(rectangle(hinge, 0.22F, 0.1F), palette::blue);
  const float angle = -pole_->GetAngle();
  const Point tip{hinge.x + length * std::sin(angle), length * std::cos(angle)};
  line(canvas, hinge, tip, 0.06F, palette::orange);
  canvas.disc(hinge, 0.05F, palette::ink);
  canvas.earned_at(tip);
  canvas.disc(tip, 0.05F, steps_balanced_ >= two_seconds ? palette::green : palette::yellow);
}

}  // namespace cairn::envs
