#include "render/worlds/shown_worlds.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cairn::render {

namespace {

constexpr int rest_steps = 40;        // for which the end of an episode is shown
constexpr float rest_seconds = 1.5F;  // likewise at least after a success, so that it is seen to burst

std::span<float> column(Eigen::MatrixXf& matrix, int i) {
  return {matrix.col(i).data(), static_cast<std::size_t>(matrix.rows())};
}

}  // namespace

ShownWorlds::ShownWorlds(const envs::EnvironmentFactory& factory, int count, std::uint64_t seed)
    : seed_(seed), worlds_(static_cast<std::size_t>(count)) {
  for (World& world : worlds_) world.environment = factory();
  observations_.setZero(spec().observation_size(), count);
  masks_.setOnes(spec().actions(), count);
  actions_.setZero(spec().action_size(), count);
  largest_.assign(static_cast<std::size_t>(spec().observation_size()), 0);
  random_.resize(worlds_.size());
  scratch_.resize(worlds_.size());
  for (int i = 0; i < count; ++i) begin(i);
}

void ShownWorlds::begin(int i) {
  World& world = worlds_[static_cast<std::size_t>(i)];
  const auto index = static_cast<std::uint32_t>(i);
  world.environment->reset(envs::Random(seed_, envs::Stream::show, index, world.episode), column(observations_, i));
  random_[static_cast<std::size_t>(i)] = envs::Random(seed_, envs::Stream::show_policy, index, world.episode);
  if (spec().masks) world.environment->mask(column(masks_, i));
  ++world.episode;
  world.episode_return = 0;
  world.last = {};
  world.success = world.ended = false;
  world.since_reward = World{}.since_reward;
  world.before.clear();
  world.begin.clear();
  world.environment->draw(world.begin);
}

std::span<const float> ShownWorlds::observation(int i) const {
  return {observations_.col(i).data(), static_cast<std::size_t>(observations_.rows())};
}

std::span<const float> ShownWorlds::action(int i) const {
  return {actions_.col(i).data(), static_cast<std::size_t>(actions_.rows())};
}

void ShownWorlds::set_policy(agents::Policy policy) {
  const auto shared = std::make_shared<const agents::Policy>(std::move(policy));
  for (int i = 0; i < size(); ++i) set_policy(i, shared);
}

void ShownWorlds::set_policy(int i, std::shared_ptr<const agents::Policy> policy) {
  World& world = worlds_[static_cast<std::size_t>(i)];
  const bool same_shape = world.policy && world.policy->parameters.size() == policy->parameters.size();
  world.policy = std::move(policy);
  if (!same_shape) scratch_[static_cast<std::size_t>(i)] = world.policy->scratch(1);
}

void ShownWorlds::take_over(int i, std::vector<float> action) {
  taken_over_ = i;
  own_action_ = std::move(action);
}

void ShownWorlds::step() {
  due_ = 0;
  for (int i = 0; i < size(); ++i) {
    worlds_[static_cast<std::size_t>(i)].before.clear();
    move(i);
  }
}

void ShownWorlds::advance(double steps) {
  for (due_ += steps; due_ >= 1; --due_)
    for (int i = 0; i < size(); ++i) {
      World& world = worlds_[static_cast<std::size_t>(i)];
      world.before.clear();
      if (due_ < 2 && world.policy && !world.ended) world.environment->draw(world.before);
      move(i);
    }
}

void ShownWorlds::restart() {
  for (int i = 0; i < size(); ++i) begin(i);
}

void ShownWorlds::draw(int i, envs::Canvas& canvas) const {
  const World& one = world(i);
  if (one.before.empty()) return one.environment->draw(canvas);
  sketch_.clear();
  one.environment->draw(sketch_);
  sketch_.draw_between(canvas, one.before, static_cast<float>(due_));
}

Box ShownWorlds::draw(int i, Picture& picture, Box box, float corner_radius, const Magnifier& part) const {
  PictureCanvas canvas(picture, box, corner_radius);
  canvas.magnify(part);
  draw(i, canvas);
  const World& one = world(i);
  draw_burst(picture, canvas.shown(), canvas.place(one.earned.at), one.earned, seconds_since_reward(i) / burst_seconds);
  return canvas.shown();
}

float ShownWorlds::seconds_since_reward(int i) const {
  const float steps = static_cast<float>(world(i).since_reward - 1) + static_cast<float>(due_);  // as draw shows it
  return std::max(0.0F, steps) / static_cast<float>(spec().steps_a_second);
}

/// Remembers what the latest step earned, where it is an event. What still bursts is not begun anew by another reward.
void ShownWorlds::look_at_reward(World& world, bool done_before) {
  const bool rare = rewards_.seen(world.last.reward), done = world.last.success && !done_before;
  const auto bursts = static_cast<int>(burst_seconds * static_cast<float>(spec().steps_a_second));
  if (!done && (!rare || world.since_reward < bursts)) return;
  sketch_.clear();
  world.environment->draw(sketch_);
  world.earned = {sketch_.place_of_reward(world.begin), world.last.reward, done};
  world.since_reward = 0;
}

/// One step of world `i`, or of the rest after its episode.
void ShownWorlds::move(int i) {
  World& world = worlds_[static_cast<std::size_t>(i)];
  if (!world.policy) return;
  ++world.since_reward;
  if (world.ended) {
    if (--world.rest <= 0) begin(i);
    return;
  }
  const auto k = static_cast<std::size_t>(i);
  const std::span<envs::Random> random = best_actions_ ? std::span<envs::Random>() : std::span(random_).subspan(k, 1);
  if (taken_over_ == i)
    std::ranges::copy(own_action_, column(actions_, i).begin());
  else
    world.policy->act(observations_.col(i), masks_.col(i), random, actions_.col(i), *scratch_[k]);
  world.last = world.environment->step(column(actions_, i), column(observations_, i));
  for (std::size_t c = 0; c < largest_.size(); ++c) largest_[c] = std::max(largest_[c], std::abs(observation(i)[c]));
  if (spec().masks) world.environment->mask(column(masks_, i));
  world.episode_return += static_cast<double>(world.last.reward);
  look_at_reward(world, std::exchange(world.success, world.success || world.last.success));
  if (world.last.terminated || world.last.truncated) {
    world.ended = true;
    const auto celebrated = static_cast<int>(rest_seconds * static_cast<float>(spec().steps_a_second));
    world.rest = world.success ? std::max(rest_steps, celebrated) : rest_steps;
  }
}

}  // namespace cairn::render
