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
#include <stdexcept>
#include <system_error>
#include <thread>

#include "agents/archive/atomic_file.h"
#include "agents/networks/finite.h"
#include "agents/training/progress.h"
#include "agents/training/signals.h"
#include "agents/training/standard_error.h"
#include "agents/training/table.h"
#include "apps/command_line/made_by.h"
#include "apps/command_line/output.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): not every unistd.h declares it

namespace cairn::comparison {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto pause = std::chrono::milliseconds(50);  // between looks at the workers

fs::path beside(const Job& job, const char* ending) {
  fs::path path = job.folder;
  path += ending;
  return path;
}
fs::path last_checkpoint(const Job& job) {
  return job.folder / "checkpoints/last.safetensors";
}

std::string last_line(const fs::path& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) last = line;
  return last;
}

/// Of what it learned, not of where it ran: it would again. Without a dump where the weights were not finite.
bool diverged(const Job& job) {
  return fs::exists(job.folder / "checkpoints/diverged.safetensors") ||
         last_line(beside(job, ".failed")).ends_with(agents::Diverged::advice);
}

void finish(const Job& job, double mebibytes) {
  agents::write_file(job.folder / "finished", fmt::format("{:.1f} MiB\n", mebibytes));
  fs::remove(last_checkpoint(job));
}

/// Steps behind a run, as far as its tables say.
double steps_done(const Job& job) {
  const fs::path path = job.folder / "progress.csv";
  if (!fs::exists(path)) return 0;
  std::ifstream file(path);
  constexpr std::streamoff tail = 1024;
  file.seekg(0, std::ios::end);
  file.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(file.tellg()) - tail));
  double iteration = 0, steps = 0;
  std::string line;
  std::getline(file, line);  // the header, or the rest of a row
  while (std::getline(file, line))
    if (std::sscanf(line.c_str(), "%lf,%lf,", &iteration, &steps) != 2) break;
  if (!(steps >= 0)) return 0;  // no number: the table was changed by others
  return std::min(steps, static_cast<double>(job.plan.steps));
}

std::vector<std::string> command_line(const Job& job, bool resume) {
  std::string folder = job.folder.string();
  if (folder.starts_with('-')) folder = "./" + folder;  // a folder, not an option
  if (resume) return {apps::program_name(), "train", "--resume", folder, "--threads", "1", "--quiet"};
  const apps::RunPlan& plan = job.plan;
  return {apps::program_name(),
          "train",
          "--env",
          plan.environment,
          "--agent",
          plan.agent,
          "--optimizer",
          plan.optimizer,
          "--schedule",
          plan.schedule,
          "--clip",
          plan.clip,
          "--curriculum",
          plan.curriculum.empty() ? "none" : plan.curriculum,
          "--bonus",
          plan.bonus.empty() ? "none" : plan.bonus,
          "--preset",
          "none",
          "--demos",
          plan.demonstrations.empty() ? "none" : plan.demonstrations,
          "--steps",
          std::to_string(plan.steps),
          "--seed",
          std::to_string(plan.seed),
          "--envs",
          std::to_string(plan.environments),
          "--threads",
          "1",
          "--evaluate-every",
          std::to_string(plan.evaluate_every),
          "--evaluation-episodes",
          std::to_string(plan.evaluation_episodes),
          "--checkpoint-every",
          std::to_string(plan.checkpoint_every),
          "--log-every",
          std::to_string(plan.log_every),
          "--quiet",
          "--out",
          folder};
}

