#include "agents/q_learning/q_collector.h"

#include <algorithm>
#include <string>

#include "agents/archive/archive.h"
#include "agents/networks/distributions.h"
#include "agents/networks/finite.h"

namespace cairn::agents {

QCollector::QCollector(const QNetwork<float>& network, const envs::Spec& spec, int environments) {
  for (int first = 0; first < environments; first += width) {
    Shard& shard = shards_.emplace_back();
    shard.first = first;
    shard.count = std::min(width, environments - first);
    shard.scratch = network.scratch(width);
    shard.observations.setZero(spec.observation_size(), width);
    shard.moments = RunningMoments(spec.observation_size());
    shard.random.resize(static_cast<std::size_t>(shard.count));
  }
}

void QCollector::collect(const QNetwork<float>& network, std::span<const float> parameters,
                         envs::VectorEnvironment& worlds, const Circumstances& circumstances, Normaliser* normaliser,
                         envs::ThreadPool& pool, Rollout& rollout) {
  pool.run(static_cast<int>(shards_.size()), [&](int i) {
    play(network, parameters, worlds, circumstances, normaliser, shards_[static_cast<std::size_t>(i)], rollout);
  });
  if (normaliser)
    for (const Shard& shard : shards_) normaliser->moments.merge(shard.moments);
}

void QCollector::play(const QNetwork<float>& network, std::span<const float> parameters,
                      envs::VectorEnvironment& worlds, const Circumstances& circumstances, const Normaliser* normaliser,
                      Shard& shard, Rollout& rollout) {
  const Eigen::Index first = shard.first, count = shard.count;
  const auto actions = static_cast<std::size_t>(network.actions());
  const bool masked = rollout.masks.size() != 0;
  const auto see = [&](const auto& raw, Eigen::Ref<Eigen::MatrixXf> seen) {
    if (normaliser)
      normaliser->frozen.apply(raw, seen);
    else
      seen = raw;
  };
  const auto mask_of = [&](const Eigen::MatrixXf& masks, Eigen::Index col) {
    return masked ? std::span(masks.col(col).data(), actions) : std::span<const float>();
  };
  const auto best_value = [&](const Eigen::MatrixXf& observations, const Eigen::MatrixXf& masks, Eigen::Index world) {
    auto seen = shard.observations.leftCols(1);
    see(observations.col(world), seen);
    const auto q = network.forward_packed(parameters, seen, shard.scratch);
    return q(best_legal({q.data(), actions}, mask_of(masks, world)), 0);
  };

  for (Eigen::Index e = 0; e < count; ++e)
    shard.random[static_cast<std::size_t>(e)] = envs::Random(
        circumstances.seed, envs::Stream::exploration, static_cast<std::uint32_t>(first + e), circumstances.iteration);
  shard.moments.clear();
  network.pack(parameters, shard.scratch);
  for (int t = 0; t < rollout.steps; ++t) {
    const Eigen::Index begin = Eigen::Index{t} * rollout.environments + first;
    const auto raw = worlds.observations().middleCols(first, count);
    auto seen = rollout.observations.middleCols(begin, count);
    see(raw, seen);
    if (normaliser)
      for (Eigen::Index e = 0; e < count; ++e) shard.moments.add(raw.col(e));
    if (masked) rollout.masks.middleCols(begin, count) = worlds.masks().middleCols(first, count);
    const auto q = network.forward_packed(parameters, seen, shard.scratch);
    // Finite weights may still be too large for what they are multiplied by.
    if (!all_finite(view(q)))
      throw Diverged("The network's values are not finite after " + std::to_string(circumstances.steps + begin) +
                     " steps.");
    for (Eigen::Index e = 0; e < count; ++e) {  // with probability ε a random action, else argmax_a Q(s, a)
      const auto mask = mask_of(rollout.masks, begin + e);
      envs::Random& random = shard.random[static_cast<std::size_t>(e)];
      const int best = best_legal({q.col(e).data(), actions}, mask);
      const bool explores = random.uniform() < circumstances.epsilon;
      rollout.values(0, begin + e) = q(best, e);
      rollout.actions(0, begin + e) =
          static_cast<float>(explores ? uniform_legal(network.actions(), mask, random) : best);
    }
    worlds.step(static_cast<int>(first), rollout.actions.middleCols(begin, count));

    for (Eigen::Index e = 0; e < count; ++e) {
      const envs::Step& step = worlds.steps()[static_cast<std::size_t>(first + e)];
      const auto sample = static_cast<std::size_t>(begin + e);
      rollout.rewards[begin + e] = step.reward;
      rollout.terminated[sample] = step.terminated;
      rollout.truncated[sample] = step.truncated;
      // Never the reset observation: what a cut episode would have gone on to earn is the value of where it was cut.
      if (step.truncated)
        rollout.final_values(0, begin + e) = best_value(worlds.final_observations(), worlds.final_masks(), first + e);
    }
  }
  for (Eigen::Index e = 0; e < count; ++e)
    rollout.last_values(0, first + e) = best_value(worlds.observations(), worlds.masks(), first + e);
}

}  // namespace cairn::agents
