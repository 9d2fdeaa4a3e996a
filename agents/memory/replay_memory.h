#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "envs/environment.h"

namespace cairn::agents {

class Archive;

/// Transitions as worlds made them, each world's in a ring of its own and in the order of time, so that windows of
/// several steps and the future of an episode can be read off. Transition i of the flat numbering belongs to stream
/// i / capacity. Everything lies in columns and is allocated once.
class ReplayMemory {
 public:
  /// One step of a world.
  struct Transition {
    std::span<const float> observation, next_observation;  ///< next: the final one where the episode ended
    std::span<const float> next_mask;                      ///< empty where all actions are always legal
    std::span<const float> action;                         ///< action_size floats; discrete: the index
    float reward = 0;                                      ///< raw
    bool terminated = false, truncated = false;            ///< how the episode ended here, if it did
  };

  ReplayMemory() = default;
  /// `capacity`: transitions of each of `streams` worlds.
  ReplayMemory(const envs::Spec& spec, int streams, std::int64_t capacity);

  /// Whether that is an action of the world: all finite and, where actions are discrete, the index of one.
  bool takes(std::span<const float> action) const;
  /// Forgets the stream's oldest transition when full. Returns the index of what was added.
  std::int64_t add(int stream, const Transition& transition);
  /// Forgets all transitions; what is allocated stays.
  void clear();

  std::int64_t size() const { return size_; }  ///< transitions held now
  /// Transitions that there is room for, of all streams.
  std::int64_t slots() const { return static_cast<std::int64_t>(rewards_.size()); }
  /// Whether there is a transition at that index of the flat numbering.
  bool holds(std::int64_t index) const { return index % capacity_ < filled_[stream_of(index)]; }
  /// The n-th of those held, in a fixed order: for drawing uniformly, n in [0, size()).
  std::int64_t nth(std::int64_t n) const;

  /// The transition after this one in the same episode, or -1 where it is the episode's last, or the latest there is.
  std::int64_t next(std::int64_t index) const;
  /// How many transitions of the same episode, this one included, follow up to its end or to now. At least 1.
  std::int64_t remaining(std::int64_t index) const;
  /// The transition `steps` later in the same ring.
  std::int64_t later(std::int64_t index, std::int64_t steps) const {
    const std::int64_t first = index / capacity_ * capacity_;
    return first + (index - first + steps) % capacity_;
  }

  /// Before the step, a column of features.
  auto observation(std::int64_t index) const { return observations_.col(index); }
  /// After it, the final one where the episode ended.
  auto next_observation(std::int64_t index) const { return next_observations_.col(index); }
  /// Legal actions after it, 1 each; without rows where all are always legal.
  auto next_mask(std::int64_t index) const { return next_masks_.col(index); }
  /// A column of action_size floats; discrete: the index.
  auto action(std::int64_t index) const { return actions_.col(index); }
  /// Raw.
  float reward(std::int64_t index) const { return rewards_[static_cast<std::size_t>(index)]; }
  /// Whether the world ended the episode here.
  bool terminated(std::int64_t index) const { return (ends_[static_cast<std::size_t>(index)] & 1U) != 0; }
  /// Whether the horizon cut it here.
  bool truncated(std::int64_t index) const { return (ends_[static_cast<std::size_t>(index)] & 2U) != 0; }

  /// Everything, under `name/…`; `load` throws std::runtime_error for another shape, for actions that are none and for
  /// times that make no sense.
  void save(Archive& archive, const std::string& name) const;
  /// Reads what `save` wrote for the same shape.
  void load(const Archive& archive, const std::string& name);

 private:
  std::size_t stream_of(std::int64_t index) const { return static_cast<std::size_t>(index / capacity_); }
  std::int64_t latest(std::size_t stream) const {
    return static_cast<std::int64_t>(stream) * capacity_ + (added_[stream] - 1) % capacity_;
  }

  std::int64_t capacity_ = 0, size_ = 0;
  int choices_ = 0;  // number of discrete actions; 0: they are continuous
  Eigen::MatrixXf observations_, next_observations_, next_masks_, actions_;
  std::vector<float> rewards_;
  std::vector<std::uint8_t> ends_;         // 1: terminated, 2: truncated
  std::vector<std::int64_t> episode_end_;  // time of the episode's last transition, where it has ended; else -1
  std::vector<std::int64_t> added_, filled_,
      episode_begin_;  // of each stream: transitions ever, held, start of episode
};

}  // namespace cairn::agents
