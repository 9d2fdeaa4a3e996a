#include "envs/classic/cart_pole.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "envs/shapes.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

constexpr float gravity = 9.8F;                                      // m/s²
constexpr float cart_mass = 1.0F, pole_mass = 0.1F;                  // kg
constexpr float half_length = 0.5F;                                  // m, pivot to the pole's centre
constexpr float push = 10.0F;                                        // N
constexpr float dt = 0.02F;                                          // s
constexpr float x_limit = 2.4F;                                      // m
constexpr float theta_limit = 12 * std::numbers::pi_v<float> / 180;  // rad
constexpr float spread = 0.05F;                                      // of every component at the start

Spec make_spec(const CartPoleOptions& options) {
  Spec spec;
  spec.id = "cartpole";
  spec.summary = "Keep a pole upright on a cart (Gymnasium's CartPole-v1).";
  spec.achieved = "Kept the pole upright to the end.";
  const float infinity = std::numeric_limits<float>::infinity();
  spec.observation = {{"x", "m", -2 * x_limit, 2 * x_limit},
                      {"vx", "m/s", -infinity, infinity},
                      {"angle", "rad", -2 * theta_limit, 2 * theta_limit},
                      {"angular velocity", "rad/s", -infinity, infinity}};
  spec.action_names = {"left", "right"};
  spec.horizon = 500;
  if (!options.sutton_barto_reward) spec.return_threshold = 475;
  spec.state = {{"x", "m", -x_limit, x_limit},
                {"vx", "m/s", -infinity, infinity},
                {"angle", "rad", -theta_limit, theta_limit},
                {"angular velocity", "rad/s", -infinity, infinity}};
  return spec;
}

}  // namespace

CartPole::CartPole(const CartPoleOptions& options)
    : Environment(make_spec(options)), options_(optim::checked(spec().id, options)) {}

void CartPole::start(Random& random) {
  for (float* component : {&x_, &vx_, &theta_, &omega_}) *component = random.uniform(-spread, spread);
}

void CartPole::start_in(std::span<const float> state) {
  x_ = state[0];
  vx_ = state[1];
  theta_ = state[2];
  omega_ = state[3];
}

bool CartPole::fallen() const {
  return std::abs(x_) > x_limit || std::abs(theta_) > theta_limit;
}

Step CartPole::advance(std::span<const float> action) {
  const float force = action[0] > 0 ? push : -push;
  const float sine = std::sin(theta_), cosine = std::cos(theta_);
  constexpr float total_mass = cart_mass + pole_mass, pole_moment = pole_mass * half_length;

  // Florian 2007, "Correct equations for the dynamics of the cart-pole system", without friction.
  const float drive = (force + pole_moment * omega_ * omega_ * sine) / total_mass;
  const float alpha =
      (gravity * sine - cosine * drive) / (half_length * (4.0F / 3.0F - pole_mass * cosine * cosine / total_mass));
  const float acceleration = drive - pole_moment * alpha * cosine / total_mass;

  // Explicit Euler: positions move with the old velocities.
  x_ += dt * vx_;
  vx_ += dt * acceleration;
  theta_ += dt * omega_;
  omega_ += dt * alpha;

  Step step;
  step.terminated = fallen();
  step.reward = options_.sutton_barto_reward ? (step.terminated ? -1.0F : 0.0F) : 1.0F;
  step.success = !step.terminated && elapsed() + 1 >= spec().horizon;  // still up when time is over
  return step;
}

void CartPole::observe(std::span<float> observation) const {
  observation[0] = x_;
  observation[1] = vx_;
  observation[2] = theta_;
  observation[3] = omega_;
}

bool CartPole::pilot(std::span<const float> o, std::span<float> action) const {
  // A linear regulator; the gains are those of a mildly weighted quadratic cost, rounded.
  action[0] = 0.5F * o[0] + 1.0F * o[1] + 20 * o[2] + 3 * o[3] > 0 ? 1.0F : 0.0F;
  return true;
}

void CartPole::draw(Canvas& canvas) const {
  constexpr float cart_half_width = 0.25F, cart_half_height = 0.15F;
  backdrop(canvas, {-2.8F, -0.6F}, {2.8F, 1.6F});
  line(canvas, {-2.8F, -cart_half_height}, {2.8F, -cart_half_height}, 0.02F, palette::faint);
  for (const float end : {-x_limit, x_limit}) line(canvas, {end, -0.35F}, {end, 0.05F}, 0.04F, palette::vermilion);
  canvas.fill(rectangle({x_, 0}, cart_half_width, cart_half_height), palette::blue);
  const Point tip{x_ + 2 * half_length * std::sin(theta_), 2 * half_length * std::cos(theta_)};
  line(canvas, {x_, 0}, tip, 0.08F, fallen() ? palette::vermilion : palette::orange);
  canvas.disc({x_, 0}, 0.06F, palette::ink);
  canvas.earned_at(tip);
}

}  // namespace cairn::envs
