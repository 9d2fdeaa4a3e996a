#include "envs/box2d/acrobot_swing_up.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "envs/box2d/world.h"
#include "envs/shapes.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

constexpr float pi = std::numbers::pi_v<float>;
constexpr float dt = 0.01F;  // s, of a step; the solver goes in quarters of it
constexpr int substeps = 4, velocity_iterations = 8, position_iterations = 3;
constexpr float gravity = 9.81F;                             // m/s²
constexpr float length = 1;                                  // m, of a link
constexpr float mass = 1;                                    // kg, of a link
constexpr std::array<float, 2> inertias{0.0956F, 0.0953F};   // kg m², of capsules of radius 0.05 and 0.049 m
constexpr float damping = 0.05F;                             // N m s, of each joint
constexpr float strongest = 2;                               // N m
constexpr float tolerance = 0.2F, easiest_tolerance = 0.5F;  // m, of the tip, at difficulty 1 and 0
constexpr float easiest_spread = 0.5F;                       // rad, of the first angles at difficulty 0
constexpr int horizon = 1000, two_seconds = 200;             // steps

Spec make_spec(const SwingUpOptions& options) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  Spec spec;
  spec.id = "swing_up";
  spec.summary = "Swing two links up by a torque at their elbow and keep them there; nothing is paid before.";
  spec.achieved = "Kept both links up for two seconds.";
  spec.observation = {{"sin upper angle", "", -1, 1},
                      {"sin lower angle", "", -1, 1},
                      {"cos upper angle", "", -1, 1},
                      {"cos lower angle", "", -1, 1},
                      {"shoulder velocity", "rad/s", -inf, inf},
                      {"elbow velocity", "rad/s", -inf, inf}};
  if (options.continuous)
    spec.action = {{"torque", "2 N m", -1, 1}};
  else
    spec.action_names = {"left", "none", "right"};
  spec.horizon = horizon;
  spec.steps_a_second = 100;
  if (options.reward == Reward::sparse) spec.return_threshold = 600;
  spec.difficulty = options.difficulty;
  spec.bytes = world_bytes;
  spec.state = {{"upper angle", "rad", -inf, inf},
                {"lower angle", "rad", -inf, inf},
                {"upper velocity", "rad/s", -inf, inf},
                {"lower velocity", "rad/s", -inf, inf},
                {"steps in place", "", 0, horizon}};
  return spec;
}

Point from_upright(float angle) {
  return {length * std::sin(angle), length * std::cos(angle)};
}

/// Of the tip from the place straight above the pivot, m; upper and lower angle.
float away(float upper, float lower) {
  const Point elbow = from_upright(upper), link = from_upright(lower);
  return std::hypot(elbow.x + link.x, elbow.y + link.y - 2 * length);
}

}  // namespace

AcrobotSwingUp::AcrobotSwingUp(const SwingUpOptions& options)
    : Environment(make_spec(options)), options_(optim::checked(spec().id, options)) {
  if (options.links != links) throw std::invalid_argument("swing_up: with one link it is a SwingUp.");
}

AcrobotSwingUp::~AcrobotSwingUp() = default;

void AcrobotSwingUp::start(Random& random) {
  const float spread = easiest_spread + (pi - easiest_spread) * static_cast<float>(difficulty());
  float shoulder = 0, elbow = 0;
  do {
    shoulder = random.uniform(-spread, spread);
    elbow = random.uniform(-spread, spread);
  } while (away(shoulder, shoulder + elbow) <= zone());
  build({shoulder, shoulder + elbow}, {});
  steps_in_place_ = 0;
}

void AcrobotSwingUp::start_in(std::span<const float> state) {
  build({state[0], state[1]}, {state[2], state[3]});
  steps_in_place_ = static_cast<int>(state[4]);
}

void AcrobotSwingUp::write_state(std::span<float> state) const {
  const std::array<float, links> at = angles();
  const float values[] = {at[0], at[1], -bodies_[0]->GetAngularVelocity(), -bodies_[1]->GetAngularVelocity(),
                          static_cast<float>(steps_in_place_)};
  std::ranges::copy(values, state.begin());
}

void AcrobotSwingUp::check_state(std::span<const float> state) const {
  if (state[4] != std::floor(state[4]))
    throw std::invalid_argument("swing_up: 'steps in place' of a state is a whole number.");
}

/// Both links from the pivot at the origin. Box2D counts angles counter-clockwise.
void AcrobotSwingUp::build(std::array<float, links> angles, std::array<float, links> velocities) {
  torque_ = 0;
  world_ = make_world({0, -gravity});
  b2BodyDef still;
  b2Body* above = world_->CreateBody(&still);
  b2Vec2 joint{0, 0}, velocity{0, 0};  // of the link's upper end
  for (std::size_t i = 0; i < links; ++i) {
    const Point along = from_upright(angles[i]);
    const b2Vec2 to_end{along.x, along.y}, end_speed{velocities[i] * along.y, -velocities[i] * along.x};
    b2BodyDef body;
    body.type = b2_dynamicBody;
    body.allowSleep = false;
    body.angle = -angles[i];
    body.position = joint + 0.5F * to_end;
    body.linearVelocity = velocity + 0.5F * end_speed;
    body.angularVelocity = -velocities[i];
    bodies_[i] = world_->CreateBody(&body);
    const b2MassData rod{mass, {0, 0}, inertias[i]};
    bodies_[i]->SetMassData(&rod);
    b2RevoluteJointDef hinge;
    hinge.Initialize(above, bodies_[i], joint);
    world_->CreateJoint(&hinge);
    above = bodies_[i];
    joint += to_end;
    velocity += end_speed;
  }
}

