#include "agents/training/metrics.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cairn::agents {

namespace {

constexpr double number(std::int64_t count) {
  return static_cast<double>(count);
}

// Tags are Stable-Baselines3's where it has them.
constexpr Measured<Telemetry> loop_list[] = {
    {{.name = "iteration", .meaning = "iterations done", .count = true},
     [](const Telemetry& t) { return number(t.iteration); }},
    {{.name = "steps", .meaning = "environment steps since the beginning", .count = true},
     [](const Telemetry& t) { return number(t.steps); }},
    {{.name = "updates", .meaning = "optimizer updates applied since the beginning", .count = true},
     [](const Telemetry& t) { return number(t.updates); }},
    {{.name = "episodes", .meaning = "episodes finished since the beginning", .count = true},
     [](const Telemetry& t) { return number(t.finished); }},
    {{.name = "return_mean",
      .tag = "rollout/ep_rew_mean",
      .meaning = "mean return of the latest 100 training episodes",
      .since = Since::first_episode},
     [](const Telemetry& t) { return t.recent.episode_return; }},
    {{.name = "length_mean",
      .tag = "rollout/ep_len_mean",
      .meaning = "mean length of the latest 100 training episodes, in steps",
      .since = Since::first_episode},
     [](const Telemetry& t) { return t.recent.length; }},
    {{.name = "success_rate",
      .tag = "rollout/success_rate",
      .meaning = "share of the latest 100 training episodes that succeeded, in [0, 1]",
      .since = Since::first_episode},
     [](const Telemetry& t) { return t.recent.success; }},
};

constexpr Measured<Telemetry> timing_list[] = {
    {{.name = "steps", .meaning = "environment steps since the beginning", .count = true},
     [](const Telemetry& t) { return number(t.steps); }},
    {{.name = "seconds", .meaning = "since this process began"}, [](const Telemetry& t) { return t.seconds; }},
    {{.name = "training_seconds", .meaning = "of them, collecting and learning"},
     [](const Telemetry& t) { return t.training_seconds; }},
};

constexpr Measured<EvaluationResult> evaluation_list[] = {
    {{.name = "steps", .meaning = "environment steps of training behind the policy", .count = true},
     [](const EvaluationResult& e) { return number(e.steps); }},
    {{.name = "episodes", .meaning = "episodes flown", .count = true},
     [](const EvaluationResult& e) { return number(static_cast<std::int64_t>(e.returns.size())); }},
    {{.name = "return_mean", .tag = "eval/mean_reward", .meaning = "mean return"},
     [](const EvaluationResult& e) { return e.mean_return; }},
    {{.name = "return_std", .meaning = "standard deviation of the returns"},
     [](const EvaluationResult& e) { return e.std_return; }},
    {{.name = "return_median", .meaning = "median return"}, [](const EvaluationResult& e) { return e.median_return; }},
    {{.name = "length_mean", .meaning = "mean length, in steps"},
     [](const EvaluationResult& e) { return e.mean_length; }},
    {{.name = "success_rate", .tag = "eval/success_rate", .meaning = "share of episodes that succeeded, in [0, 1]"},
     [](const EvaluationResult& e) { return e.success_rate; }},
};

constexpr Measured<Representation> network_list[] = {
    {{.name = "dead_units",
      .tag = "dead_units",
      .meaning = "share of hidden units that let next to no gradient through, in [0, 1]"},
     [](const Representation& r) { return r.dead_units; }},
    {{.name = "effective_rank",
      .tag = "effective_rank",
      .meaning = "directions that the last hidden layer's features have"},
     [](const Representation& r) { return r.effective_rank; }},
};

/// An agent's metric: its column is its tag.
constexpr MetricInfo of_agent(std::string_view name, std::string_view meaning, bool log_axis = false,
                              Since since = Since::first_update) {
  return {.name = name, .tag = name, .meaning = meaning, .log_axis = log_axis, .since = since};
}

constexpr bool small_values_matter = true;

constexpr MetricInfo agent_list[] = {
    of_agent("train/policy_loss", "the policy's loss, mean over the iteration's samples"),
    of_agent("train/value_loss", "the critic's loss, mean over the iteration's samples", small_values_matter),
    of_agent("train/entropy", "the policy's entropy, in nats"),
    of_agent("train/explained_variance", "share of the returns' variance that the critic explains, at most 1"),
    of_agent("train/approx_kl", "estimated KL divergence from the policy that collected, in nats"),
    of_agent("train/clip_fraction", "share of samples whose probability ratio was clipped, in [0, 1]"),
    of_agent("train/bonus", "mean intrinsic reward of a step"),
    of_agent("train/std", "mean standard deviation of the actions"),
    of_agent("train/loss", "mean loss of the iteration's updates", small_values_matter),
    of_agent("train/held_out_loss", "the same loss on demonstrations that are not learned from", small_values_matter),
    of_agent("train/critic_loss", "the critics' loss, mean over the iteration's updates", small_values_matter),
    of_agent("train/actor_loss", "the actor's loss, mean over its updates of the iteration"),
    of_agent("train/temperature", "worth of a nat of entropy", small_values_matter),
    of_agent("train/q_mean", "mean value of the actions that were replayed"),
    of_agent("train/epsilon", "share of actions that are random, in [0, 1]", false, Since::start),
    of_agent("train/memory", "transitions in the replay memory"),
    of_agent("train/imitated", "share of replayed samples that earned more than the critic expects, in [0, 1]"),
    of_agent("train/cells", "cells of the archive that exploring has reached"),
    of_agent("train/found", "ways to success that were confirmed from their episodes' seeds"),
    of_agent("train/found_at", "steps after which the first of them was confirmed; 0: none yet"),
    of_agent("train/not_confirmed", "successes that did not repeat themselves from their episodes' seeds"),
    of_agent("train/gradient_norm", "mean norm of the gradient, before any clip", small_values_matter),
    of_agent("train/gradient_norm_clipped", "mean norm of the gradient, after the clip", small_values_matter),
    of_agent("train/learning_rate", "of the latest update, with schedule and a person's factor"),
    of_agent("train/update_norm", "norm of the iteration's first update", small_values_matter),
    of_agent("train/update_to_weight", "that norm over the parameters'", small_values_matter),
    of_agent("train/step_lower_quartile", "of the sizes of the parameters' first steps", small_values_matter),
    of_agent("train/step_median", "of the sizes of the parameters' first steps", small_values_matter),
    of_agent("train/step_upper_quartile", "of the sizes of the parameters' first steps", small_values_matter),
    of_agent("train/step_largest", "of the sizes of the parameters' first steps", small_values_matter),
    of_agent("train/skipped_updates", "updates so far whose gradient was not finite"),
    of_agent("train/difficulty", "of training's episodes: the curriculum's, or the mean of the levels that it draws",
             false, Since::start),
    of_agent("train/difficulty_success",
             "success rate at the difficulty, in the latest window that was judged, in [0, 1]", false,
             Since::first_episode),
    of_agent("train/levels", "levels that the curriculum keeps", false, Since::start),
    of_agent("train/learnability", "mean p (1 - p) of those levels, at most 1/3 by its estimate", false,
             Since::first_episode),
    of_agent("train/reach", "steps before the end of a demonstration from which on episodes start", false,
             Since::start),
    of_agent("train/reach_success",
             "success rate from the farthest starts, in the latest window that was judged, in [0, 1]", false,
             Since::first_episode),
    of_agent("train/starts", "states to start from that are neither too hard nor mastered", false, Since::start),
};

}  // namespace

