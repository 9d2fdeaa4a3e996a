#include "apps/comparison/workers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "agents/archive/atomic_file.h"
#include "agents/archive/file_lock.h"
#include "agents/training/progress.h"
#include "agents/training/signals.h"
#include "agents/training/standard_error.h"
#include "apps/command_line/made_by.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): not every unistd.h declares it

namespace cairn::comparison {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto pause = std::chrono::milliseconds(50);  // between looks at the workers
// Between looks at runs that others make: a shared disk has better to do.
constexpr auto first_wait = std::chrono::milliseconds(100), longest_wait = std::chrono::milliseconds(5000);

/// Starts this program anew. The child dies when its parent does, however that comes about; a terminal's Ctrl-C reaches
/// it through its parent only. It holds the run's lock with its parent, since it may take a moment to die.
pid_t start(const Job& job, bool resume, int lock) {
  const std::vector<std::string> words = command_of(job, resume);
  std::vector<char*> arguments, variables;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  for (char** variable = environ; *variable != nullptr; ++variable)  // the plan says it all already
    if (!std::string_view(*variable).starts_with("CAIRN_")) variables.push_back(*variable);
  variables.push_back(nullptr);
  const std::string log = beside(job, ".log").string();
  const pid_t parent = ::getpid(), child = ::fork();
  if (child < 0) throw std::runtime_error(std::string("Cannot start a worker: ") + std::strerror(errno) + ".");
  if (child > 0) return child;

  // Only what is safe between fork and exec.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  if (lock >= 0) ::fcntl(lock, F_SETFD, 0);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (nothing < 0 || out < 0 || ::dup2(nothing, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0) ::_exit(1);
  ::execve("/proc/self/exe", arguments.data(), variables.data());
  ::_exit(127);
}

/// A client of NFS may remember for a while that a file was not there; it asks anew about a folder that is opened.
void look_anew(const Job& job) {
  std::error_code error;
  for (const fs::path& folder : {job.folder.parent_path(), job.folder}) fs::directory_iterator(folder, error);
}

std::string duration(double seconds) {
  const long whole = std::lround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

struct Worker {
  std::size_t job;
  std::unique_ptr<agents::FileLock> lock;
  pid_t process;
  Clock::time_point since;
  double steps_before;
};

class Work {
 public:
  Work(std::span<const Job> jobs, const WorkOptions& options) : jobs_(jobs), options_(options) {}
  int run();

 private:
  void sort_out();
  void begin(std::size_t index);
  bool count_if_over(std::size_t index);
  void look_at_others();
  void say_who_makes(const Job& job, const agents::FileLock& lock);
  void reap();
  void note_end(const Worker& worker, int status, const rusage& usage);
  void show(bool last);

  std::span<const Job> jobs_;
  const WorkOptions& options_;
  std::vector<Worker> workers_;
  std::vector<std::size_t> waiting_;  // jobs, the next one last
  std::vector<std::size_t> others_;   // of other shares, not to be begun before the own ones
  std::vector<std::size_t> busy_;     // that other processes make, as far as anybody can tell
  std::vector<char> foreign_;         // of each job: whether another process was seen at it, or it is of another share
  Clock::time_point look_again_{};
  Clock::duration wait_ = first_wait;
  bool said_who_ = false, said_unlocked_ = false;  // once is enough
  int done_ = 0, failed_ = 0;
  struct Pace {
    double seconds = 0, steps = 0;
  };
  std::map<std::string, Pace> pace_;
  bool terminal_ = agents::renews_lines();
  Clock::time_point shown_{};
};

/// Counts a run that there is nothing to do for. One that others made, and that failed, is theirs to make again.
bool Work::count_if_over(std::size_t index) {
  const Job& job = jobs_[index];
  const JobState state = state_of(job);
  if (state == JobState::finished) {
    ++done_;
    return true;
  }
  if (state != JobState::failed || (!foreign_[index] && !diverged(job))) return false;
  ++failed_;
  return true;
}

void Work::sort_out() {
  const std::vector<int> parts = divide(jobs_, options_.share.of);
  foreign_.assign(jobs_.size(), false);
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    foreign_[i] = parts[i] != options_.share.part;
    if (count_if_over(i)) continue;
    (foreign_[i] ? others_ : waiting_).push_back(i);
  }
  std::ranges::reverse(waiting_);  // others' from their ends, where their owners come to last
}

void Work::say_who_makes(const Job& job, const agents::FileLock& lock) {
  if (options_.quiet || std::exchange(said_who_, true)) return;
  agents::print_message(fmt::format("Waiting for what others make: {} with seed {}, by {}.",
                                    job.folder.parent_path().filename().string(), job.plan.seed,
                                    lock.state() == agents::FileLock::State::busy ? lock.holder() : "another share"));
}

void Work::begin(std::size_t index) {
  const Job& job = jobs_[index];
  fs::create_directories(job.folder.parent_path());
  auto lock = std::make_unique<agents::FileLock>(beside(job, ".lock"));
  const agents::FileLock::State state = lock->take();
  if (state == agents::FileLock::State::unsupported && !std::exchange(said_unlocked_, true))
    agents::print_message(lock->caveat());
  // Where there are no locks, nobody can tell whether the run of another share is being made.
  if (state == agents::FileLock::State::busy || (state == agents::FileLock::State::unsupported && foreign_[index])) {
    say_who_makes(job, *lock);
    foreign_[index] = true;
    busy_.push_back(index);
    return;
  }
  look_anew(job);
  if (count_if_over(index)) return;  // meanwhile
  bool resume = false;
  const bool can_go_on = fs::exists(last_checkpoint(job)) && !fs::exists(beside(job, ".failed"));
  const std::string difference =
      can_go_on ? apps::difference_from_here(apps::read_made_by(job.folder / "config.json")) : "";
  if (!difference.empty() && !options_.quiet)
    agents::print_message(fmt::format("Begun anew, since bits would differ: {} with seed {}; {}.",
                                      job.folder.parent_path().filename().string(), job.plan.seed, difference));
  if (can_go_on && difference.empty()) {
    resume = true;
  } else {
    fs::remove_all(job.folder);  // nothing to go on from, or what could not
    fs::remove(beside(job, ".log"));
  }
  fs::remove(beside(job, ".failed"));
  const pid_t process = start(job, resume, lock->descriptor());
  workers_.push_back({index, std::move(lock), process, Clock::now(), resume ? steps_done(job) : 0});
}

/// Those that others make are seen as over, or begun where their makers are gone.
void Work::look_at_others() {
  if (busy_.empty() || Clock::now() < look_again_) return;
  std::vector<std::size_t> looked_at = std::exchange(busy_, {});
  const std::size_t before = looked_at.size();
  for (const std::size_t index : looked_at) {
    look_anew(jobs_[index]);
    if (count_if_over(index)) continue;
    if (static_cast<int>(workers_.size()) < options_.workers && agents::raised_signal() == 0)
      begin(index);
    else
      busy_.push_back(index);
  }
  wait_ = busy_.size() < before ? first_wait : std::min<Clock::duration>(2 * wait_, longest_wait);
  look_again_ = Clock::now() + wait_;
}

void Work::note_end(const Worker& worker, int status, const rusage& usage) {
  const Job& job = jobs_[worker.job];
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    finish(job, static_cast<double>(usage.ru_maxrss) / 1024);
    Pace& pace = pace_[job.group];
    pace.seconds += std::chrono::duration<double>(Clock::now() - worker.since).count();
    pace.steps += static_cast<double>(job.plan.steps) - worker.steps_before;
    ++done_;
    return;
  }
  if (agents::raised_signal() != 0) return;  // interrupted, not failed
  const std::string said = last_line(beside(job, ".log"));
  const std::string why =
      WIFSIGNALED(status)
          ? fmt::format("Its process was ended by signal {} ({}).", WTERMSIG(status), ::strsignal(WTERMSIG(status)))
          : fmt::format("Exit status {}: {}", WEXITSTATUS(status), said.empty() ? "it said nothing." : said);
  agents::write_file(beside(job, ".failed"), why + "\n");
  if (!options_.quiet)
    agents::print_message(fmt::format("Failed: {} with seed {}. {} Log: {}",
                                      job.folder.parent_path().filename().string(), job.plan.seed, why,
                                      beside(job, ".log").string()));
  ++failed_;
}

