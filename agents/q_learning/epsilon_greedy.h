#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "envs/environment.h"
#include "envs/random.h"

namespace cairn::agents {

class Archive;

/// With probability ε a random action, which is then held for a while, else the best one, in each of several worlds:
/// `εz-greedy` of Dabney, Ostrovski and Barreto 2021, P(n steps) ∝ n⁻², here up to a longest time. Longest time 1 is
/// plain ε-greedy.
class EpsilonGreedy {
 public:
  EpsilonGreedy() = default;
  /// `longest_hold`: steps that a random action is held at most.
  EpsilonGreedy(const envs::Spec& spec, int longest_hold, int worlds);

  /// The next action of every world, into `actions` (1 x worlds). `q` and `masks`: actions x worlds; the masks count
  /// where the world has some. World e draws from Random(seed, Stream::exploration, e, `number`).
  void act(const Eigen::Ref<const Eigen::MatrixXf>& q, const Eigen::MatrixXf& masks, float epsilon, std::uint64_t seed,
           std::uint32_t number, Eigen::MatrixXf& actions);
  /// After a step of all worlds: what is held ends with its episode.
  void end_episodes(std::span<const envs::Step> steps);

  /// What is held, under `name/…`.
  void save(Archive& archive, const std::string& name) const;
  /// Throws std::runtime_error for another number of worlds, for actions that are none and for times too long.
  void load(const Archive& archive, const std::string& name);

 private:
  std::int32_t holding_time(envs::Random& random) const;

  int actions_ = 0;
  bool masks_ = false;
  std::vector<double> holding_times_;      // cumulative probabilities of 1, 2, … steps
  std::vector<std::int32_t> hold_, held_;  // of each world: steps for which a random action goes on, and which one
};

}  // namespace cairn::agents
