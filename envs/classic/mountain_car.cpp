#include "envs/classic/mountain_car.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "envs/shapes.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

constexpr float low = -1.2F, high = 0.6F;  // positions
constexpr float fastest = 0.07F;           // positions a step
constexpr float gravity = 0.0025F;         // change of velocity a step, at the steepest
constexpr float discrete_push = 0.001F, continuous_push = 0.0015F;
constexpr float discrete_goal = 0.5F, continuous_goal = 0.45F;
constexpr float start_low = -0.6F, start_high = -0.4F;

float height(float position) {
  return 0.55F + 0.45F * std::sin(3 * position);
}

Spec make_spec() {
  Spec spec;
  spec.observation = {{"position", "", low, high}, {"velocity", "1/step", -fastest, fastest}};
  spec.steps_a_second = 30;
  spec.state = spec.observation;
  return spec;
}

Spec discrete_spec() {
  Spec spec = make_spec();
  spec.id = "mountain_car";
  spec.summary = "Swing a weak car out of a valley (Gymnasium's MountainCar-v0).";
  spec.achieved = "Reached the flag on the hill.";
  spec.action_names = {"push left", "coast", "push right"};
  spec.horizon = 200;
  spec.return_threshold = -110;
  return spec;
}

Spec continuous_spec() {
  Spec spec = make_spec();
  spec.id = "mountain_car_continuous";
  spec.summary = "Swing a weak car out of a valley with little effort (Gymnasium's MountainCarContinuous-v0).";
  spec.achieved = "Reached the flag on the hill.";
  spec.action = {{"push", "", -1, 1}};
  spec.horizon = 999;
  spec.return_threshold = 90;
  return spec;
}

}  // namespace

MountainCarValley::MountainCarValley(Spec spec, float goal_position, double goal_velocity)
    : Environment(std::move(spec)), goal_position_(goal_position), goal_velocity_(static_cast<float>(goal_velocity)) {}

void MountainCarValley::start(Random& random) {
  position_ = random.uniform(start_low, start_high);
  velocity_ = 0;
}

void MountainCarValley::start_in(std::span<const float> state) {
  position_ = state[0];
  velocity_ = state[1];
}

void MountainCarValley::check_state(std::span<const float> state) const {
  if (at_flag(state[0], state[1])) throw std::invalid_argument(spec().id + ": a state at the flag starts no episode.");
}

bool MountainCarValley::roll(float push) {
  velocity_ = std::clamp(velocity_ + push - gravity * std::cos(3 * position_), -fastest, fastest);
  position_ = std::clamp(position_ + velocity_, low, high);
  if (position_ == low && velocity_ < 0) velocity_ = 0;  // the left wall takes all speed
  return at_flag(position_, velocity_);
}

void MountainCarValley::observe(std::span<float> observation) const {
  observation[0] = position_;
  observation[1] = velocity_;
}

void MountainCarValley::draw(Canvas& canvas) const {
  constexpr Point view_low{-1.3F, -0.1F}, view_high{0.7F, 1.4F};
  backdrop(canvas, view_low, view_high);

  constexpr std::size_t pieces = 60;
  std::array<Point, pieces + 3> hill;
  for (std::size_t i = 0; i <= pieces; ++i) {
    const float position = std::lerp(view_low.x, view_high.x, static_cast<float>(i) / pieces);
    hill[i] = {position, height(position)};
  }
  hill[pieces + 1] = {view_high.x, view_low.y};
  hill[pieces + 2] = view_low;
  canvas.fill(hill, palette::ground);
  canvas.stroke({hill.data(), pieces + 1}, 0.01F, palette::ink);
  line(canvas, {low - 0.07F, height(low - 0.07F)}, {low - 0.07F, height(low - 0.07F) + 0.2F}, 0.02F,
       palette::faint);  // the wall

  const Point foot{goal_position_, height(goal_position_)};
  line(canvas, foot, {foot.x, foot.y + 0.25F}, 0.01F, palette::ink);
  canvas.earned_at({foot.x, foot.y + 0.21F});
  canvas.fill(
      std::array<Point, 3>{{{foot.x, foot.y + 0.25F}, {foot.x, foot.y + 0.17F}, {foot.x + 0.1F, foot.y + 0.21F}}},
      palette::yellow);

  const float slope = std::atan(3 * 0.45F * std::cos(3 * position_));
  const Point up{-std::sin(slope), std::cos(slope)}, along{up.y, -up.x};
  const auto at = [&](float forward, float upward) {
    return Point{position_ + forward * along.x + upward * up.x, height(position_) + forward * along.y + upward * up.y};
  };
  canvas.fill(rectangle(at(0, 0.055F), 0.06F, 0.025F, slope), palette::blue);
  for (const float side : {-0.035F, 0.035F}) canvas.disc(at(side, 0.02F), 0.02F, palette::ink);
}

MountainCar::MountainCar(const MountainCarOptions& options)
    : MountainCarValley(discrete_spec(), discrete_goal, optim::checked("mountain_car", options).goal_velocity) {}

Step MountainCar::advance(std::span<const float> action) {
  Step step{.reward = -1};
  step.terminated = step.success = roll((action[0] - 1) * discrete_push);
  return step;
}

// Pushing where the car already goes adds energy at every step.
bool MountainCar::pilot(std::span<const float> o, std::span<float> action) const {
  action[0] = o[1] < 0 ? 0.0F : 2.0F;
  return true;
}

MountainCarContinuous::MountainCarContinuous(const MountainCarOptions& options)
    : MountainCarValley(continuous_spec(), continuous_goal,
                        optim::checked("mountain_car_continuous", options).goal_velocity) {}

Step MountainCarContinuous::advance(std::span<const float> action) {
  Step step;
  step.terminated = step.success = roll(action[0] * continuous_push);
  step.reward = (step.success ? 100.0F : 0.0F) - 0.1F * action[0] * action[0];
  return step;
}

bool MountainCarContinuous::pilot(std::span<const float> o, std::span<float> action) const {
  action[0] = o[1] < 0 ? -1.0F : 1.0F;
  return true;
}

}  // namespace cairn::envs