std::array<float, AcrobotSwingUp::links> AcrobotSwingUp::angles() const {
  return {-bodies_[0]->GetAngle(), -bodies_[1]->GetAngle()};
}

float AcrobotSwingUp::zone() const {
  return easiest_tolerance + (tolerance - easiest_tolerance) * static_cast<float>(difficulty());
}

bool AcrobotSwingUp::in_place() const {
  const std::array<float, links> at = angles();
  return away(at[0], at[1]) <= zone();
}

Step AcrobotSwingUp::advance(std::span<const float> action) {
  torque_ = options_.continuous ? action[0] : action[0] - 1;
  b2Body *const upper = bodies_[0], *const lower = bodies_[1];
  for (int i = 0; i < substeps; ++i) {
    const float shoulder = upper->GetAngularVelocity(), elbow = lower->GetAngularVelocity() - shoulder;
    const float at_elbow = -strongest * torque_ - damping * elbow;  // counter-clockwise, on the lower link
    lower->ApplyTorque(at_elbow, true);
    upper->ApplyTorque(-damping * shoulder - at_elbow, true);
    world_->Step(dt / substeps, velocity_iterations, position_iterations);
  }
  const bool there = in_place();
  steps_in_place_ = there ? std::min(steps_in_place_ + 1, horizon) : 0;
  Step step;
  step.reward = there ? 1.0F : 0.0F;
  if (options_.reward == Reward::dense) {
    const std::array<float, links> at = angles();
    step.reward = 0.5F + 0.25F * (std::cos(at[0]) + std::cos(at[1]));  // height of the tip, from 0 to 1
  }
  step.success = steps_in_place_ >= two_seconds;
  return step;
}

void AcrobotSwingUp::observe(std::span<float> observation) const {
  const std::array<float, links> at = angles();
  const float shoulder = -bodies_[0]->GetAngularVelocity();
  const float values[] = {std::sin(at[0]), std::sin(at[1]), std::cos(at[0]),
                          std::cos(at[1]), shoulder,        -bodies_[1]->GetAngularVelocity() - shoulder};
  std::ranges::copy(values, observation.begin());
}

void AcrobotSwingUp::draw(Canvas& canvas) const {
  backdrop(canvas, {-2.6F, -2.3F}, {2.6F, 2.7F});
  line(canvas, {-2.4F, -2}, {2.4F, -2}, 0.05F, palette::ground);
  canvas.fill(std::array<Point, 3>{{{-0.35F, -2}, {0.35F, -2}, {0, 0}}}, palette::ground);
  if (!world_) return;

  const Color green = palette::green;
  const Point target{0, 2 * length};
  canvas.disc(
      target, zone(),
      {green.r, green.g, green.b, in_place() ? static_cast<unsigned char>(200) : static_cast<unsigned char>(70)});
  canvas.ring(target, zone(), 0.04F, green);
  constexpr float letters = 0.17F;  // m
  canvas.text({target.x + zone() + 0.1F, target.y - letters / 2}, letters, "for the tip", green);
  const std::array<float, links> at = angles();
  const Point elbow = from_upright(at[0]), link = from_upright(at[1]), tip{elbow.x + link.x, elbow.y + link.y};
  line(canvas, {0, 0}, elbow, 0.12F, palette::blue);
  line(canvas, elbow, tip, 0.12F, palette::orange);
  canvas.disc({0, 0}, 0.09F, palette::ink);
  canvas.disc(elbow, 0.09F, palette::ink);
  canvas.earned_at(tip);
  canvas.disc(tip, 0.07F, steps_in_place_ >= two_seconds ? palette::green : palette::yellow);
  if (std::abs(torque_) > 0.05F) {  // the torque on the lower link, an arc with a head; clockwise is positive
    std::array<Point, 9> arc;
    for (std::size_t i = 0; i < arc.size(); ++i) {
      const float angle = at[1] + 1.6F * torque_ * (static_cast<float>(i) / 8 - 0.5F);
      arc[i] = {elbow.x + 0.3F * std::sin(angle), elbow.y + 0.3F * std::cos(angle)};
    }
    canvas.stroke(arc, 0.05F, palette::vermilion);
    canvas.disc(arc.back(), 0.06F, palette::vermilion);
    canvas.text({elbow.x + 0.4F, elbow.y}, letters, "torque", palette::vermilion);
  }
}

}  // namespace cairn::envs
