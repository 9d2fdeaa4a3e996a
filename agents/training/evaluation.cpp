#include "agents/training/evaluation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <tuple>

namespace cairn::agents {

std::string_view to_string(Pilot pilot) {
  switch (pilot) {
    case Pilot::heuristic:
      return "heuristic";
    case Pilot::random:
      return "random";
    case Pilot::nothing:
      return "nothing";
  }
  return "";
}

bool parse(std::string_view text, Pilot& pilot) {
  for (const Pilot candidate : pilots)
    if (text == to_string(candidate)) {
      pilot = candidate;
      return true;
    }
  return false;
}

namespace {

// Worlds that a shard steps side by side, and shards at most. Which observations are kept depends on both, so they are
// fixed, whatever the number of threads.
constexpr int shard_worlds = 4, most_shards = 8;

// What a shard hands to whoever acts: one column a world.
struct Shard {
  std::vector<std::unique_ptr<envs::Environment>> worlds;
  std::vector<envs::Random> random;
  Eigen::MatrixXf observations, masks, actions;
};

/// Some of many columns, each of those offered as likely as any other (Vitter 1985, algorithm R).
struct Reservoir {
  Eigen::MatrixXf kept;
  envs::Random random;
  Eigen::Index offered = 0;

  void offer(const Eigen::Ref<const Eigen::VectorXf>& column) {
    if (kept.cols() == 0) return;
    const Eigen::Index place = offered < kept.cols()
                                   ? offered
                                   : static_cast<Eigen::Index>(random.below(static_cast<std::uint32_t>(offered + 1)));
    if (place < kept.cols()) kept.col(place) = column;
    ++offered;
  }
  auto columns() const { return kept.leftCols(std::min(offered, kept.cols())); }
};

template <class MakeActor>
EvaluationResult fly(const envs::EnvironmentFactory& factory, const EvaluationOptions& options, envs::ThreadPool& pool,
                     MakeActor&& make_actor) {
  if (options.episodes < 1) throw std::invalid_argument("An evaluation needs at least one episode.");
  EvaluationResult result;
  const auto episodes = static_cast<std::size_t>(options.episodes);
  result.returns.resize(episodes);
  result.lengths.resize(episodes);
  result.successes.resize(episodes);
  const int shards = std::min(most_shards, (options.episodes + shard_worlds - 1) / shard_worlds);
  const int columns = shards * shard_worlds;
  std::vector<Reservoir> samples(static_cast<std::size_t>(shards));

  pool.run(shards, [&](int shard_index) {
    Shard shard;
    for (int i = 0; i < shard_worlds; ++i) shard.worlds.push_back(factory());
    const envs::Spec& spec = shard.worlds.front()->spec();
    shard.random.resize(shard_worlds);
    shard.observations.setZero(spec.observation_size(), shard_worlds);
    shard.masks.setOnes(spec.actions(), shard_worlds);
    shard.actions.setZero(spec.action_size(), shard_worlds);
    auto actor = make_actor(spec);
    Reservoir& sample = samples[static_cast<std::size_t>(shard_index)];
    sample.kept.resize(spec.observation_size(),
                       options.sample * (shard_index + 1) / shards - options.sample * shard_index / shards);
    sample.random = envs::Random(options.seed, envs::Stream::evaluation_sample, static_cast<std::uint32_t>(shard_index),
                                 options.first_episode);

    std::array<int, shard_worlds> episode{};  // which one a column flies; at or past the end: none
    const auto column = [](Eigen::MatrixXf& matrix, int i) {
      return std::span<float>(matrix.col(i).data(), static_cast<std::size_t>(matrix.rows()));
    };
    const auto begin = [&](int i) {
      if (episode[static_cast<std::size_t>(i)] >= options.episodes) return;
      const std::uint32_t number =
          options.first_episode + static_cast<std::uint32_t>(episode[static_cast<std::size_t>(i)]);
      envs::Environment& world = *shard.worlds[static_cast<std::size_t>(i)];
      world.reset(envs::Random(options.seed, envs::Stream::evaluation, 0, number), column(shard.observations, i));
      shard.random[static_cast<std::size_t>(i)] =
          envs::Random(options.seed, envs::Stream::evaluation_policy, 0, number);
      if (spec.masks) world.mask(column(shard.masks, i));
    };
    for (int i = 0; i < shard_worlds; ++i) {
      episode[static_cast<std::size_t>(i)] = shard_index * shard_worlds + i;
      begin(i);
    }
    const auto flying = [&](int number) { return number < options.episodes; };
    while (std::ranges::any_of(episode, flying)) {
      for (int i = 0; i < shard_worlds; ++i)
        if (flying(episode[static_cast<std::size_t>(i)])) sample.offer(shard.observations.col(i));
      actor(shard);
      for (int i = 0; i < shard_worlds; ++i) {
        int& number = episode[static_cast<std::size_t>(i)];
        if (!flying(number)) continue;
        envs::Environment& world = *shard.worlds[static_cast<std::size_t>(i)];
        const envs::Step step = world.step(column(shard.actions, i), column(shard.observations, i));
        if (spec.masks) world.mask(column(shard.masks, i));
        const auto e = static_cast<std::size_t>(number);
        result.returns[e] += static_cast<double>(step.reward);
        result.successes[e] |= static_cast<std::uint8_t>(step.success);
        if (!step.terminated && !step.truncated) continue;
        result.lengths[e] = world.elapsed();
        number += columns;
        begin(i);
      }
    }
  });
  for (const Reservoir& sample : samples) {
    const Eigen::Index before = result.observations.cols();
    result.observations.conservativeResize(sample.kept.rows(), before + sample.columns().cols());
    result.observations.rightCols(sample.columns().cols()) = sample.columns();
  }
  summarise(result);
  return result;
}

}  // namespace

EvaluationResult evaluate(const Policy& policy, const envs::EnvironmentFactory& factory,
                          const EvaluationOptions& options, envs::ThreadPool& pool) {
  return fly(factory, options, pool, [&](const envs::Spec&) {
    return [&, scratch = policy.scratch(shard_worlds)](Shard& shard) mutable {
      policy.act(shard.observations, shard.masks, options.deterministic ? std::span<envs::Random>() : shard.random,
                 shard.actions, scratch);
    };
  });
}

void act(Pilot pilot, const envs::Environment& world, std::span<const float> observation, std::span<const float> mask,
         envs::Random& random, std::span<float> action) {
  const envs::Spec& spec = world.spec();
  if (pilot == Pilot::heuristic) {
    if (!world.pilot(observation, action)) throw std::invalid_argument(spec.id + " has no hand-written pilot.");
  } else if (spec.discrete()) {
    std::size_t choice = 0;
    if (pilot == Pilot::random) {
      const auto legal = static_cast<std::uint32_t>(std::accumulate(mask.begin(), mask.end(), 0.0F));
      for (std::uint32_t nth = random.below(legal);; ++choice)
        if (mask[choice] > 0 && nth-- == 0) break;
    }
    action[0] = static_cast<float>(choice);
  } else {
    for (std::size_t k = 0; k < action.size(); ++k) {
      const envs::Component& box = spec.action[k];
      action[k] = pilot == Pilot::random ? random.uniform(box.low, box.high) : 0.5F * (box.low + box.high);
    }
  }
}

EvaluationResult evaluate(Pilot pilot, const envs::EnvironmentFactory& factory, const EvaluationOptions& options,
                          envs::ThreadPool& pool) {
  return fly(factory, options, pool, [&](const envs::Spec&) {
    return [pilot](Shard& shard) {
      const auto column = [](auto& matrix, int i) {
        return std::span(matrix.col(i).data(), static_cast<std::size_t>(matrix.rows()));
      };
      for (int i = 0; i < shard_worlds; ++i)
        act(pilot, *shard.worlds[static_cast<std::size_t>(i)], column(shard.observations, i), column(shard.masks, i),
            shard.random[static_cast<std::size_t>(i)], column(shard.actions, i));
    };
  });
}

std::pair<double, double> wilson_interval(double rate, double n) {
  constexpr double z = 1.959963984540054;
  const double center = (rate + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
  return {rate > 0 ? center - half : 0, rate < 1 ? center + half : 1};  // exact at the ends, where rounding is not
}

void summarise(EvaluationResult& result) {
  const auto n = static_cast<double>(result.returns.size());
  if (result.returns.empty()) return;
  result.mean_return = std::accumulate(result.returns.begin(), result.returns.end(), 0.0) / n;
  double squares = 0;
  for (const double r : result.returns) squares += (r - result.mean_return) * (r - result.mean_return);
  result.std_return = result.returns.size() > 1 ? std::sqrt(squares / (n - 1)) : 0;
  result.standard_error = result.std_return / std::sqrt(n);
  std::vector<double> sorted = result.returns;
  std::ranges::sort(sorted);
  const std::size_t middle = sorted.size() / 2;
  result.median_return = sorted.size() % 2 == 1 ? sorted[middle] : 0.5 * (sorted[middle - 1] + sorted[middle]);
  result.mean_length = std::accumulate(result.lengths.begin(), result.lengths.end(), 0.0) / n;
  result.success_rate = std::accumulate(result.successes.begin(), result.successes.end(), 0.0) / n;
  std::tie(result.success_low, result.success_high) = wilson_interval(result.success_rate, n);
}

}  // namespace cairn::agents
