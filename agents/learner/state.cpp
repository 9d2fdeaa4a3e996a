#include "agents/learner/state.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "agents/networks/finite.h"

namespace cairn::agents {

void require_count(const std::string& name, std::int64_t count, std::int64_t most) {
  if (count < 0) throw std::runtime_error("'" + name + "' holds a negative count.");
  if (count > most)
    throw std::runtime_error("'" + name + "' holds " + std::to_string(count) + ", beyond the " + std::to_string(most) +
                             " that a run can come to.");
}

void save_worlds(Archive& archive, const std::string& name, const envs::VectorEnvironment& worlds) {
  std::vector<std::uint64_t> random;
  std::vector<float> actions;
  std::vector<std::int64_t> lengths, episodes;
  std::vector<double> returns, difficulties;
  std::vector<std::uint8_t> successes, from_states;
  std::vector<float> begun_in;
  for (const envs::VectorEnvironment::State& state : worlds.state()) {
    const envs::Start& start = state.snapshot.start;
    for (const std::uint64_t word : start.random.state()) random.push_back(word);
    difficulties.push_back(start.difficulty.value_or(1));
    from_states.push_back(start.state.empty() ? 0 : 1);
    begun_in.insert(begun_in.end(), start.state.begin(), start.state.end());
    actions.insert(actions.end(), state.snapshot.actions.begin(), state.snapshot.actions.end());
    lengths.push_back(static_cast<std::int64_t>(state.snapshot.actions.size()));
    episodes.push_back(state.episode);
    returns.push_back(state.episode_return);
    successes.push_back(state.success ? 1 : 0);
  }
  archive.put(name + "/random", std::span<const std::uint64_t>(random), {worlds.size(), 6});
  archive.put(name + "/difficulties", difficulties);
  archive.put(name + "/from_states", from_states);
  archive.put(name + "/states", begun_in);
  archive.put(name + "/actions", actions);
  archive.put(name + "/action_counts", lengths);
  archive.put(name + "/episodes", episodes);
  require_finite(name + "/returns", returns);
  archive.put(name + "/returns", returns);
  archive.put(name + "/successes", successes);
}

void load_worlds(const Archive& archive, const std::string& name, envs::VectorEnvironment& worlds) {
  const auto count = static_cast<std::size_t>(worlds.size());
  std::vector<std::uint64_t> random(count * 6);
  std::vector<std::int64_t> lengths(count), episodes(count);
  std::vector<double> returns(count), difficulties(count);
  std::vector<std::uint8_t> successes(count), from_states(count);
  archive.get_into<std::uint64_t>(name + "/random", random);
  archive.get_into<double>(name + "/difficulties", difficulties);
  archive.get_into<std::uint8_t>(name + "/from_states", from_states);
  archive.get_into<std::int64_t>(name + "/action_counts", lengths);
  archive.get_into<std::int64_t>(name + "/episodes", episodes);
  archive.get_into<double>(name + "/returns", returns);
  archive.get_into<std::uint8_t>(name + "/successes", successes);
  const std::vector<float> actions = archive.get<float>(name + "/actions");
  const std::vector<float> begun_in = archive.get<float>(name + "/states");

  const std::int64_t size = worlds.spec().action_size(), longest = size * worlds.spec().horizon;
  std::vector<envs::VectorEnvironment::State> states(count);
  auto next = actions.begin();
  auto next_state = begun_in.begin();
  const auto state_size = static_cast<std::ptrdiff_t>(worlds.spec().state.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (lengths[i] < 0 || lengths[i] > longest || lengths[i] % size != 0 || lengths[i] > actions.end() - next)
      throw std::runtime_error("'" + name + "/action_counts' does not fit the actions or the world's horizon.");
    if (episodes[i] < 0 || episodes[i] > INT64_C(0xffffffff))
      throw std::runtime_error("'" + name + "/episodes' holds " + std::to_string(episodes[i]) + ".");
    std::array<std::uint64_t, 6> words{};
    std::copy_n(random.begin() + static_cast<std::ptrdiff_t>(6 * i), 6, words.begin());
    envs::Start& start = states[i].snapshot.start;
    start.random = envs::Random::from_state(words);
    start.difficulty = difficulties[i];
    if (from_states[i] > 1 || (from_states[i] == 1 && (state_size == 0 || state_size > begun_in.end() - next_state)))
      throw std::runtime_error("'" + name + "/from_states' does not fit the states or the world.");
    if (from_states[i] == 1) {
      start.state.assign(next_state, next_state + state_size);
      next_state += state_size;
    }
    states[i].snapshot.actions.assign(next, next + lengths[i]);
    states[i].episode = static_cast<std::uint32_t>(episodes[i]);
    if (!std::isfinite(returns[i]))
      throw std::runtime_error("'" + name + "/returns' holds a number that is not finite.");
    states[i].episode_return = returns[i];
    states[i].success = successes[i] != 0;
    next += lengths[i];
  }
  if (next != actions.end()) throw std::runtime_error("'" + name + "/actions' holds more than its counts say.");
  if (next_state != begun_in.end())
    throw std::runtime_error("'" + name + "/states' holds more than the episodes that began in one.");
  try {
    worlds.restore(states);
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error("The episodes of '" + name + "' cannot be replayed: " + error.what());
  }
}

namespace {

constexpr std::int64_t most_updates = std::int64_t{1} << 53;  // a rule computes with counts in double

/// Blocks by name and shape, as a checkpoint states them: `actor/0/weight 64x8, …`.
std::string described(const optim::Layout& layout) {
  std::string text;
  for (const optim::Block& block : layout.blocks)
    text +=
        (text.empty() ? "" : ", ") + block.name + ' ' + std::to_string(block.rows) + 'x' + std::to_string(block.cols);
  return text;
}

/// Refuses a checkpoint made with another rule or other blocks.
void require_same(const Archive& archive, const std::string& key, const char* what, const std::string& here) {
  const auto stored = archive.metadata.find(key);
  const std::string there = stored == archive.metadata.end() ? "" : stored->second;
  if (there != here)
    throw std::runtime_error(std::string("The checkpoint's ") + what + " '" + there + "', the run's '" + here + "'.");
}

}  // namespace

void save_optimizer(Archive& archive, const std::string& name, optim::Optimizer<float>& optimizer) {
  archive.metadata[name] = optimizer.description();
  archive.metadata[name + "/blocks"] = described(optimizer.layout());
  archive.put(name + "/counters", optimizer.counters());
  for (const optim::StateArray<float>& array : optimizer.arrays())
    archive.put(name + "/" + array.name, std::span<const float>(array.values));
  for (const optim::StateArray<double>& scalar : optimizer.scalars())
    archive.put(name + "/" + scalar.name, std::span<const double>(scalar.values));
}

void load_optimizer(const Archive& archive, const std::string& name, optim::Optimizer<float>& optimizer) {
  require_same(archive, name, "optimizer is", optimizer.description());
  require_same(archive, name + "/blocks", "parameter blocks are", described(optimizer.layout()));
  std::vector<std::int64_t> counters(optimizer.counters().size());
  archive.get_into<std::int64_t>(name + "/counters", counters);
  for (const std::int64_t counter : counters) require_count(name + "/counters", counter, most_updates);
  for (const optim::StateArray<float>& array : optimizer.arrays())
    archive.get_into<float>(name + "/" + array.name, array.values);
  for (const optim::StateArray<double>& scalar : optimizer.scalars())
    archive.get_into<double>(name + "/" + scalar.name, scalar.values);
  optimizer.set_counters(counters);
}

}  // namespace cairn::agents
