#pragma once

// Worlds that random actions are played in, for bonuses to be shown what they came to.

#include <Eigen/Core>
#include <vector>

#include "agents/archive/archive.h"
#include "agents/memory/bonus.h"
#include "envs/random.h"
#include "envs/vector_environment.h"

namespace cairn::agents {

class Wander {
 public:
  Wander(const envs::EnvironmentFactory& factory, int environments, int steps, std::uint64_t seed = 5)
      : factory_(factory), worlds_(factory, environments, seed), steps_(steps), random_(seed, envs::Stream::policy) {
    const Eigen::Index n = Eigen::Index{steps} * environments;
    reached.setZero(worlds_.spec().observation_size(), n);
    actions.setZero(worlds_.spec().action_size(), n);
    terminated.assign(static_cast<std::size_t>(n), 0);
    truncated = terminated;
    bonuses.assign(static_cast<std::size_t>(n), -1);
  }
  BonusRun run(envs::ThreadPool& pool, std::int64_t calls = 10) const {
    return {.factory = factory_,
            .environments = worlds_.size(),
            .visits = static_cast<int>(reached.cols()),
            .calls = calls,
            .seed = 9,
            .pool = &pool};
  }
  /// Plays on.
  Visits play() {
    const envs::Spec& spec = worlds_.spec();
    const int count = worlds_.size();
    for (int t = 0; t < steps_; ++t) {
      auto now = actions.middleCols(Eigen::Index{t} * count, count);
      for (Eigen::Index e = 0; e < count; ++e)
        for (Eigen::Index i = 0; i < now.rows(); ++i)
          now(i, e) = spec.discrete() ? static_cast<float>(random_.below(static_cast<std::uint32_t>(spec.actions())))
                                      : random_.uniform(-2, 2);
      worlds_.step(0, now);
      for (Eigen::Index e = 0; e < count; ++e) {
        const envs::Step& step = worlds_.steps()[static_cast<std::size_t>(e)];
        const Eigen::Index i = Eigen::Index{t} * count + e;
        const bool done = step.terminated || step.truncated;
        reached.col(i) = (done ? worlds_.final_observations() : worlds_.observations()).col(e);
        terminated[static_cast<std::size_t>(i)] = step.terminated;
        truncated[static_cast<std::size_t>(i)] = step.truncated;
      }
    }
    worlds_.take_finished(finished_);
    finished_.clear();
    return visits();
  }
  Visits visits() const {
    return {.environments = worlds_.size(),
            .reached = reached,
            .actions = actions,
            .terminated = terminated,
            .truncated = truncated};
  }
  /// Plays on, and shows it to a bonus.
  const std::vector<float>& show(Bonus& bonus) {
    const Visits seen = play();
    bonus.pay(seen, bonuses);
    bonus.learn(seen);
    return bonuses;
  }

  Eigen::MatrixXf reached, actions;
  std::vector<std::uint8_t> terminated, truncated;
  std::vector<float> bonuses;  ///< of the latest `show`

 private:
  envs::EnvironmentFactory factory_;
  envs::VectorEnvironment worlds_;
  int steps_;
  envs::Random random_;
  std::vector<envs::Episode> finished_;
};

/// One world, one step a column, no ends.
struct Stream {
  Eigen::MatrixXf reached, actions;
  std::vector<std::uint8_t> terminated, truncated;
  explicit Stream(Eigen::MatrixXf observations)
      : reached(std::move(observations)),
        actions(Eigen::MatrixXf::Zero(1, reached.cols())),
        terminated(static_cast<std::size_t>(reached.cols()), 0),
        truncated(terminated) {}
  Visits visits() const {
    return {
        .environments = 1, .reached = reached, .actions = actions, .terminated = terminated, .truncated = truncated};
  }
};

inline std::vector<float> pay(Bonus& bonus, const Visits& visits) {
  std::vector<float> bonuses(static_cast<std::size_t>(visits.size()));
  bonus.pay(visits, bonuses);
  return bonuses;
}

inline Archive saved(const Bonus& bonus) {
  Archive archive;
  bonus.save(archive);
  return archive;
}

}  // namespace cairn::agents
