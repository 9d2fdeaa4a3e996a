#include "agents/training/gate.h"

#include "agents/training/checkpoint.h"
#include "agents/training/representation.h"

namespace cairn::agents {

namespace {

constexpr std::size_t latest = 30;              // training episodes whose mean return makes it look closer
constexpr double margin = 30;                   // how far below the goal that mean may be
constexpr int first_look = 20, rest_look = 80;  // greedy episodes: a first look, then the others
constexpr std::int64_t pause = 3;               // iterations before looking again

// The episodes of the looks begin here; those of regular evaluations at 0.
constexpr std::uint32_t first_episode = 1U << 30;
constexpr std::int64_t most_looks = INT64_C(0xffffffff), most_iterations = INT64_C(1) << 53;

}  // namespace

std::optional<EvaluationResult> Gate::look(const Agent& agent, const std::deque<envs::Episode>& recent,
                                           std::int64_t iterations) {
  if (!goal_ || recent.size() < latest || iterations < next_look_) return std::nullopt;
  double sum = 0;
  for (std::size_t i = recent.size() - latest; i < recent.size(); ++i) sum += recent[i].episode_return;
  if (sum / static_cast<double>(latest) < *goal_ - margin) return std::nullopt;
  std::optional<EvaluationResult> seen = look_closer(agent.policy());
  if (!seen) next_look_ = iterations + pause;
  return seen;
}

std::optional<EvaluationResult> Gate::look_again(const Agent& agent) {
  if (!goal_ || !reached_) return std::nullopt;
  --looks_;
  return look_closer(agent.policy());
}

std::optional<EvaluationResult> Gate::look_closer(const Policy& policy) {
  const std::uint32_t first = first_episode + static_cast<std::uint32_t>(looks_++) * (first_look + rest_look);
  EvaluationResult all =
      evaluate(policy, factory_,
               {.episodes = first_look, .seed = seed_, .first_episode = first, .sample = representation_batch}, pool_);
  if (all.mean_return < *goal_) return std::nullopt;
  const EvaluationResult rest =
      evaluate(policy, factory_, {.episodes = rest_look, .seed = seed_, .first_episode = first + first_look}, pool_);
  all.returns.insert(all.returns.end(), rest.returns.begin(), rest.returns.end());
  all.lengths.insert(all.lengths.end(), rest.lengths.begin(), rest.lengths.end());
  all.successes.insert(all.successes.end(), rest.successes.begin(), rest.successes.end());
  summarise(all);
  if (all.mean_return < *goal_) return std::nullopt;
  reached_ = true;
  return all;
}

void Gate::save(Archive& archive) const {
  archive.put_value("gate/looks", looks_);
  archive.put_value("gate/next_look", next_look_);
  archive.put_value("gate/reached", std::int64_t{reached_ ? 1 : 0});
}

void Gate::load(const Archive& archive) {
  reached_ = read_count(archive, "gate/reached", 0, 1) != 0;
  looks_ = read_count(archive, "gate/looks", reached_ ? 1 : 0, most_looks);
  next_look_ = read_count(archive, "gate/next_look", 0, most_iterations);
}

}  // namespace cairn::agents
