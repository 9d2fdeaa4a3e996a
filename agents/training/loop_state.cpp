#include "agents/training/loop_state.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "agents/training/checkpoint.h"

namespace cairn::agents {

namespace {

constexpr std::int64_t most_steps = INT64_C(1) << 53, most_evaluations = INT64_C(0xffffffff);
constexpr std::size_t episode_numbers = 4;  // in the archive: environment, length, return, success

/// Calls visit(name, count, low, high) for each count.
template <class State, class V>
void each_count(State& state, V&& visit) {
  visit("loop/iterations", state.iterations, 0, most_steps);
  visit("loop/updates", state.updates, 0, most_steps);
  visit("loop/episodes", state.episodes, 0, most_steps);
  visit("loop/evaluations", state.evaluations, 0, most_evaluations);
  visit("loop/next_evaluation", state.next_evaluation, 0, most_steps);
  visit("loop/next_checkpoint", state.next_checkpoint, 0, most_steps);
  visit("loop/evaluated_at", state.evaluated_at, -1, most_steps);
}

}  // namespace

void LoopState::save(Archive& archive) const {
  each_count(*this,
             [&](const char* name, std::int64_t count, std::int64_t, std::int64_t) { archive.put_value(name, count); });
  if (best) archive.put_value("loop/best_return", *best);
  std::vector<double> numbers;
  for (const envs::Episode& episode : recent)
    numbers.insert(numbers.end(), {static_cast<double>(episode.environment), static_cast<double>(episode.length),
                                   episode.episode_return, episode.success ? 1.0 : 0.0});
  archive.put("loop/recent_episodes", numbers);
}

void LoopState::load(const Archive& archive) {
  each_count(*this, [&](const char* name, std::int64_t& count, std::int64_t low, std::int64_t high) {
    count = read_count(archive, name, low, high);
  });
  best = archive.has("loop/best_return") ? std::optional(archive.get_value<double>("loop/best_return")) : std::nullopt;
  const std::vector<double> numbers = archive.get<double>("loop/recent_episodes");
  if (numbers.size() % episode_numbers != 0 || numbers.size() > episode_numbers * window)
    throw std::runtime_error("The checkpoint's 'loop/recent_episodes' holds " + std::to_string(numbers.size()) +
                             " numbers, not 4 for each of at most 100 episodes.");
  const auto count = [](double number) {
    if (!(number >= 0 && number <= std::numeric_limits<int>::max()))
      throw std::runtime_error("The checkpoint's 'loop/recent_episodes' holds " + std::to_string(number) +
                               " as an environment's number or an episode's length.");
    return static_cast<int>(number);
  };
  recent.clear();
  for (std::size_t i = 0; i < numbers.size(); i += episode_numbers)
    recent.push_back({count(numbers[i]), count(numbers[i + 1]), numbers[i + 2], numbers[i + 3] != 0});
}

}  // namespace cairn::agents
