#include "render/worlds/shown_worlds.h"

#include <algorithm>

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
}

std::span<const float> ShownWorlds::observation(int i) const {
  return {observations_.col(i).data(), static_cast<std::size_t>(observations_.rows())};
}

void ShownWorlds::set_policy(agents::Policy policy) {
  const bool same_shape = policy_ && policy_->parameters.size() == policy.parameters.size();
  policy_ = std::move(policy);
  if (!same_shape) scratch_ = policy_->scratch(static_cast<int>(observations_.cols()));
}

void ShownWorlds::take_over(int i, std::vector<float> action) {
  taken_over_ = i;
  own_action_ = std::move(action);
}

void ShownWorlds::step() {
  if (!policy_) return;
  policy_->act(observations_, masks_, best_actions_ ? std::span<envs::Random>() : random_, actions_, *scratch_);
  if (taken_over_ >= 0) std::ranges::copy(own_action_, column(actions_, taken_over_).begin());
  taken_over_ = -1;
  for (int i = 0; i < size(); ++i) {
    World& world = worlds_[static_cast<std::size_t>(i)];
    ++world.since_reward;
    if (world.ended) {
      if (--world.rest <= 0) begin(i);
      continue;
    }
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
}

}  // namespace cairn::render
