#include "render/worlds/flight.h"

#include <algorithm>
#include <cmath>

#include "render/drawing/picture_canvas.h"

namespace cairn::render {

namespace {

constexpr float apart = 0.085F;                     // of the view's diagonal: no two exposures are nearer to each other
constexpr float faintest = 0.3F, clearest = 0.75F;  // opacity of the first and the last exposure but the end's

std::span<float> only(Eigen::MatrixXf& column) {
  return {column.data(), static_cast<std::size_t>(column.rows())};
}

/// `act` fills the third matrix, the action, from the first two, observation and mask.
template <class Act>
Flight flown(const envs::EnvironmentFactory& factory, const envs::Random& start, Act&& act) {
  const std::unique_ptr<envs::Environment> world = factory();
  const envs::Spec& spec = world->spec();
  Eigen::MatrixXf observations = Eigen::MatrixXf::Zero(spec.observation_size(), 1);
  Eigen::MatrixXf masks = Eigen::MatrixXf::Ones(spec.actions(), 1);
  Eigen::MatrixXf actions = Eigen::MatrixXf::Zero(spec.action_size(), 1);

  Flight flight;
  const auto look = [&] { world->draw(flight.frames.emplace_back()); };
  world->reset(start, only(observations));
  look();
  for (envs::Step step; !step.terminated && !step.truncated;) {
    if (spec.masks) world->mask(only(masks));
    act(*world, observations, masks, actions);
    step = world->step(only(actions), only(observations));
    look();
    flight.rewards.push_back(step.reward);
    flight.episode_return += static_cast<double>(step.reward);
    flight.success |= step.success;
    if (step.success && !flight.done) flight.done = flight.rewards.size();
    flight.terminated = step.terminated;
  }
  return flight;
}

}  // namespace

Flight fly(const agents::Policy& policy, const envs::EnvironmentFactory& factory, std::uint64_t seed,
           std::uint32_t number) {
  return fly(policy, factory, envs::Random(seed, envs::Stream::evaluation, 0, number));
}

Flight fly(const agents::Policy& policy, const envs::EnvironmentFactory& factory, const envs::Random& start) {
  agents::Policy::Scratch scratch = policy.scratch(1);
  return flown(factory, start,
               [&](const envs::Environment&, const Eigen::MatrixXf& observations, const Eigen::MatrixXf& masks,
                   Eigen::MatrixXf& actions) { policy.act(observations, masks, {}, actions, scratch); });
}

Flight fly(agents::Pilot pilot, const envs::EnvironmentFactory& factory, std::uint64_t seed, std::uint32_t number) {
  envs::Random random(seed, envs::Stream::evaluation_policy, 0, number);
  return flown(factory, envs::Random(seed, envs::Stream::evaluation, 0, number),
               [&](const envs::Environment& world, Eigen::MatrixXf& observations, Eigen::MatrixXf& masks,
                   Eigen::MatrixXf& actions) {
                 agents::act(pilot, world, only(observations), only(masks), random, only(actions));
               });
}

std::optional<FlightEvent> latest_event(const Flight& flight, std::size_t step) {
  const bool rare = is_rare(std::ranges::count_if(flight.rewards, [](float reward) { return reward != 0; }),
                            static_cast<std::int64_t>(flight.rewards.size()));
  for (; step > 0; --step) {
    const float reward = flight.rewards[step - 1];
    const bool done = flight.done == step;
    if (!done && !(rare && reward != 0)) continue;
    return FlightEvent{step, {flight.frames[step].place_of_reward(flight.frames.front()), reward, done}};
  }
  return std::nullopt;
}

void draw_flight(Picture& picture, Box box, const Flight& flight, float corner_radius) {
  const Sketch &begin = flight.frames.front(), &end = flight.frames.back();
  const std::size_t last = flight.frames.size() - 1;
  std::vector<Point> way;
  way.reserve(last + 1);
  for (const Sketch& frame : flight.frames) way.push_back(frame.middle_of_different(&frame == &begin ? end : begin));
  const float diagonal = std::hypot(end.high().x - end.low().x, end.high().y - end.low().y);
  std::vector<std::size_t> exposures{0};
  for (std::size_t i = 1; i < last; ++i) {
    const auto near = [&](std::size_t j) {
      return std::hypot(way[i].x - way[j].x, way[i].y - way[j].y) < apart * diagonal;
    };
    if (!near(last) && std::ranges::none_of(exposures, near)) exposures.push_back(i);
  }

  PictureCanvas canvas(picture, box, corner_radius);
  canvas.view(end.low(), end.high());
  end.draw_common(canvas, begin);
  for (const std::size_t i : exposures) {
    const float share = last > 0 ? static_cast<float>(i) / static_cast<float>(last) : 0;
    canvas.set_opacity(faintest + (clearest - faintest) * share);
    flight.frames[i].draw_different(canvas, i == 0 ? end : begin);
  }
  canvas.set_opacity(1);
  end.draw_different(canvas, begin);
}

}  // namespace cairn::render