std::span<const Measured<Telemetry>> loop_metrics() {
  return loop_list;
}
std::span<const MetricInfo> agent_metrics() {
  return agent_list;
}
std::span<const Measured<Telemetry>> timing_metrics() {
  return timing_list;
}
std::span<const Measured<EvaluationResult>> evaluation_metrics() {
  return evaluation_list;
}
std::span<const Measured<Representation>> network_metrics() {
  return network_list;
}

MetricInfo progress_metric(std::string_view name) {
  if (const auto listed = std::ranges::find(loop_list, name, &MetricInfo::name); listed != std::end(loop_list))
    return *listed;
  if (const auto listed = std::ranges::find(agent_list, name, &MetricInfo::name); listed != std::end(agent_list))
    return *listed;
  return of_agent(name, "");
}

MetricInfo evaluation_metric(std::string_view name) {
  const auto listed = std::ranges::find(evaluation_list, name, &MetricInfo::name);
  if (listed != std::end(evaluation_list)) return *listed;
  return {.name = name, .meaning = ""};
}

void report_loop(Telemetry& telemetry) {
  std::array<Telemetry::Metric, std::size(loop_list)> own;
  std::ranges::transform(loop_list, own.begin(), [&](const auto& metric) {
    return Telemetry::Metric{metric.name, metric.value(telemetry)};
  });
  telemetry.metrics.insert(telemetry.metrics.begin(), own.begin(), own.end());
}

std::vector<Telemetry::Metric> report(const EvaluationResult& evaluation) {
  std::vector<Telemetry::Metric> values;
  for (const auto& metric : evaluation_list) values.push_back({metric.name, metric.value(evaluation)});
  return values;
}

}  // namespace cairn::agents
