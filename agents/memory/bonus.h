#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string_view>

#include "envs/environment.h"
#include "envs/random.h"
#include "envs/thread_pool.h"

namespace cairn::agents {

class Archive;

/// What worlds came to, in the order of time: column t * environments + e is step t of world e.
struct Visits {
  int environments = 1;                                 ///< worlds, which take turns in the columns
  Eigen::Ref<const Eigen::MatrixXf> reached;            ///< features x n, raw: what the step led to, final where done
  Eigen::Ref<const Eigen::MatrixXf> actions;            ///< action_size x n, before any clamping; discrete: the index
  std::span<const std::uint8_t> terminated, truncated;  ///< of each column: 1 where the step ended the episode

  /// Steps.
  Eigen::Index size() const { return reached.cols(); }
  /// Whether step i ended its episode.
  bool done(Eigen::Index i) const {
    return terminated[static_cast<std::size_t>(i)] != 0 || truncated[static_cast<std::size_t>(i)] != 0;
  }
};

/// What a bonus begins a run with. All of it outlives the bonus's use.
struct BonusRun {
  envs::EnvironmentFactory factory;  ///< makes worlds like those of training
  int environments = 1;              ///< training worlds
  int visits = 1;                    ///< columns of a call at most
  std::int64_t calls = 1;            ///< in the whole run; the horizon of schedules
  std::uint64_t seed = 0;            ///< of the run
  envs::ThreadPool* pool = nullptr;  ///< never null
};

/// An intrinsic reward beside the world's own. To policy gradients it is a stream of its own, with its own discount and
/// value head, which does not end with episodes (Burda et al. 2019). Replay adds it to the reward: one that depends on
/// the episode is kept with each transition, any other is computed when a batch is drawn.
class Bonus {
 public:
  virtual ~Bonus() = default;
  /// As `--bonus` takes it.
  virtual std::string_view name() const = 0;
  virtual float gamma() const = 0;        ///< discount of its own stream
  virtual float coefficient() const = 0;  ///< weight of its advantage, or in replay its own, beside the reward's
  /// Whether it depends on what the episode came to before, and not on the observation alone.
  virtual bool of_episode() const = 0;

  /// Forgets everything and makes ready for a run. Throws std::invalid_argument where the rule does not suit.
  virtual void begin(const BonusRun& run) = 0;
  /// The bonus of each visit. Every visit comes here once, in the order of time, and counts as seen from then on.
  virtual void pay(const Visits& visits, std::span<float> bonuses) = 0;
  /// Learns from the visits that `pay` has just seen, after the policy did.
  virtual void learn(const Visits& visits) = 0;
  /// How new raw observations (features x n) are by now: the bonus of reaching them for the first time in an episode.
  /// Nothing changes. Not from two threads at once.
  virtual void novelty(const Eigen::Ref<const Eigen::MatrixXf>& observations,
                       Eigen::Ref<Eigen::ArrayXf> bonuses) const = 0;

  /// Memory of a run, in bytes, about.
  virtual double bytes(int environments, double visits) const = 0;
  /// All there is, under `bonus/…`. `load`, after `begin`, throws std::runtime_error for what no run has left.
  virtual void save(Archive& archive) const = 0;
  virtual void load(const Archive& archive) = 0;
};

}  // namespace cairn::agents
