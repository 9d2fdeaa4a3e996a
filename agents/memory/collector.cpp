#include "agents/memory/collector.h"

#include <algorithm>
#include <string>
#include <thread>

#include "agents/archive/archive.h"
#include "agents/networks/distributions.h"
#include "agents/networks/finite.h"

namespace cairn::agents {

Collector::Collector(const ActorCritic& networks, const envs::Spec& spec, int environments) {
  for (int first = 0; first < environments; first += width) {
    Shard& shard = shards_.emplace_back();
    shard.first = first;
    shard.count = std::min(width, environments - first);
    shard.actor = networks.actor.scratch(width);
    shard.critic = networks.critic.scratch(width);
    shard.observations.setZero(spec.observation_size(), width);
    shard.moments = RunningMoments(spec.observation_size());
    shard.random.resize(static_cast<std::size_t>(shard.count));
  }
  turns_ = std::vector<std::atomic<int>>(shards_.size());
}

namespace {

// Ends a turn however it ends: a shard whose world threw has others waiting for it.
struct EndOfTurn {
  std::atomic<int>& played;
  int turns;
  ~EndOfTurn() { played.store(turns, std::memory_order_release); }
};

}  // namespace

void Collector::collect(const ActorCritic& networks, std::span<const float> parameters, envs::VectorEnvironment& worlds,
                        std::uint64_t seed, std::uint32_t iteration, Normaliser* normaliser, envs::ThreadPool& pool,
                        Rollout& rollout) {
  constexpr int steps_a_turn = 32;
  const int shards = static_cast<int>(shards_.size());
  const bool turns = pool.threads() > 1 && pool.threads() < shards;
  const int length = turns ? steps_a_turn : rollout.steps;
  for (std::atomic<int>& played : turns_) played = 0;
  pool.run((rollout.steps + length - 1) / length * shards, [&](int task) {
    Shard& shard = shards_[static_cast<std::size_t>(task % shards)];
    std::atomic<int>& played = turns_[static_cast<std::size_t>(task % shards)];
    // Tasks are taken in order: whoever has the shard's last turn is at it, and waits for nobody.
    const int turn = task / shards;
    while (played.load(std::memory_order_acquire) != turn) std::this_thread::yield();
    const EndOfTurn end{played, turn + 1};
    if (turn == 0)
      for (int e = 0; e < shard.count; ++e)
        shard.random[static_cast<std::size_t>(e)] =
            envs::Random(seed, envs::Stream::policy, static_cast<std::uint32_t>(shard.first + e), iteration);
    play(networks, parameters, worlds, normaliser, std::int64_t{iteration} * rollout.size(), turn * length,
         std::min((turn + 1) * length, rollout.steps), shard, rollout);
  });
  if (normaliser)
    for (const Shard& shard : shards_) normaliser->moments.merge(shard.moments);
}

void Collector::play(const ActorCritic& networks, std::span<const float> parameters, envs::VectorEnvironment& worlds,
                     const Normaliser* normaliser, std::int64_t before, int begin_step, int end_step, Shard& shard,
                     Rollout& rollout) {
  const std::span<const float> log_std = networks.log_std(parameters);
  const auto see = [&](const auto& raw, Eigen::Ref<Eigen::MatrixXf> seen) {
    if (normaliser)
      normaliser->frozen.apply(raw, seen);
    else
      seen = raw;
  };
  const auto value = [&](const auto& raw) {
    auto seen = shard.observations.leftCols(raw.cols());
    see(raw, seen);
    return networks.critic.forward_packed(parameters, seen, shard.critic);
  };
  if (begin_step == 0) {
    shard.moments.clear();
    networks.actor.pack(parameters, shard.actor);
    networks.critic.pack(parameters, shard.critic);
  }
  const Eigen::Index first = shard.first, count = shard.count;
  for (int t = begin_step; t < end_step; ++t) {
    const Eigen::Index begin = Eigen::Index{t} * rollout.environments + first;
    const auto raw = worlds.observations().middleCols(first, count);
    auto seen = rollout.observations.middleCols(begin, count);
    see(raw, seen);
    if (rollout.raw_observations.size() != 0) rollout.raw_observations.middleCols(begin, count) = raw;
    if (normaliser)
      for (Eigen::Index e = 0; e < count; ++e) shard.moments.add(raw.col(e));
    if (rollout.masks.size() != 0) rollout.masks.middleCols(begin, count) = worlds.masks().middleCols(first, count);
    const auto outputs = networks.actor.forward_packed(parameters, seen, shard.actor);
    const auto values = networks.critic.forward_packed(parameters, seen, shard.critic);
    rollout.values.middleCols(begin, count) = values;
    // Finite weights may still be too large for what they are multiplied by.
    if (!all_finite(view(outputs)) || !all_finite(view(values)))
      throw Diverged(std::string("The ") + (all_finite(view(outputs)) ? "critic's values" : "policy's outputs") +
                     " are not finite after " + std::to_string(before + begin) + " steps.");

    const auto size = static_cast<std::size_t>(outputs.rows());
    for (Eigen::Index e = 0; e < count; ++e) {
      const std::span<const float> output(outputs.col(e).data(), size);
      envs::Random& random = shard.random[static_cast<std::size_t>(e)];
      const Eigen::Index sample = begin + e;
      if (networks.head == Head::logits) {
        const std::span<const float> mask =
            rollout.masks.size() == 0 ? std::span<const float>() : std::span(rollout.masks.col(sample).data(), size);
        const CategoricalSample drawn = sample_categorical(output, mask, random);
        rollout.actions(0, sample) = static_cast<float>(drawn.action);
        rollout.log_probability[sample] = drawn.log_probability;
      } else {
        rollout.log_probability[sample] =
            sample_gaussian(output, log_std, random, {rollout.actions.col(sample).data(), size});
      }
    }
    worlds.step(static_cast<int>(first), rollout.actions.middleCols(begin, count));  // clamps to the box itself

    for (Eigen::Index e = 0; e < count; ++e) {
      const envs::Step& step = worlds.steps()[static_cast<std::size_t>(first + e)];
      const Eigen::Index sample = begin + e;
      rollout.rewards[sample] = step.reward;
      rollout.terminated[static_cast<std::size_t>(sample)] = step.terminated;
      rollout.truncated[static_cast<std::size_t>(sample)] = step.truncated;
      const bool done = step.terminated || step.truncated;
      // Never the reset observation: what a cut episode would have gone on to earn is the value of where it was cut.
      if (step.truncated) rollout.final_values.col(sample) = value(worlds.final_observations().col(first + e));
      if (rollout.next_observations.size() != 0)
        rollout.next_observations.col(sample) =
            done ? worlds.final_observations().col(first + e) : worlds.observations().col(first + e);
    }
  }
  if (end_step == rollout.steps)
    rollout.last_values.middleCols(first, count) = value(worlds.observations().middleCols(first, count));
}

}  // namespace cairn::agents
