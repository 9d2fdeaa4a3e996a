#include "envs/classic/acrobot.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "envs/shapes.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

constexpr float pi = std::numbers::pi_v<float>;
constexpr float dt = 0.2F;                             // s
constexpr float gravity = 9.8F;                        // m/s²
constexpr float length = 1.0F;                         // m, of the first link
constexpr float mass = 1.0F, inertia = 1.0F;           // kg, kg m²; each link
constexpr float centre = 0.5F;                         // m, joint to centre of mass; each link
constexpr float fastest1 = 4 * pi, fastest2 = 9 * pi;  // rad/s
constexpr float spread = 0.1F;                         // of every component at the start

Spec make_spec() {
  Spec spec;
  spec.id = "acrobot";
  spec.summary = "Swing the free end of a two-link pendulum up by a torque at its elbow (Gymnasium's Acrobot-v1).";
  spec.achieved = "Swung the free end above the line.";
  spec.observation = {{"cos theta1", "", -1, 1},
                      {"sin theta1", "", -1, 1},
                      {"cos theta2", "", -1, 1},
                      {"sin theta2", "", -1, 1},
                      {"omega1", "rad/s", -fastest1, fastest1},
                      {"omega2", "rad/s", -fastest2, fastest2}};
  spec.action_names = {"torque -1", "no torque", "torque +1"};
  spec.horizon = 500;
  spec.steps_a_second = 15;  // three times as fast as it is, as Gymnasium shows it
  spec.return_threshold = -100;
  spec.state = {{"theta1", "rad", -pi, pi},
                {"theta2", "rad", -pi, pi},
                {"omega1", "rad/s", -fastest1, fastest1},
                {"omega2", "rad/s", -fastest2, fastest2}};
  return spec;
}

float wrap(float angle) {
  while (angle > pi) angle -= 2 * pi;
  while (angle < -pi) angle += 2 * pi;
  return angle;
}

}  // namespace

Acrobot::Acrobot(const AcrobotOptions& options)
    : Environment(make_spec()), options_(optim::checked(spec().id, options)) {}

void Acrobot::start(Random& random) {
  for (float& component : state_) component = random.uniform(-spread, spread);
}

void Acrobot::start_in(std::span<const float> state) {
  std::ranges::copy(state, state_.begin());
}

void Acrobot::write_state(std::span<float> state) const {
  std::ranges::copy(state_, state.begin());
}

void Acrobot::check_state(std::span<const float> state) const {
  if (high_enough(state[0], state[1]))
    throw std::invalid_argument("acrobot: a state in which the free end is high enough starts no episode.");
}

bool Acrobot::high_enough(float theta1, float theta2) {
  return -std::cos(theta1) - std::cos(theta1 + theta2) > 1;  // m above the pivot
}

Acrobot::State Acrobot::derivative(const State& state, float torque) {
  const auto [theta1, theta2, omega1, omega2] = state;
  const float cosine = std::cos(theta2), sine = std::sin(theta2);
  // Manipulator form: d1 theta1'' + d2 theta2'' + phi1 = 0 and d2 theta1'' + d3 theta2'' + … + phi2 = torque.
  const float d1 =
      mass * centre * centre + mass * (length * length + centre * centre + 2 * length * centre * cosine) + 2 * inertia;
  const float d2 = mass * (centre * centre + length * centre * cosine) + inertia;
  const float d3 = mass * centre * centre + inertia;
  const float phi2 = mass * centre * gravity * std::sin(theta1 + theta2);
  const float phi1 = -mass * length * centre * sine * omega2 * (omega2 + 2 * omega1) +
                     (mass * centre + mass * length) * gravity * std::sin(theta1) + phi2;
  const float alpha2 =
      (torque + d2 / d1 * phi1 - mass * length * centre * omega1 * omega1 * sine - phi2) / (d3 - d2 * d2 / d1);
  const float alpha1 = -(d2 * alpha2 + phi1) / d1;
  return {omega1, omega2, alpha1, alpha2};
}

Step Acrobot::advance(std::span<const float> action) {
  float torque = action[0] - 1;
  if (options_.torque_noise > 0) {
    const auto noise = static_cast<float>(options_.torque_noise);
    torque += random().uniform(-noise, noise);
  }
  // One Runge-Kutta step of fourth order over dt.
  const auto moved = [this](const State& slope, float h) {
    State state = state_;
    for (std::size_t i = 0; i < state.size(); ++i) state[i] += h * slope[i];
    return state;
  };
  const State k1 = derivative(state_, torque);
  const State k2 = derivative(moved(k1, dt / 2), torque);
  const State k3 = derivative(moved(k2, dt / 2), torque);
  const State k4 = derivative(moved(k3, dt), torque);
  for (std::size_t i = 0; i < state_.size(); ++i) state_[i] += dt / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);

  state_[0] = wrap(state_[0]);
  state_[1] = wrap(state_[1]);
  state_[2] = std::clamp(state_[2], -fastest1, fastest1);
  state_[3] = std::clamp(state_[3], -fastest2, fastest2);

  Step step;
  step.terminated = step.success = high_enough(state_[0], state_[1]);
  step.reward = step.terminated ? 0.0F : -1.0F;
  return step;
}

void Acrobot::observe(std::span<float> observation) const {
  observation[0] = std::cos(state_[0]);
  observation[1] = std::sin(state_[0]);
  observation[2] = std::cos(state_[1]);
  observation[3] = std::sin(state_[1]);
  observation[4] = state_[2];
  observation[5] = state_[3];
}

// Torque along the elbow's own turning does positive work at every step: dE/dt = torque * omega2.
bool Acrobot::pilot(std::span<const float> o, std::span<float> action) const {
  action[0] = o[5] > 0 ? 2.0F : 0.0F;
  return true;
}

void Acrobot::draw(Canvas& canvas) const {
  backdrop(canvas, {-2.3F, -2.3F}, {2.3F, 2.3F});
  line(canvas, {-2.2F, 1}, {2.2F, 1}, 0.03F, palette::yellow);  // to be passed by the free end
  canvas.text({-2.2F, 1.1F}, 0.16F, "height to be passed", palette::yellow);
  const float second = state_[0] + state_[1];
  const Point elbow{length * std::sin(state_[0]), -length * std::cos(state_[0])};
  const Point tip{elbow.x + std::sin(second), elbow.y - std::cos(second)};
  line(canvas, {0, 0}, elbow, 0.14F, palette::blue);
  line(canvas, elbow, tip, 0.14F, palette::orange);
  canvas.disc({0, 0}, 0.09F, palette::ink);
  canvas.disc(elbow, 0.09F, palette::ink);
  canvas.disc(tip, 0.07F, palette::vermilion);
  canvas.earned_at(tip);
}

}  // namespace cairn::envs
