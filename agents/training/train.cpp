#include "agents/training/train.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "agents/archive/archive.h"
#include "agents/learner/updater.h"
#include "agents/training/checkpoint.h"
#include "agents/training/gate.h"
#include "agents/training/loop_state.h"
#include "agents/training/metrics.h"
#include "agents/training/representation.h"
#include "agents/training/run_folder.h"
#include "agents/training/signal_watcher.h"
#include "agents/training/signals.h"

namespace cairn::agents {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr double long_round = 0.5;  // s; from there on the boundary is kept for a signal

/// Where two identities differ: `seed=1, not seed=2`.
std::string difference(const std::string& made, const std::string& wanted) {
  std::istringstream a(made), b(wanted);
  std::string text;
  for (std::string theirs, ours; a >> theirs && b >> ours;)
    if (theirs != ours) text.append(text.empty() ? "" : "; ").append(theirs).append(", not ").append(ours);
  return text.empty() ? made + ", not " + wanted : text;
}

/// Whether so many steps are done; then the next time is moved past them.
bool due(std::int64_t& next, std::int64_t every, std::int64_t steps) {
  if (every <= 0 || steps < next) return false;
  next = (steps / every + 1) * every;
  return true;
}

class Training {
 public:
  Training(Agent& agent, const envs::EnvironmentFactory& factory, const TrainOptions& options,
           std::span<Observer* const> observers);

  TrainResult run();

 private:
  void begin();
  void resume(const std::filesystem::path& checkpoint);
  void iterate();
  void write_dump();
  void complete_telemetry();
  void evaluate_policy();
  void record_evaluation(const Policy& policy);
  bool answer_interventions();
  void describe(Archive& archive) const;
  Archive everything();
  void checkpoint();
  void say(const std::string& message);
  void say_notes();
  template <class F>
  void tell(F&& f) {
    for (Observer* observer : observers_) f(*observer);
  }
  bool writes() const { return folder_.has_value(); }
  std::filesystem::path saved(const std::string& name) const {
    return options_.folder / "checkpoints" / (name + ".safetensors");
  }

