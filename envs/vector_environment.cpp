#include "envs/vector_environment.h"

#include <stdexcept>
#include <utility>

namespace cairn::envs {

namespace {
std::span<float> column(Eigen::MatrixXf& matrix, int i) {
  return {matrix.col(i).data(), static_cast<std::size_t>(matrix.rows())};
}
}  // namespace

VectorEnvironment::VectorEnvironment(const EnvironmentFactory& factory, int count, std::uint64_t seed, Stream stream,
                                     StartSource starts)
    : seed_(seed), stream_(stream), starts_(std::move(starts)) {
  if (count < 1)
    throw std::invalid_argument("There must be at least one environment, not " + std::to_string(count) + ".");
  environments_.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) environments_.push_back(factory());
  observations_.setZero(spec().observation_size(), count);
  final_observations_.setZero(spec().observation_size(), count);
  masks_.setOnes(spec().actions(), count);
  final_masks_ = masks_;
  steps_.resize(static_cast<std::size_t>(count));
  running_.resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    begin_episode(i);
    if (spec().masks) environment(i).mask(column(masks_, i));
    running_[static_cast<std::size_t>(i)].finished.reserve(256);
  }
}

void VectorEnvironment::begin_episode(int i) {
  const std::uint32_t episode = running_[static_cast<std::size_t>(i)].episode;
  Start start{.random = Random(seed_, stream_, static_cast<std::uint32_t>(i), episode)};
  if (starts_) {
    start.difficulty = spec().difficulty.value_or(1);
    start = starts_(i, episode, std::move(start));
  }
  environment(i).reset(start, column(observations_, i));
}

void VectorEnvironment::step(int first, const Eigen::Ref<const Eigen::MatrixXf>& actions) {
  const auto size = static_cast<std::size_t>(actions.rows());
  for (int i = first; i < first + static_cast<int>(actions.cols()); ++i) {
    Running& running = running_[static_cast<std::size_t>(i)];
    Environment& world = environment(i);
    const Step step = world.step({actions.col(i - first).data(), size}, column(observations_, i));
    steps_[static_cast<std::size_t>(i)] = step;
    running.episode_return += step.reward;
    running.success |= step.success;
    if (step.terminated || step.truncated) {
      final_observations_.col(i) = observations_.col(i);
      if (spec().masks) world.mask(column(final_masks_, i));
      running.finished.push_back({.environment = i,
                                  .length = world.elapsed(),
                                  .episode_return = running.episode_return,
                                  .success = running.success,
                                  .number = running.episode,
                                  .difficulty = world.difficulty(),
                                  .from_state = !world.episode_start().state.empty()});
      running.episode_return = 0;
      running.success = false;
      ++running.episode;
      begin_episode(i);
    }
    if (spec().masks) world.mask(column(masks_, i));
  }
}

void VectorEnvironment::take_finished(std::vector<Episode>& episodes) {
  for (Running& running : running_) {
    episodes.insert(episodes.end(), running.finished.begin(), running.finished.end());
    running.finished.clear();
  }
}

std::vector<VectorEnvironment::State> VectorEnvironment::state() const {
  std::vector<State> states;
  states.reserve(environments_.size());
  for (std::size_t i = 0; i < environments_.size(); ++i)
    states.push_back(
        {environments_[i]->snapshot(), running_[i].episode, running_[i].episode_return, running_[i].success});
  return states;
}

void VectorEnvironment::restore(const std::vector<State>& states) {
  if (states.size() != environments_.size())
    throw std::invalid_argument("A state of " + std::to_string(states.size()) + " environments does not fit " +
                                std::to_string(environments_.size()) + ".");
  for (int i = 0; i < size(); ++i) {
    const State& state = states[static_cast<std::size_t>(i)];
    environment(i).restore(state.snapshot, column(observations_, i));
    if (spec().masks) environment(i).mask(column(masks_, i));
    Running& running = running_[static_cast<std::size_t>(i)];
    running.episode = state.episode;
    running.episode_return = state.episode_return;
    running.success = state.success;
    running.finished.clear();
  }
}

}  // namespace cairn::envs
