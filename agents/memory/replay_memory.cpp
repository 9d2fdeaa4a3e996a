#include "agents/memory/replay_memory.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "agents/archive/archive.h"

namespace cairn::agents {

ReplayMemory::ReplayMemory(const envs::Spec& spec, int streams, std::int64_t capacity)
    : capacity_(capacity), choices_(spec.actions()) {
  if (streams < 1 || capacity < 1)
    throw std::invalid_argument("A replay memory must hold at least one transition of at least one world.");
  const std::int64_t slots = streams * capacity;
  const auto n = static_cast<std::size_t>(slots), count = static_cast<std::size_t>(streams);
  observations_.setZero(spec.observation_size(), slots);
  next_observations_.setZero(spec.observation_size(), slots);
  if (spec.masks) next_masks_.setOnes(spec.actions(), slots);
  actions_.setZero(spec.action_size(), slots);
  rewards_.assign(n, 0);
  ends_.assign(n, 0);
  episode_end_.assign(n, -1);
  added_.assign(count, 0);
  filled_.assign(count, 0);
  episode_begin_.assign(count, 0);
}

void ReplayMemory::clear() {
  size_ = 0;
  for (auto* counts : {&added_, &filled_, &episode_begin_}) std::ranges::fill(*counts, 0);
}

bool ReplayMemory::takes(std::span<const float> action) const {
  return std::ranges::all_of(action, [&](float value) {
    if (choices_ == 0) return std::isfinite(value);
    return value == std::floor(value) && value >= 0 && value < static_cast<float>(choices_);
  });
}

std::int64_t ReplayMemory::add(int stream, const Transition& transition) {
  const auto s = static_cast<std::size_t>(stream);
  const std::int64_t first = stream * capacity_, time = added_[s]++, index = first + time % capacity_;
  const auto i = static_cast<std::size_t>(index);
  const auto copy = [](std::span<const float> from, auto to) { std::ranges::copy(from, to.data()); };
  copy(transition.observation, observations_.col(index));
  copy(transition.next_observation, next_observations_.col(index));
  if (!transition.next_mask.empty()) copy(transition.next_mask, next_masks_.col(index));
  copy(transition.action, actions_.col(index));
  rewards_[i] = transition.reward;
  ends_[i] = static_cast<std::uint8_t>((transition.terminated ? 1 : 0) | (transition.truncated ? 2 : 0));
  episode_end_[i] = -1;
  if (filled_[s] < capacity_) {
    ++filled_[s];
    ++size_;
  }
  if (transition.terminated || transition.truncated) {
    // Of an episode longer than the ring only the end is still there.
    for (std::int64_t t = std::max(episode_begin_[s], time - capacity_ + 1); t <= time; ++t)
      episode_end_[static_cast<std::size_t>(first + t % capacity_)] = time;
    episode_begin_[s] = time + 1;
  }
  return index;
}

std::int64_t ReplayMemory::nth(std::int64_t n) const {
  for (std::size_t stream = 0; stream < filled_.size(); ++stream) {
    if (n < filled_[stream]) return static_cast<std::int64_t>(stream) * capacity_ + n;
    n -= filled_[stream];
  }
  throw std::out_of_range("A replay memory of " + std::to_string(size_) +
                          " transitions was asked for one past its end.");
}

std::int64_t ReplayMemory::next(std::int64_t index) const {
  if (ends_[static_cast<std::size_t>(index)] != 0 || index == latest(stream_of(index))) return -1;
  return later(index, 1);
}

std::int64_t ReplayMemory::remaining(std::int64_t index) const {
  const std::size_t stream = stream_of(index);
  // The latest time that is congruent to this slot.
  const std::int64_t newest = added_[stream] - 1, slot = index % capacity_;
  const std::int64_t time = newest - (newest % capacity_ - slot + capacity_) % capacity_;
  const std::int64_t end = episode_end_[static_cast<std::size_t>(index)];
  return (end < 0 ? newest : end) - time + 1;
}

void ReplayMemory::save(Archive& archive, const std::string& name) const {
  archive.put(name + "/observations", view(observations_), {observations_.cols(), observations_.rows()});
  archive.put(name + "/next_observations", view(next_observations_), {observations_.cols(), observations_.rows()});
  if (next_masks_.size() != 0)
    archive.put(name + "/next_masks", view(next_masks_), {next_masks_.cols(), next_masks_.rows()});
  archive.put(name + "/actions", view(actions_), {actions_.cols(), actions_.rows()});
  archive.put(name + "/rewards", rewards_);
  archive.put(name + "/ends", ends_);
  archive.put(name + "/episode_end", episode_end_);
  archive.put(name + "/added", added_);
  archive.put(name + "/episode_begin", episode_begin_);
}

void ReplayMemory::load(const Archive& archive, const std::string& name) {
  const auto floats = [&](const char* what, Eigen::MatrixXf& matrix) {
    archive.get_into<float>(name + what, {matrix.data(), static_cast<std::size_t>(matrix.size())});
  };
  floats("/observations", observations_);
  floats("/next_observations", next_observations_);
  if (next_masks_.size() != 0) floats("/next_masks", next_masks_);
  floats("/actions", actions_);
  archive.get_into<float>(name + "/rewards", rewards_);
  archive.get_into<std::uint8_t>(name + "/ends", ends_);
  archive.get_into<std::int64_t>(name + "/episode_end", episode_end_);
  archive.get_into<std::int64_t>(name + "/added", added_);
  archive.get_into<std::int64_t>(name + "/episode_begin", episode_begin_);
  for (const float value : actions_.reshaped())
    if (!takes({&value, 1}))
      throw std::runtime_error("'" + name + "/actions' holds " + std::to_string(value) + ", which is no action.");
  size_ = 0;
  for (std::size_t stream = 0; stream < added_.size(); ++stream) {
    constexpr std::int64_t most = 1'000'000'000'000;  // steps of the longest run; a time must be far from overflowing
    if (added_[stream] < 0 || added_[stream] > most || episode_begin_[stream] < 0 ||
        episode_begin_[stream] > added_[stream])
      throw std::runtime_error("'" + name + "/added' and its '/episode_begin' make no sense.");
    filled_[stream] = std::min(added_[stream], capacity_);
    size_ += filled_[stream];
  }
  for (std::int64_t index = 0; index < slots(); ++index) {
    const std::int64_t end = episode_end_[static_cast<std::size_t>(index)];
    const std::int64_t ahead = holds(index) && end >= 0 ? remaining(index) : 1;
    if (ahead < 1 || ahead > capacity_ || end >= added_[stream_of(index)])
      throw std::runtime_error("'" + name + "/episode_end' holds " + std::to_string(end) + ", which is no such time.");
  }
}

}  // namespace cairn::agents