void Work::reap() {
  for (std::size_t i = 0; i < workers_.size();) {
    int status = 0;
    rusage usage{};
    const pid_t ended = ::wait4(workers_[i].process, &status, WNOHANG, &usage);
    if (ended == 0 || (ended < 0 && errno == EINTR)) {
      ++i;
      continue;
    }
    const Worker worker = std::move(workers_[i]);
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    note_end(worker, status, usage);
  }
}

void Work::show(bool last) {
  if (options_.quiet) return;
  const auto interval = terminal_ ? std::chrono::milliseconds(500) : std::chrono::milliseconds(15'000);
  if (!last && Clock::now() - shown_ < interval) return;
  shown_ = Clock::now();
  double whole = 0, left = 0, seconds = 0, known_seconds = 0, known_steps = 0;
  std::map<std::string, Pace> pace = pace_;
  std::map<std::size_t, double> running;
  for (const Worker& worker : workers_) {
    running[worker.job] = steps_done(jobs_[worker.job]);
    Pace& group = pace[jobs_[worker.job].group];
    group.seconds += std::chrono::duration<double>(Clock::now() - worker.since).count();
    group.steps += std::max(0.0, running[worker.job] - worker.steps_before);
  }
  for (const auto& [group, one] : pace) known_seconds += one.seconds, known_steps += one.steps;
  const auto add = [&](std::size_t job, double done) {
    const double steps = static_cast<double>(jobs_[job].plan.steps) - done;
    const auto found = pace.find(jobs_[job].group);
    const bool known = found != pace.end() && found->second.steps > 0;
    left += steps;
    if (known)
      seconds += steps * found->second.seconds / found->second.steps;
    else if (known_steps > 0)
      seconds += steps * known_seconds / known_steps;
  };
  for (const Job& job : jobs_) whole += static_cast<double>(job.plan.steps);
  for (const auto* list : {&waiting_, &others_, &busy_})
    for (const std::size_t job : *list) add(job, 0);
  for (const auto& [job, done] : running) add(job, done);
  const double share = whole > 0 ? 1 - left / whole : 1;
  std::vector<std::string> facts{
      fmt::format("{:3.0f} %", 100 * share),
      fmt::format("{} of {} done{}", done_, jobs_.size(), failed_ > 0 ? fmt::format(", {} failed", failed_) : "")};
  if (!last && known_steps > 0) facts.push_back(duration(seconds / options_.workers) + " left");
  facts.push_back(options_.title);
  if (terminal_)
    agents::print_aside("\r{}\x1b[K{}", agents::fitted_line(share, std::move(facts), agents::terminal_columns(), false),
                        last ? "\n" : "");
  else
    agents::print_aside("{}\n", fmt::join(facts, "  "));
  std::fflush(stderr);
}

int Work::run() {
  sort_out();
  if (waiting_.empty() && others_.empty()) return 0;
  agents::watch_signals();
  int passed_on = 0;
  while (!workers_.empty() ||
         (agents::raised_signal() == 0 && !(waiting_.empty() && others_.empty() && busy_.empty()))) {
    while (static_cast<int>(workers_.size()) < options_.workers && agents::raised_signal() == 0) {
      std::vector<std::size_t>& from = waiting_.empty() ? others_ : waiting_;
      if (from.empty()) break;
      const std::size_t next = from.back();
      from.pop_back();
      begin(next);
    }
    if (agents::raised_signal() != passed_on) {
      passed_on = agents::raised_signal();
      for (const Worker& worker : workers_) ::kill(worker.process, passed_on);
    }
    show(false);
    std::this_thread::sleep_for(pause);
    reap();
    look_at_others();
  }
  show(true);
  return agents::raised_signal();
}

}  // namespace

int run_jobs(std::span<const Job> jobs, const WorkOptions& options) {
  if (options.together || options.share.whole()) return Work(jobs, options).run();
  const std::vector<Job> own = own_jobs(jobs, options.share);
  WorkOptions all_of_them = options;
  all_of_them.share = {};
  return Work(own, all_of_them).run();
}

}  // namespace cairn::comparison
