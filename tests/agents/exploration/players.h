#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "agents/archive/archive.h"
#include "agents/exploration/curriculum.h"
#include "tests/envs/counting_world.h"

namespace cairn::agents {

inline const envs::EnvironmentFactory counting = [] { return std::make_unique<envs::CountingWorld>(11); };

/// Plays episodes as a curriculum chooses them, without a world: what comes of a start is made up.
class Players {
 public:
  struct Outcome {
    bool success = false;
    int length = 1;  ///< steps
  };
  using Play = std::function<Outcome(const envs::Start&, envs::Random&)>;
  static constexpr std::uint64_t seed = 7;

  Players(Curriculum& curriculum, int columns, Play play, const envs::EnvironmentFactory& factory = counting)
      : curriculum_(curriculum), play_(std::move(play)), worlds_(factory, columns, seed) {
    curriculum.begin({.factory = factory, .environments = columns, .seed = seed});
    for (int column = 0; column < columns; ++column) {
      running_.push_back({});
      begin(column);
    }
  }

  /// An iteration of so many steps. Returns the starts of the episodes that ended in it.
  const std::vector<envs::Start>& iterate(int steps = 4) {
    finished_.clear();
    starts_.clear();
    for (std::size_t column = 0; column < running_.size(); ++column)
      for (int step = 0; step < steps; ++step) {
        Running& running = running_[column];
        if (--running.left > 0) continue;
        starts_.push_back(running.start);
        finished_.push_back({.environment = static_cast<int>(column),
                             .success = running.success,
                             .number = running.episode,
                             .difficulty = running.start.difficulty.value_or(1)});
        ++running.episode;
        begin(static_cast<int>(column));
      }
    curriculum_.learn(finished_, worlds_);
    return starts_;
  }
  void set_play(Play play) { play_ = std::move(play); }
  const std::vector<envs::Episode>& finished() const { return finished_; }

 private:
  struct Running {
    std::uint32_t episode = 0;
    envs::Start start{};
    bool success = false;
    int left = 0;
  };
  void begin(int column) {
    Running& running = running_[static_cast<std::size_t>(column)];
    const auto index = static_cast<std::uint32_t>(column);
    running.start = curriculum_.choose(
        column, running.episode,
        {.random = envs::Random(seed, envs::Stream::environment, index, running.episode), .difficulty = 0.75});
    envs::Random random(seed, envs::Stream::policy, index, running.episode);
    const Outcome outcome = play_(running.start, random);
    running.success = outcome.success;
    running.left = outcome.length;
  }

  Curriculum& curriculum_;
  Play play_;
  envs::VectorEnvironment worlds_;
  std::vector<Running> running_;
  std::vector<envs::Episode> finished_;
  std::vector<envs::Start> starts_;
};

/// Everything that it saves, and nothing else.
inline Archive saved(const Curriculum& curriculum) {
  Archive archive;
  curriculum.save(archive);
  return archive;
}

inline bool same(const envs::Start& a, const envs::Start& b) {
  return a.random.state() == b.random.state() && a.difficulty == b.difficulty && a.state == b.state;
}

/// Whether two curricula choose alike from here on.
inline bool choose_alike(const Curriculum& a, const Curriculum& b, int columns) {
  for (int column = 0; column < columns; ++column)
    for (std::uint32_t episode = 0; episode < 200; ++episode)
      if (!same(a.choose(column, episode, {}), b.choose(column, episode, {}))) return false;
  return true;
}

/// A copy of the archive in which one tensor is another.
template <class T>
Archive with(const Archive& archive, const std::string& name, const std::vector<T>& values) {
  Archive changed;
  changed.metadata = archive.metadata;
  for (const Archive::Tensor& tensor : archive.tensors()) {
    if (tensor.name == name) continue;
    const auto copy = [&]<class U>(U) { changed.put(tensor.name, archive.get<U>(tensor.name)); };
    if (tensor.dtype == DType::f64) copy(double{});
    if (tensor.dtype == DType::f32) copy(float{});
    if (tensor.dtype == DType::i64) copy(std::int64_t{});
    if (tensor.dtype == DType::u64) copy(std::uint64_t{});
  }
  changed.put(name, values);
  return changed;
}

}  // namespace cairn::agents
