#include "render/worlds/shown_worlds.h"

#include <algorithm>
#include <utility>

namespace cairn::render {

namespace {

constexpr int rest_steps = 40;  // for which the end of an episode is shown

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
  world.before.clear();
}

std::span<const float> ShownWorlds::observation(int i) const {
  return {observations_.col(i).data(), static_cast<std::size_t>(observations_.rows())};
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
  if (spec().masks) world.environment->mask(column(masks_, i));
  world.episode_return += static_cast<double>(world.last.reward);
  world.success |= world.last.success;
  if (rewards_.seen(world.last.reward)) {
    world.since_reward = 0;
    world.rare_reward = world.last.reward;
  }
  if (world.last.terminated || world.last.truncated) {
    world.ended = true;
    world.rest = rest_steps;
  }
}

}  // namespace cairn::render
