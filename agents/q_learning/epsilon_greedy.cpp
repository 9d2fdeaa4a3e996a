#include "agents/q_learning/epsilon_greedy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "agents/networks/distributions.h"

namespace cairn::agents {

EpsilonGreedy::EpsilonGreedy(const envs::Spec& spec, int longest_hold, int worlds)
    : actions_(spec.actions()), masks_(spec.masks), hold_(static_cast<std::size_t>(worlds), 0), held_(hold_) {
  double total = 0;
  for (int length = 1; length <= longest_hold; ++length) holding_times_.push_back(total += std::pow(length, -2.0));
  for (double& cumulative : holding_times_) cumulative /= total;
}

void EpsilonGreedy::act(const Eigen::Ref<const Eigen::MatrixXf>& q, const Eigen::MatrixXf& masks, float epsilon,
                        std::uint64_t seed, std::uint32_t number, Eigen::MatrixXf& actions) {
  const auto count = static_cast<std::size_t>(actions_);
  for (std::size_t e = 0; e < hold_.size(); ++e) {
    const auto col = static_cast<Eigen::Index>(e);
    envs::Random random(seed, envs::Stream::exploration, static_cast<std::uint32_t>(e), number);
    const auto mask = masks_ ? std::span<const float>(masks.col(col).data(), count) : std::span<const float>();
    if (hold_[e] > 0 && (mask.empty() || mask[static_cast<std::size_t>(held_[e])] > 0)) {
      --hold_[e];
    } else {
      const bool explores = random.uniform() < epsilon;
      held_[e] = explores ? uniform_legal(actions_, mask, random) : best_legal({q.col(col).data(), count}, mask);
      hold_[e] = explores ? holding_time(random) - 1 : 0;
    }
    actions(0, col) = static_cast<float>(held_[e]);
  }
}

std::int32_t EpsilonGreedy::holding_time(envs::Random& random) const {
  if (holding_times_.size() == 1) return 1;
  return static_cast<std::int32_t>(std::ranges::upper_bound(holding_times_, random.uniform_double()) -
                                   holding_times_.begin()) +
         1;
}

void EpsilonGreedy::end_episodes(std::span<const envs::Step> steps) {
  for (std::size_t e = 0; e < hold_.size(); ++e)
    if (steps[e].terminated || steps[e].truncated) hold_[e] = 0;
}

void EpsilonGreedy::save(Archive& archive, const std::string& name) const {
  archive.put(name + "/hold", hold_);
  archive.put(name + "/held", held_);
}

void EpsilonGreedy::load(const Archive& archive, const std::string& name) {
  archive.get_into<std::int32_t>(name + "/hold", hold_);
  archive.get_into<std::int32_t>(name + "/held", held_);
  const auto longest = static_cast<std::int32_t>(holding_times_.size());
  for (std::size_t e = 0; e < hold_.size(); ++e)
    if (hold_[e] < 0 || hold_[e] >= longest || held_[e] < 0 || held_[e] >= actions_)
      throw std::runtime_error("'" + name + "' holds action " + std::to_string(held_[e]) + " for " +
                               std::to_string(hold_[e]) + " steps.");
}

}  // namespace cairn::agents
