#include "agents/training/train.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <fstream>
#include <limits>
#include <mutex>
#include <numeric>
#include <optional>
#include <sstream>
#include <thread>

#include "agents/archive/archive.h"
#include "agents/archive/atomic_file.h"
#include "agents/archive/tensorboard.h"
#include "agents/learner/updater.h"
#include "agents/training/representation.h"
#include "agents/training/signals.h"
#include "agents/training/table.h"

namespace cairn::agents {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t window = 100;             // finished training episodes that progress.csv averages
constexpr std::size_t gate_window = 30;         // the latest of them, whose mean return makes `until` look closer
constexpr double gate_margin = 30;              // how far below the goal sampled returns may be for that
constexpr int gate_first = 20, gate_rest = 80;  // greedy episodes: a first look, then the others
constexpr std::int64_t gate_pause = 3;          // iterations before looking again
constexpr double long_round = 0.5;              // s; from there on the boundary is kept for a signal
constexpr auto patience = std::chrono::milliseconds(1000);  // how long a signal waits for the round to end

// Evaluations fly other episodes each time: the n-th regular one starts here plus n times its size, the gate's
// elsewhere.
constexpr std::uint32_t gate_episodes = 1U << 30;

/// What the loop itself must remember across an interruption.
struct Progress {
  std::deque<envs::Episode> recent;  // the last `window` finished training episodes
  std::int64_t iterations = 0, episodes = 0, evaluations = 0, gate_looks = 0, next_gate = 0;
  std::int64_t next_evaluation = 0, next_checkpoint = 0;
  std::int64_t evaluated_at = -1;  // steps behind the last evaluation
  bool reached = false;            // `until` is, by the policy as it is
  std::optional<double> best;
  std::uint64_t progress_bytes = 0, evaluation_bytes = 0;

  void save(Archive& archive) const {
    std::vector<double> numbers;
    for (const envs::Episode& episode : recent)
      numbers.insert(numbers.end(), {static_cast<double>(episode.environment), static_cast<double>(episode.length),
                                     episode.episode_return, episode.success ? 1.0 : 0.0});
    archive.put("loop/recent_episodes", numbers);
    archive.put("loop/counters",
                std::vector<std::int64_t>{iterations, episodes, evaluations, gate_looks, next_gate, next_evaluation,
                                          next_checkpoint, best ? 1 : 0, static_cast<std::int64_t>(progress_bytes),
                                          static_cast<std::int64_t>(evaluation_bytes), evaluated_at, reached ? 1 : 0});
    archive.put_value("loop/best_return", best.value_or(0));
  }
  void load(const Archive& archive) {
    const auto numbers = archive.get<double>("loop/recent_episodes");
    recent.clear();
    for (std::size_t i = 0; i + 4 <= numbers.size(); i += 4)
      recent.push_back(
          {static_cast<int>(numbers[i]), static_cast<int>(numbers[i + 1]), numbers[i + 2], numbers[i + 3] != 0});
    std::array<std::int64_t, 12> counters;
    archive.get_into<std::int64_t>("loop/counters", counters);
    iterations = counters[0], episodes = counters[1], evaluations = counters[2], gate_looks = counters[3];
    next_gate = counters[4], next_evaluation = counters[5], next_checkpoint = counters[6];
    best = counters[7] != 0 ? std::optional(archive.get_value<double>("loop/best_return")) : std::nullopt;
    progress_bytes = static_cast<std::uint64_t>(counters[8]);
    evaluation_bytes = static_cast<std::uint64_t>(counters[9]);
    evaluated_at = counters[10];
    reached = counters[11] != 0;
  }
};

/// Ends the process from the last boundary when a signal comes in the middle of a long round (an iteration and the
/// evaluation after it).
class Watcher {
 public:
  explicit Watcher(std::filesystem::path path)
      : path_(std::move(path)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  /// A round begins. `boundary`: what to write; nothing where the file holds it, or where none is made yet.
  void guard(std::optional<Archive> boundary) {
    const std::lock_guard lock(mutex_);
    boundary_ = std::move(boundary);
    guarding_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    boundary_.reset();
    guarding_ = false;
  }

 private:
  void run(const std::stop_token& stop) {
    auto since = Clock::now();
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      woken_.wait_for(lock, stop, std::chrono::milliseconds(20), [] { return false; });
      if (raised_signal() == 0) {
        since = Clock::now();
      } else if (guarding_ && Clock::now() - since > patience) {
        try {
          if (boundary_) write_archive(path_, *boundary_);
        } catch (const std::exception&) {
          _exit(1);
        }
        _exit(128 + raised_signal());
      }
    }
  }
  std::filesystem::path path_;
  std::mutex mutex_;
  std::condition_variable_any woken_;  // by the stop token alone
  std::optional<Archive> boundary_;
  bool guarding_ = false;
  std::jthread thread_;
};

class Training {
 public:
  Training(Agent& agent, const envs::EnvironmentFactory& factory, const TrainOptions& options,
           std::span<Observer* const> observers)
      : agent_(agent), factory_(factory), options_(options), observers_(observers), pool_(options.threads) {}

