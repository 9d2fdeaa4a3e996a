#include "envs/classic/pendulum.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "envs/shapes.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

constexpr float pi = std::numbers::pi_v<float>;
constexpr float dt = 0.05F;                    // s
constexpr float mass = 1.0F, length = 1.0F;    // kg, m
constexpr float fastest = 8.0F;                // rad/s
constexpr float strongest = 2.0F;              // N m
constexpr float start_speed = 1.0F;            // rad/s, largest
constexpr float upright = 0.2F, still = 0.5F;  // rad, rad/s: what counts as balanced at the end

Spec make_spec() {
  Spec spec;
  spec.id = "pendulum";
  spec.summary = "Swing a rod up with a weak torque and hold it (Gymnasium's Pendulum-v1).";
  spec.achieved = "Held the rod upright to the end.";
  spec.observation = {
      {"cos angle", "", -1, 1}, {"sin angle", "", -1, 1}, {"angular velocity", "rad/s", -fastest, fastest}};
  spec.action = {{"torque", "N m", -strongest, strongest}};
  spec.horizon = 200;
  spec.steps_a_second = 20;
  spec.state = {{"angle", "rad", -2 * pi, 2 * pi}, {"angular velocity", "rad/s", -fastest, fastest}};
  return spec;
}

/// To [-pi, pi).
float wrap(float angle) {
  return angle - 2 * pi * std::floor((angle + pi) / (2 * pi));
}

}  // namespace

Pendulum::Pendulum(const PendulumOptions& options)
    : Environment(make_spec()), gravity_(static_cast<float>(optim::checked(spec().id, options).gravity)) {}

void Pendulum::start(Random& random) {
  theta_ = random.uniform(-pi, pi);
  omega_ = random.uniform(-start_speed, start_speed);
  torque_ = 0;
}

void Pendulum::start_in(std::span<const float> state) {
  theta_ = state[0];
  omega_ = state[1];
  torque_ = 0;
}

void Pendulum::write_state(std::span<float> state) const {
  state[0] = theta_;
  state[1] = omega_;
}

Step Pendulum::advance(std::span<const float> action) {
  torque_ = action[0];
  const float angle = wrap(theta_);
  Step step;
  step.reward = -(angle * angle + 0.1F * omega_ * omega_ + 0.001F * torque_ * torque_);  // of the state acted in

  // A rod about its end: I = m l²/3. Semi-implicit Euler.
  const float alpha = 3 * gravity_ / (2 * length) * std::sin(theta_) + 3 / (mass * length * length) * torque_;
  omega_ = std::clamp(omega_ + alpha * dt, -fastest, fastest);
  theta_ = wrap(theta_ + omega_ * dt);  // wrapped here already: single precision must not wear off with many turns
  step.success = elapsed() + 1 >= spec().horizon && std::abs(theta_) < upright && std::abs(omega_) < still;
  return step;
}

void Pendulum::observe(std::span<float> observation) const {
  observation[0] = std::cos(theta_);
  observation[1] = std::sin(theta_);
  observation[2] = omega_;
}

// Åström and Furuta 2000: pump energy until the rod would just come to rest upright, then hold it there.
bool Pendulum::pilot(std::span<const float> o, std::span<float> action) const {
  const float angle = std::atan2(o[1], o[0]), omega = o[2];
  const float missing = gravity_ * length / 2 * (1 - o[0]) - length * length / 6 * omega * omega;  // J/kg
  const float pump = 2 * missing * (omega < 0 ? -1.0F : 1.0F);
  const float hold = -10 * angle - 2.5F * omega;
  action[0] = std::clamp(std::abs(angle) < 0.35F ? hold : pump, -strongest, strongest);
  return true;
}

void Pendulum::draw(Canvas& canvas) const {
  backdrop(canvas, {-1.4F, -1.4F}, {1.4F, 1.4F});
  canvas.ring({0, length}, 0.12F, 0.02F, palette::yellow);  // where the tip should be
  const Point tip{-length * std::sin(theta_), length * std::cos(theta_)};
  line(canvas, {0, 0}, tip, 0.16F, palette::orange);
  canvas.disc({0, 0}, 0.08F, palette::ink);
  canvas.earned_at(tip);

  // The torque as an arc around the pivot, as long as it is strong; counter-clockwise is positive.
  constexpr std::size_t pieces = 16;
  std::array<Point, pieces + 1> arc;
  for (std::size_t i = 0; i <= pieces; ++i) {
    const float angle = pi / 2 + torque_ / strongest * 0.9F * pi * static_cast<float>(i) / pieces;
    arc[i] = {0.3F * std::cos(angle), 0.3F * std::sin(angle)};
  }
  canvas.stroke(arc, 0.04F, palette::green);
  constexpr float letters = 0.09F;                                                      // m
  canvas.text({tip.x < 0 ? 0.36F : -0.84F, 0.18F}, letters, "torque", palette::green);  // where the rod is not
  canvas.text({0.18F, length - letters / 2}, letters, "upright", palette::yellow);
}

}  // namespace cairn::envs
