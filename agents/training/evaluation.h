#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "agents/networks/policy.h"
#include "agents/training/representation.h"
#include "envs/environment.h"
#include "envs/thread_pool.h"

namespace cairn::agents {

/// Policies that nobody trained, for comparison.
enum class Pilot {
  heuristic,  ///< the world's own hand-written pilot
  random,     ///< uniform over the legal actions or the box
  nothing,    ///< action 0, or the middle of the box
};
/// All of them.
inline constexpr std::array pilots{Pilot::heuristic, Pilot::random, Pilot::nothing};
std::string_view to_string(Pilot pilot);
bool parse(std::string_view text, Pilot& pilot);
/// What the pilot does in this world: `observation` and `mask` as the world gave them, `action` as it takes it.
/// `random`: what Pilot::random draws from. Throws std::invalid_argument when the world has no hand-written pilot.
void act(Pilot pilot, const envs::Environment& world, std::span<const float> observation, std::span<const float> mask,
         envs::Random& random, std::span<float> action);

struct EvaluationOptions {
  int episodes = 100;               ///< to be flown
  std::uint64_t seed = 0;           ///< of the worlds' random numbers
  std::uint32_t first_episode = 0;  ///< number of the first episode: evaluations with other numbers fly other episodes
  bool deterministic = true;        ///< arg max or mean; otherwise sampled
  int sample = 0;                   ///< observations to keep of those that the policy acts on
};

/// Returns are undiscounted sums of raw rewards.
struct EvaluationResult {
  std::int64_t steps = 0;               ///< environment steps of training behind the policy
  std::vector<double> returns;          ///< of each episode
  std::vector<int> lengths;             ///< of each episode, in steps
  std::vector<std::uint8_t> successes;  ///< of each episode: 1 where a step of it succeeded
  Eigen::MatrixXf observations;  ///< features x `sample`, drawn at random over all episodes; fewer if there were fewer
  double mean_return = 0, std_return = 0, median_return = 0, mean_length = 0;  ///< over the episodes; length in steps
  double standard_error = 0;                                   ///< of mean_return: std_return / sqrt(episodes)
  double success_rate = 0, success_low = 0, success_high = 1;  ///< with Wilson's 95 % interval
  std::vector<NamedRepresentation> networks;                   ///< as a training run sees them over `observations`
};

/// Flies `episodes` episodes of fresh worlds. Episode e draws from Random(seed, Stream::evaluation, 0, first_episode +
/// e), and which columns fly which episodes is fixed, so any number of threads gives the same bits. What is kept of
/// observations draws from Stream::evaluation_sample and changes nothing else.
EvaluationResult evaluate(const Policy& policy, const envs::EnvironmentFactory& factory,
                          const EvaluationOptions& options, envs::ThreadPool& pool);
/// Throws std::invalid_argument when the world has no hand-written pilot.
EvaluationResult evaluate(Pilot pilot, const envs::EnvironmentFactory& factory, const EvaluationOptions& options,
                          envs::ThreadPool& pool);

/// Wilson's 95 % interval for a rate seen in n trials (Wilson 1927).
std::pair<double, double> wilson_interval(double rate, double n);

/// Fills in the summary from the per-episode numbers.
void summarise(EvaluationResult& result);

}  // namespace cairn::agents