/// Starts this program anew. The child dies when its parent does, however that comes about; a terminal's Ctrl-C reaches
/// it through its parent only.
pid_t start(const Job& job, bool resume) {
  fs::create_directories(job.folder.parent_path());
  const std::vector<std::string> words = command_line(job, resume);
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
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (nothing < 0 || out < 0 || ::dup2(nothing, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0) ::_exit(1);
  ::execve("/proc/self/exe", arguments.data(), variables.data());
  ::_exit(127);
}

std::string duration(double seconds) {
  const long whole = std::lround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

struct Worker {
  std::size_t job;
  pid_t process;
  Clock::time_point since;
  double steps_before;
};

class Work {
 public:
  Work(std::span<const Job> jobs, const WorkOptions& options) : jobs_(jobs), options_(options) {}
  int run();

 private:
  void begin(std::size_t index);
  void reap();
  void note_end(const Worker& worker, int status, const rusage& usage);
  void show(bool last);

  std::span<const Job> jobs_;
  const WorkOptions& options_;
  std::vector<Worker> workers_;
  std::vector<std::size_t> waiting_;  // jobs, the next one last
  int done_ = 0, failed_ = 0;
  struct Pace {
    double seconds = 0, steps = 0;
  };
  std::map<std::string, Pace> pace_;
  bool terminal_ = agents::renews_lines();
  Clock::time_point shown_{};
};

void Work::begin(std::size_t index) {
  const Job& job = jobs_[index];
  bool resume = false;
  const bool can_go_on = fs::exists(last_checkpoint(job)) && !fs::exists(beside(job, ".failed"));
  const std::string difference =
      can_go_on ? apps::difference_from_here(apps::read_made_by(job.folder / "config.json")) : "";
  if (!difference.empty() && !options_.quiet)
    agents::print_aside("{}Begun anew, since bits would differ: {} with seed {}; {}.\n", terminal_ ? "\r\x1b[K" : "",
                        job.folder.parent_path().filename().string(), job.plan.seed, difference);
  if (can_go_on && difference.empty()) {
    resume = true;
  } else {
    fs::remove_all(job.folder);  // nothing to go on from, or what could not
    fs::remove(beside(job, ".log"));
  }
  fs::remove(beside(job, ".failed"));
  workers_.push_back({index, start(job, resume), Clock::now(), resume ? steps_done(job) : 0});
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
    agents::print_aside("{}Failed: {} with seed {}. {} Log: {}\n", terminal_ ? "\r\x1b[K" : "",
                        job.folder.parent_path().filename().string(), job.plan.seed, why, beside(job, ".log").string());
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
    const Worker worker = workers_[i];
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
  for (const std::size_t job : waiting_) add(job, 0);
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
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    const JobState state = state_of(jobs_[i]);
    if (state == JobState::finished)
      ++done_;
    else if (state == JobState::failed && diverged(jobs_[i]))
      ++failed_;  // it would again
    else
      waiting_.push_back(i);
  }
  if (waiting_.empty()) return 0;
  std::ranges::reverse(waiting_);
  agents::watch_signals();
  int passed_on = 0;
  while (!workers_.empty() || (!waiting_.empty() && agents::raised_signal() == 0)) {
    while (static_cast<int>(workers_.size()) < options_.workers && !waiting_.empty() && agents::raised_signal() == 0) {
      const std::size_t next = waiting_.back();
      waiting_.pop_back();
      begin(next);
    }
    if (agents::raised_signal() != passed_on) {
      passed_on = agents::raised_signal();
      for (const Worker& worker : workers_) ::kill(worker.process, passed_on);
    }
    show(false);
    std::this_thread::sleep_for(pause);
    reap();
  }
  show(true);
  return agents::raised_signal();
}

}  // namespace

JobState state_of(const Job& job) {
  if (fs::exists(job.folder / "finished")) return JobState::finished;
  if (fs::exists(beside(job, ".failed"))) return JobState::failed;
  return fs::exists(job.folder) ? JobState::started : JobState::missing;
}

std::string failure_of(const Job& job) {
  return state_of(job) == JobState::failed ? last_line(beside(job, ".failed")) : "";
}

double peak_memory(const Job& job) {
  double mebibytes = 0;
  std::ifstream(job.folder / "finished") >> mebibytes;
  return mebibytes;
}

int run_jobs(std::span<const Job> jobs, const WorkOptions& options) {
  return Work(jobs, options).run();
}

}  // namespace cairn::comparison