  Clock::time_point start_ = Clock::now();
  Agent& agent_;
  const envs::EnvironmentFactory& factory_;
  const TrainOptions& options_;
  envs::ThreadPool pool_;
  std::optional<RunFolder> folder_;
  std::vector<Observer*> observers_;  // the run folder first
  Telemetry telemetry_;
  LoopState state_;
  Gate gate_;
  TrainResult result_;
  std::string interventions_;  // a line each; empty: the run is what its configuration says
};

Training::Training(Agent& agent, const envs::EnvironmentFactory& factory, const TrainOptions& options,
                   std::span<Observer* const> observers)
    : agent_(agent),
      factory_(factory),
      options_(options),
      pool_(options.threads),
      gate_(options.until_return, options.seed, factory, pool_) {
  if (!options.folder.empty()) {
    folder_.emplace(options.folder, options.config, options.resume, options.log_every);
    observers_.push_back(&*folder_);
  }
  observers_.insert(observers_.end(), observers.begin(), observers.end());
}

void Training::begin() {
  Run run{factory_, options_.environments, options_.seed, options_.horizon > 0 ? options_.horizon : options_.steps,
          &pool_};
  if (Curriculum* curriculum = options_.curriculum.get()) {
    curriculum->begin(run);
    run.starts = [curriculum](int column, std::uint32_t episode, envs::Start usual) {
      return curriculum->choose(column, episode, std::move(usual));
    };
  }
  agent_.begin(run);
  state_.next_checkpoint = options_.checkpoint_every;
  state_.next_evaluation = options_.evaluate_every;
  if (options_.resume && std::filesystem::exists(saved("last"))) resume(saved("last"));
  tell([&](Observer& observer) {
    observer.on_start({std::string(agent_.name()), agent_.worlds().spec().id, options_.folder, options_.steps,
                       result_.resumed_from, &agent_.worlds().spec(), factory_, &agent_, options_.curriculum.get()});
  });
  say_notes();
  if (!options_.resume) return;
  if (result_.resumed_from == 0)
    say("There is no checkpoint in '" + options_.folder.string() + "' to go on from: the run starts anew.");
  else
    say("Resumed at step " + std::to_string(result_.resumed_from) + "." +
        (options_.resumed_note.empty() ? "" : " " + options_.resumed_note));
}

void Training::resume(const std::filesystem::path& checkpoint) {
  const Archive archive = read_checkpoint(checkpoint);
  const auto identity = archive.metadata.find("identity");
  if (identity == archive.metadata.end() || identity->second != options_.identity)
    throw std::runtime_error("Checkpoint " + checkpoint.string() + " was made by another run: " +
                             (identity == archive.metadata.end() ? "it does not say by which"
                                                                 : difference(identity->second, options_.identity)) +
                             ".");
  if (const auto swapped = archive.metadata.find("optimizer/swapped_to"); swapped != archive.metadata.end()) {
    if (!options_.read_rule || agent_.updater() == nullptr)
      throw std::runtime_error("In checkpoint " + checkpoint.string() + " a person had swapped the optimizer for '" +
                               swapped->second + "', which cannot be made here.");
    agent_.updater()->swap(options_.read_rule(swapped->second));
  }
  agent_.load(archive);
  if (options_.curriculum) options_.curriculum->load(archive);
  state_.load(archive);
  gate_.load(archive);
  tell([&](Observer& observer) { observer.load(archive); });
  if (const auto lines = archive.metadata.find("interventions"); lines != archive.metadata.end())
    interventions_ = lines->second;
  telemetry_.updates = state_.updates;
  result_.resumed_from = agent_.steps();
  if (state_.best) result_.best_return = *state_.best;
}

void Training::say(const std::string& message) {
  tell([&](Observer& observer) { observer.on_message(message); });
}

void Training::say_notes() {
  if (!writes()) return;
  for (const std::string& note : folder_->take_notes()) say(note);
}

/// Collects, learns, and tells of it.
void Training::iterate() {
  if (Updater* updater = agent_.updater()) {
    bool blocks = false;
    tell([&](Observer& observer) { blocks |= observer.wants_blocks(); });
    updater->look_at_blocks(blocks);
  }
  const auto before = Clock::now();
  telemetry_.clear();
  try {
    agent_.iterate(telemetry_);
  } catch (const Diverged& diverged) {
    say(diverged.what());
    if (writes()) write_dump();
    throw;
  }
  if (options_.curriculum) {
    options_.curriculum->learn(telemetry_.episodes, agent_.worlds());
    options_.curriculum->report(telemetry_);
  }
  result_.training_seconds += Seconds(Clock::now() - before).count();
  complete_telemetry();
  tell([&](Observer& observer) { observer.on_iteration(telemetry_, agent_); });
}

/// Of a run that diverged, for a person to look into; of weights that are not finite there is nothing to load.
void Training::write_dump() {
  std::optional<Archive> dump;
  try {
    dump = everything();
  } catch (const Diverged&) {
    return;
  }
  write_archive(saved("diverged"), *dump);
}

/// What the agent does not know of.
void Training::complete_telemetry() {
  for (const envs::Episode& episode : telemetry_.episodes) {
    state_.recent.push_back(episode);
    if (state_.recent.size() > LoopState::window) state_.recent.pop_front();
  }
  state_.episodes += static_cast<std::int64_t>(telemetry_.episodes.size());
  state_.updates = telemetry_.updates;
  telemetry_.iteration = ++state_.iterations;
  telemetry_.steps = agent_.steps();
  telemetry_.finished = state_.episodes;
  telemetry_.seconds = Seconds(Clock::now() - start_).count();
  telemetry_.training_seconds = result_.training_seconds;

  double returns = 0, lengths = 0, successes = 0;
  for (const envs::Episode& episode : state_.recent) {
    returns += episode.episode_return;
    lengths += episode.length;
    successes += episode.success ? 1 : 0;
  }
  const auto n = static_cast<double>(state_.recent.size());
  telemetry_.recent =
      state_.recent.empty() ? Telemetry::Recent{} : Telemetry::Recent{returns / n, lengths / n, successes / n};
  report_loop(telemetry_);
}

void Training::evaluate_policy() {
  const auto first = static_cast<std::uint32_t>(state_.evaluations++ * options_.evaluation_episodes);
  const Policy policy = agent_.policy();
  result_.evaluation = evaluate(policy, factory_,
                                {.episodes = options_.evaluation_episodes,
                                 .seed = options_.seed,
                                 .first_episode = first,
                                 .sample = representation_batch},
                                pool_);
  record_evaluation(policy);
}

void Training::record_evaluation(const Policy& policy) {
  EvaluationResult& evaluation = result_.evaluation;
  evaluation.steps = state_.evaluated_at = agent_.steps();
  evaluation.networks = representations(agent_, policy, evaluation.observations);
  if (!state_.best || evaluation.mean_return > *state_.best) {
    state_.best = result_.best_return = evaluation.mean_return;
    if (writes()) {
      Archive best;
      policy.save(best);
      describe(best);
      write_archive(saved("best"), best);
    }
  }
  tell([&](Observer& observer) { observer.on_evaluation(evaluation); });
}

/// Does what persons at observers want before the next iteration; false where one wants the run to end.
bool Training::answer_interventions() {
  bool go_on = true;
  for (Observer* asking : observers_)
    while (const std::optional<Intervention> wanted = asking->intervene()) {
      InterventionNote note{.steps = agent_.steps(), .kind = wanted->kind, .value = {}, .label = {}, .sentence = {}};
      const std::string at = "step " + std::to_string(note.steps) + ": ";
      if (wanted->kind == Intervention::Kind::stop) {
        note.sentence = at + "a person stopped the run.";
        go_on = false;
      } else if (wanted->kind != Intervention::Kind::checkpoint) {
        note = change_learning(agent_, *wanted);
      } else if (writes()) {
        const std::filesystem::path file = saved("step-" + std::to_string(note.steps));
        write_archive(file, everything());
        note.sentence = at + "a person saved " + file.string() + ".";
      } else {
        note.sentence = at + "no checkpoint, because this run writes no files.";
      }
      if (note.changed()) interventions_ += note.sentence + "\n";
      say(note.sentence);
      tell([&](Observer& observer) { observer.on_intervention(note); });
    }
  return go_on;
}

/// What every checkpoint says of the run.
void Training::describe(Archive& archive) const {
  archive.metadata["format"] = checkpoint_format;
  archive.metadata["identity"] = options_.identity;
  archive.metadata["steps"] = std::to_string(agent_.steps());
  if (!interventions_.empty()) archive.metadata["interventions"] = interventions_;
}

Archive Training::everything() {
  Archive archive;
  describe(archive);
  agent_.policy().save(archive);
  agent_.save(archive);
  if (options_.curriculum) options_.curriculum->save(archive);
  state_.save(archive);
  gate_.save(archive);
  tell([&](Observer& observer) { observer.save(archive); });
  say_notes();
  return archive;
}

void Training::checkpoint() {
  if (writes()) write_archive(saved("last"), everything());
}

TrainResult Training::run() {
  begin();
  bool was_over = result_.resumed_from > 0 && agent_.steps() >= options_.steps && state_.evaluated_at == agent_.steps();
  // A run that has stopped itself is over: its last look is taken again, for the result.
  if (std::optional<EvaluationResult> seen = gate_.look_again(agent_)) {
    was_over = true;
    result_.ending = Ending::reached;
    result_.evaluation = std::move(*seen);
    result_.evaluation.steps = agent_.steps();
    tell([&](Observer& observer) { observer.on_evaluation(result_.evaluation); });
  }

  std::optional<SignalWatcher> watcher;
  if (writes()) watcher.emplace(saved("last"));
  std::optional<double> last_round;  // s
  while (result_.ending != Ending::reached && agent_.steps() < options_.steps) {
    if (watcher && !last_round) watcher->guard(std::nullopt);
    if (watcher && last_round > long_round) watcher->guard(everything());
    const auto before = Clock::now();
    iterate();
    if (std::optional<EvaluationResult> seen = gate_.look(agent_, state_.recent, state_.iterations)) {
      result_.ending = Ending::reached;
      result_.evaluation = std::move(*seen);
      record_evaluation(agent_.policy());
      break;
    }
    const std::int64_t steps = agent_.steps();
    if (steps < options_.steps && due(state_.next_evaluation, options_.evaluate_every, steps)) evaluate_policy();
    last_round = Seconds(Clock::now() - before).count();
    if (watcher) watcher->release();

    const bool go_on = answer_interventions();
    const bool checkpoint_due = due(state_.next_checkpoint, options_.checkpoint_every, steps);
    if (raised_signal() != 0) {
      result_.ending = Ending::interrupted;
      result_.signal = raised_signal();
      break;
    }
    if (!go_on) {
      result_.ending = Ending::stopped;
      break;
    }
    if (checkpoint_due) checkpoint();
  }
  if (watcher) watcher->release();
  // A run that was killed behind its last checkpoint has nothing left to do.
  if (result_.ending == Ending::finished && state_.evaluated_at != agent_.steps()) {
    if (watcher) watcher->guard(everything());
    evaluate_policy();
  }
  watcher.reset();
  result_.nothing_to_do = was_over;
  if (!result_.nothing_to_do) checkpoint();

  result_.intervened = !interventions_.empty();
  result_.steps = agent_.steps();
  result_.updates = telemetry_.updates;
  result_.episodes = state_.episodes;
  result_.seconds = Seconds(Clock::now() - start_).count();
  if (result_.training_seconds > 0)
    result_.steps_per_second = static_cast<double>(result_.steps - result_.resumed_from) / result_.training_seconds;
  tell([](Observer& observer) { observer.on_end(); });
  return result_;
}

}  // namespace

TrainResult train(Agent& agent, const envs::EnvironmentFactory& factory, const TrainOptions& options,
                  std::span<Observer* const> observers) {
  return Training(agent, factory, options, observers).run();
}

}  // namespace cairn::agents
