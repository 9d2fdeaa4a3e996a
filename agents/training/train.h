#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "agents/exploration/curriculum.h"
#include "agents/learner/agent.h"
#include "agents/training/observer.h"

namespace cairn::agents {

/// How a run goes. Everything here but `threads`, `folder` and `resume` belongs to what a checkpoint must agree with.
struct TrainOptions {
  std::int64_t steps = 1'000'000;           ///< environment steps; the last iteration may go past them
  std::int64_t horizon = 0;                 ///< steps that what runs over the whole run is planned for; 0: `steps`
  std::uint64_t seed = 0;                   ///< of all random numbers
  int environments = 16;                    ///< parallel training worlds
  int threads = 1;                          ///< at least 1; the bits do not depend on it
  std::filesystem::path folder{};           ///< run folder; empty: nothing is written
  std::int64_t checkpoint_every = 100'000;  ///< steps
  std::int64_t evaluate_every = 100'000;    ///< steps; 0: only at the end
  int evaluation_episodes = 20;             ///< an evaluation
  std::int64_t log_every = 1000;            ///< steps: at most one row of progress.csv in so many; 0: every iteration
  std::optional<double> until_return{};     ///< stop once a policy's mean return over 100 fresh episodes reaches this
  bool resume = false;                      ///< go on from the folder's last checkpoint, where there is one
  std::string config{};                     ///< text of config.json; of a resumed run: empty leaves it as it is
  std::string resumed_note{};               ///< said of a resumed run besides
  std::string identity{};  ///< what a checkpoint must have been made with: environment, agent, optimizer
  /// Makes a rule from its description: what resuming needs after a person has swapped the optimizer. Throws
  /// std::exception where it cannot.
  std::function<optim::Rule(const std::string&)> read_rule{};
  /// Chooses how training episodes start; null: they start as the worlds say. Evaluation has none.
  std::shared_ptr<Curriculum> curriculum{};
};

/// Why a run ended: its steps are done, a policy is good enough, a signal came, or a person at an observer stopped it.
enum class Ending { finished, reached, interrupted, stopped };

/// How a run ended, and what it came to.
struct TrainResult {
  Ending ending = Ending::finished;                   ///< why it ended
  int signal = 0;                                     ///< which one interrupted
  std::int64_t steps = 0, updates = 0, episodes = 0;  ///< of the whole run, from its beginning
  std::int64_t resumed_from = 0;                      ///< steps that an earlier process had done
  bool nothing_to_do = false;                         ///< the resumed run was over: nothing was written
  bool intervened = false;                            ///< a person changed the learning, now or before an earlier stop
  double seconds = 0;                                 ///< wall time, evaluations and files included
  double training_seconds = 0;                        ///< of it, collecting and learning
  double steps_per_second = 0;                        ///< of this process, by training_seconds
  EvaluationResult evaluation;                        ///< the last one; greedy, separate worlds
  double best_return = 0;                             ///< best evaluation; its policy is checkpoints/best.safetensors
};

/// Trains: iterate, log, evaluate on separate worlds, checkpoint, until the steps are done, a policy is good enough
/// (`until_return`), a person stops it (Observer::intervene), or a signal comes (watch_signals). Checkpoints lie on
/// iteration boundaries, so that a resumed run goes on to the same bits. A signal during an iteration and evaluation
/// longer than a second writes the boundary before them and ends the process. Throws Diverged after writing
/// checkpoints/diverged.safetensors (where the weights are still finite), std::runtime_error when a file cannot be
/// written (the last checkpoint stays) or does not fit the run.
TrainResult train(Agent& agent, const envs::EnvironmentFactory& factory, const TrainOptions& options,
                  std::span<Observer* const> observers = {});

}  // namespace cairn::agents
