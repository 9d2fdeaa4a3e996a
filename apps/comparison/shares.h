#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "apps/command_line/options.h"
#include "apps/comparison/jobs.h"

namespace cairn::comparison {

/// One of several processes that divide runs among them: part 1 … of.
struct Share {
  int part = 1, of = 1;
  bool whole() const { return of == 1; }
};

/// The part of each job, 1 … of: equally many steps to each as far as that goes. It depends on the jobs alone, not on
/// what is done already, so that every process comes to the same division.
std::vector<int> divide(std::span<const Job> jobs, int of);
/// Those of one share.
std::vector<Job> own_jobs(std::span<const Job> jobs, const Share& share);

/// How long a share waits while others write the plan or the report.
inline constexpr std::chrono::seconds until_others_wrote{60};

/// What a command does with the runs of its folder, where it is more than to make them all and report.
struct Dealing {
  Share share{};
  bool lists = false, as_json = false;
  bool reports = false;  ///< and makes no run
  std::vector<std::filesystem::path> merged;
  bool makes_runs() const { return !lists && !reports && merged.empty(); }
};

/// Options of commands that make many runs: `--shard`, `--list-runs`, `--json`, `--report`, `--merge`.
std::vector<apps::Option> dealing_options();
/// Throws UsageError for what cannot be, or cannot stand beside each other; `options`: all that the command has.
Dealing read_dealing(const apps::Arguments& arguments, const std::vector<apps::Option>& options);

/// A run as `--list-runs` shows it.
struct ListedRun {
  const char* kind;  ///< `run`, or `trial` of tuning
  Job job;
};
/// Prints those of the share: a line each, or as JSON.
void print_runs(std::span<const ListedRun> runs, const Dealing& dealing);

/// Ends a command that cannot write its report because some of `jobs` are not concluded: says which and how to go on.
/// Returns the exit status: 1, or 0 where this process has made its whole share. `all_awaited`: that is all of them,
/// since later work depends on them.
int without_report(std::span<const Job> jobs, const Dealing& dealing, const std::string& command, bool all_awaited);

}  // namespace cairn::comparison