  TrainResult run();

 private:
  void open_folder();
  void begin_or_resume();
  void log_iteration();
  void evaluate_policy();
  void record_evaluation(const Policy& policy);
  void record_networks(const Policy& policy);
  bool good_enough();
  bool look_closer();
  bool answer_interventions();
  Archive everything();
  void checkpoint();
  void describe(Archive& archive) const;
  void say(const std::string& message);
  template <class F>
  void tell(F&& f) {
    for (Observer* observer : observers_) f(*observer);
  }
  std::filesystem::path in(const char* name) const { return options_.folder / name; }
  bool writes() const { return !options_.folder.empty(); }

  Agent& agent_;
  const envs::EnvironmentFactory& factory_;
  const TrainOptions& options_;
  std::span<Observer* const> observers_;
  envs::ThreadPool pool_;
  Telemetry telemetry_;
  Progress progress_;
  TrainResult result_;
  Table progress_table_, evaluation_table_, timing_table_, networks_table_;
  std::optional<TensorBoardWriter> tensorboard_;
  std::ofstream log_;
  std::string interventions_;  // a line each; empty: the run is what its configuration says
  Clock::time_point start_ = Clock::now();
};

/// Where two identities differ: `seed=1, not seed=2`.
std::string difference(const std::string& made, const std::string& wanted) {
  std::istringstream a(made), b(wanted);
  std::string text;
  for (std::string theirs, ours; a >> theirs && b >> ours;)
    if (theirs != ours) text.append(text.empty() ? "" : "; ").append(theirs).append(", not ").append(ours);
  return text.empty() ? made + ", not " + wanted : text;
}

void Training::open_folder() {
  std::error_code error;
  std::filesystem::create_directories(in("checkpoints"), error);
  if (error) throw std::runtime_error("Cannot create " + in("checkpoints").string() + ": " + error.message() + ".");
  if (!options_.resume) {
    AtomicFile file(in("config.json"));
    file.write(options_.config);
    file.commit();
  }
  log_.open(in("log.txt"), options_.resume ? std::ios::app : std::ios::trunc);
  if (!log_) throw std::runtime_error("Cannot write " + in("log.txt").string() + ": " + std::strerror(errno) + ".");
}

void Training::begin_or_resume() {
  agent_.begin({factory_, options_.environments, options_.seed, options_.steps, &pool_});
  progress_.next_checkpoint = options_.checkpoint_every;
  progress_.next_evaluation = options_.evaluate_every;
  const auto last = in("checkpoints/last.safetensors");
  if (options_.resume && std::filesystem::exists(last)) {
    const Archive archive = read_archive(last);
    const auto identity = archive.metadata.find("identity");
    if (identity == archive.metadata.end() || identity->second != options_.identity)
      throw std::runtime_error("Checkpoint " + last.string() + " was made by another run: " +
                               (identity == archive.metadata.end() ? "it does not say by which"
                                                                   : difference(identity->second, options_.identity)) +
                               ".");
    if (const auto swapped = archive.metadata.find("optimizer/swapped_to"); swapped != archive.metadata.end()) {
      if (!options_.read_rule || agent_.updater() == nullptr)
        throw std::runtime_error("In checkpoint " + last.string() + " a person had swapped the optimizer for '" +
                                 swapped->second + "', which cannot be made here.");
      agent_.updater()->swap(options_.read_rule(swapped->second));
    }
    agent_.load(archive);
    progress_.load(archive);
    if (const auto lines = archive.metadata.find("interventions"); lines != archive.metadata.end())
      interventions_ = lines->second;
    telemetry_.updates = archive.get_value<std::int64_t>("loop/updates");
    result_.resumed_from = agent_.steps();
    if (progress_.best) result_.best_return = *progress_.best;
  }
  if (!writes()) return;
  progress_table_ = Table(in("progress.csv"), progress_.progress_bytes);
  evaluation_table_ = Table(in("evaluations.csv"), progress_.evaluation_bytes);
  timing_table_ = Table(in("timing.csv"), options_.resume && std::filesystem::exists(in("timing.csv"))
                                              ? std::filesystem::file_size(in("timing.csv"))
                                              : 0);
  networks_table_ =
      Table(in("networks.csv"), options_.resume ? bytes_up_to(in("networks.csv"), progress_.evaluated_at) : 0);
  tensorboard_.emplace(options_.folder);
}

void Training::say(const std::string& message) {
  if (log_.is_open()) log_ << message << '\n' << std::flush;
  tell([&](Observer& observer) { observer.on_message(message); });
}

void Training::log_iteration() {
  for (const envs::Episode& episode : telemetry_.episodes) {
    progress_.recent.push_back(episode);
    if (progress_.recent.size() > window) progress_.recent.pop_front();
  }
  progress_.episodes += static_cast<std::int64_t>(telemetry_.episodes.size());
  telemetry_.iteration = ++progress_.iterations;

  double returns = 0, lengths = 0, successes = 0;
  for (const envs::Episode& episode : progress_.recent) {
    returns += episode.episode_return;
    lengths += episode.length;
    successes += episode.success ? 1 : 0;
  }
  const auto n = static_cast<double>(progress_.recent.size());
  telemetry_.recent =
      progress_.recent.empty() ? Telemetry::Recent{} : Telemetry::Recent{returns / n, lengths / n, successes / n};
  const auto& [episode_return, length, success] = telemetry_.recent;
  if (!writes()) return;
  if (progress_table_.empty()) {
    for (const char* name : {"iteration", "steps", "updates", "episodes", "return_mean", "length_mean", "success_rate"})
      progress_table_.cell(std::string_view(name));
    for (const Telemetry::Metric& metric : telemetry_.metrics) progress_table_.cell(metric.name);
    progress_table_.end_row();
  }
  for (const std::int64_t count : {progress_.iterations, telemetry_.steps, telemetry_.updates, progress_.episodes})
    progress_table_.cell(count);
  for (const double mean : {episode_return, length, success}) progress_table_.cell(mean);
  for (const Telemetry::Metric& metric : telemetry_.metrics) progress_table_.cell(metric.value);
  progress_table_.end_row();

  if (timing_table_.empty()) {
    for (const char* name : {"steps", "seconds", "training_seconds"}) timing_table_.cell(std::string_view(name));
    timing_table_.end_row();
  }
  timing_table_.cell(telemetry_.steps);
  timing_table_.cell(Seconds(Clock::now() - start_).count());
  timing_table_.cell(result_.training_seconds);
  timing_table_.end_row();

  if (!progress_.recent.empty()) {
    tensorboard_->scalar("rollout/ep_rew_mean", telemetry_.steps, episode_return);
    tensorboard_->scalar("rollout/ep_len_mean", telemetry_.steps, length);
    tensorboard_->scalar("rollout/success_rate", telemetry_.steps, success);
  }
  for (const Telemetry::Metric& metric : telemetry_.metrics)
    tensorboard_->scalar(metric.name, telemetry_.steps, metric.value);
}

void Training::evaluate_policy() {
  const auto first = static_cast<std::uint32_t>(progress_.evaluations++ * options_.evaluation_episodes);
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
  result_.evaluation.steps = progress_.evaluated_at = agent_.steps();
  const double score = result_.evaluation.mean_return;
  if (writes()) {
    if (evaluation_table_.empty()) {
      for (const char* name :
           {"steps", "episodes", "return_mean", "return_std", "return_median", "length_mean", "success_rate"})
        evaluation_table_.cell(std::string_view(name));
      evaluation_table_.end_row();
    }
    evaluation_table_.cell(agent_.steps());
    evaluation_table_.cell(static_cast<std::int64_t>(result_.evaluation.returns.size()));
    for (const double value : {score, result_.evaluation.std_return, result_.evaluation.median_return,
                               result_.evaluation.mean_length, result_.evaluation.success_rate})
      evaluation_table_.cell(value);
    evaluation_table_.end_row();
    tensorboard_->scalar("eval/mean_reward", agent_.steps(), score);
    tensorboard_->scalar("eval/success_rate", agent_.steps(), result_.evaluation.success_rate);
    record_networks(policy);
  }
  if (!progress_.best || score > *progress_.best) {
    progress_.best = result_.best_return = score;
    if (writes()) {
      Archive best;
      policy.save(best);
      describe(best);
      write_archive(in("checkpoints/best.safetensors"), best);
    }
  }
  tell([&](Observer& observer) { observer.on_evaluation(result_.evaluation); });
}

/// A table of its own, cut by steps when a run is resumed: no checkpoint knows of it.
void Training::record_networks(const Policy& policy) {
  const auto networks = representations(agent_, policy, result_.evaluation.observations);
  if (networks.empty()) return;
  const auto each_number = [&](auto&& put) {
    for (const auto& [network, seen] : networks) {
      put(std::string(network) + "/dead_units", seen.dead_units);
      put(std::string(network) + "/effective_rank", seen.effective_rank);
    }
  };
  if (networks_table_.empty()) {
    networks_table_.cell(std::string_view("steps"));
    each_number([&](const std::string& name, double) { networks_table_.cell(name); });
    networks_table_.end_row();
  }
  networks_table_.cell(agent_.steps());
  each_number([&](const std::string& name, double value) {
    networks_table_.cell(value);
    tensorboard_->scalar(name, agent_.steps(), value);
  });
  networks_table_.end_row();
}

// Training returns are free to look at but come from a sampled, moving policy: they only decide when to look closer.
// The mean that counts is of 100 fresh greedy episodes. Looking often makes the best look lucky; README re-evaluates.
bool Training::good_enough() {
  if (!options_.until_return || progress_.recent.size() < gate_window || progress_.iterations < progress_.next_gate)
    return false;
  double recent = 0;
  for (std::size_t i = progress_.recent.size() - gate_window; i < progress_.recent.size(); ++i)
    recent += progress_.recent[i].episode_return;
  if (recent / static_cast<double>(gate_window) < *options_.until_return - gate_margin) return false;
  if (look_closer()) return true;
  progress_.next_gate = progress_.iterations + gate_pause;
  return false;
}

bool Training::look_closer() {
  const Policy policy = agent_.policy();
  const std::uint32_t first =
      gate_episodes + static_cast<std::uint32_t>(progress_.gate_looks++) * (gate_first + gate_rest);
  EvaluationResult look = evaluate(
      policy, factory_,
      {.episodes = gate_first, .seed = options_.seed, .first_episode = first, .sample = representation_batch}, pool_);
  if (look.mean_return >= *options_.until_return) {
    const EvaluationResult rest = evaluate(policy, factory_, {gate_rest, options_.seed, first + gate_first}, pool_);
    look.returns.insert(look.returns.end(), rest.returns.begin(), rest.returns.end());
    look.lengths.insert(look.lengths.end(), rest.lengths.begin(), rest.lengths.end());
    look.successes.insert(look.successes.end(), rest.successes.begin(), rest.successes.end());
    summarise(look);
    if (look.mean_return >= *options_.until_return) {
      result_.evaluation = look;
      return progress_.reached = true;
    }
  }
  return false;
}

/// Does what persons at observers want before the next iteration; false where one wants the run to end.
bool Training::answer_interventions() {
  bool go_on = true;
  for (Observer* asking : observers_)
    while (const std::optional<Intervention> wanted = asking->intervene()) {
      InterventionNote note{.steps = agent_.steps(), .label = {}, .sentence = {}};
      const std::string at = "step " + std::to_string(note.steps) + ": ";
      if (wanted->kind == Intervention::Kind::stop) {
        note.sentence = at + "a person stopped the run.";
        go_on = false;
      } else if (wanted->kind != Intervention::Kind::checkpoint) {
        note = change_learning(agent_, *wanted);
      } else if (writes()) {
        const std::string name = "checkpoints/step-" + std::to_string(note.steps) + ".safetensors";
        write_archive(in(name.c_str()), everything());
        note.sentence = at + "a person saved " + in(name.c_str()).string() + ".";
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
  archive.metadata["identity"] = options_.identity;
  archive.metadata["steps"] = std::to_string(agent_.steps());
  if (!interventions_.empty()) archive.metadata["interventions"] = interventions_;
}

Archive Training::everything() {
  Archive archive;
  archive.metadata["format"] = "cairn checkpoint 1";
  describe(archive);
  agent_.policy().save(archive);
  agent_.save(archive);
  progress_.progress_bytes = progress_table_.size();
  progress_.evaluation_bytes = evaluation_table_.size();
  progress_.save(archive);
  archive.put_value("loop/updates", telemetry_.updates);
  return archive;
}

void Training::checkpoint() {
  if (!writes()) return;
  for (Table* table : {&progress_table_, &evaluation_table_, &networks_table_, &timing_table_}) table->sync();
  tensorboard_->flush();
  write_archive(in("checkpoints/last.safetensors"), everything());
}

TrainResult Training::run() {
  if (writes()) open_folder();
  begin_or_resume();
  tell([&](Observer& observer) {
    observer.on_start({std::string(agent_.name()), agent_.worlds().spec().id, options_.folder, options_.steps,
                       result_.resumed_from, &agent_.worlds().spec(), factory_});
  });
  if (result_.resumed_from > 0) say(std::string(resumption) + std::to_string(result_.resumed_from) + ".");

  // A run that has stopped itself is over: its last look is taken again, for the result.
  if (progress_.reached && options_.until_return) {
    --progress_.gate_looks;
    if (look_closer()) {
      result_.ending = Ending::reached;
      result_.evaluation.steps = agent_.steps();
      tell([&](Observer& observer) { observer.on_evaluation(result_.evaluation); });
    }
  }

  std::optional<Watcher> watcher;
  if (writes()) watcher.emplace(in("checkpoints/last.safetensors"));
  const auto keep_state = [&] {  // for a signal within what takes long
    for (Table* table : {&progress_table_, &evaluation_table_, &networks_table_}) table->sync();
    watcher->guard(everything());
  };
  std::optional<double> last_round;  // s
  while (result_.ending != Ending::reached && agent_.steps() < options_.steps) {
    if (watcher && !last_round) watcher->guard(std::nullopt);
    if (watcher && last_round > long_round) keep_state();
    if (Updater* updater = agent_.updater())
      updater->look_at_blocks(std::ranges::any_of(observers_, [](Observer* one) { return one->wants_blocks(); }));
    const auto before = Clock::now();
    telemetry_.clear();
    try {
      agent_.iterate(telemetry_);
    } catch (const Diverged& diverged) {
      if (writes()) write_archive(in("checkpoints/diverged.safetensors"), everything());
      say(diverged.what());
      throw;
    }
    result_.training_seconds += Seconds(Clock::now() - before).count();
    telemetry_.steps = agent_.steps();
    log_iteration();
    tell([&](Observer& observer) { observer.on_iteration(telemetry_, agent_); });

    if (good_enough()) {
      result_.ending = Ending::reached;
      record_evaluation(agent_.policy());
      break;
    }
    if (options_.evaluate_every > 0 && agent_.steps() >= progress_.next_evaluation && agent_.steps() < options_.steps) {
      while (progress_.next_evaluation <= agent_.steps()) progress_.next_evaluation += options_.evaluate_every;
      evaluate_policy();
    }
    last_round = Seconds(Clock::now() - before).count();
    if (watcher) watcher->release();
    const bool go_on = answer_interventions();
    const bool due = options_.checkpoint_every > 0 && agent_.steps() >= progress_.next_checkpoint;
    while (options_.checkpoint_every > 0 && progress_.next_checkpoint <= agent_.steps())
      progress_.next_checkpoint += options_.checkpoint_every;
    if (raised_signal() != 0) {
      result_.ending = Ending::interrupted;
      result_.signal = raised_signal();
      break;
    }
    if (!go_on) {
      result_.ending = Ending::stopped;
      break;
    }
    if (due) checkpoint();
  }
  if (watcher) watcher->release();
  // A run that was killed behind its last checkpoint has nothing left to do.
  if (result_.ending == Ending::finished && progress_.evaluated_at != agent_.steps()) {
    if (watcher) keep_state();
    evaluate_policy();
  }
  watcher.reset();
  checkpoint();

  result_.intervened = !interventions_.empty();
  result_.steps = agent_.steps();
  result_.updates = telemetry_.updates;
  result_.episodes = progress_.episodes;
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
