#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/command_line/run_plan.h"

namespace cairn::comparison {

/// One run to be made by a process of its own.
struct Job {
  apps::RunPlan plan;
  std::filesystem::path
      folder;         ///< its run folder; beside it until it is finished, `<folder>.log`: what the process said
  std::string group;  ///< jobs of one group take equally long a step
};

enum class JobState { missing, started, finished, failed };
const char* to_string(JobState state);
JobState state_of(const Job& job);
/// Why a failed job failed, in a sentence; empty for others.
std::string failure_of(const Job& job);
/// Whether a failed job would fail again, for it diverged: that is a result.
bool diverged(const Job& job);
/// Finished, or failed for good.
bool concluded(const Job& job);
/// Most memory that the finished run's last process held, MiB; 0 where nobody noted it.
double peak_memory(const Job& job);

/// Marks a run as finished: its best policy stays; its last checkpoint, which holds replay memory, and its log are
/// removed.
void finish(const Job& job, double mebibytes);
/// The checkpoint that a run goes on from.
std::filesystem::path last_checkpoint(const Job& job);
/// A file beside the run's folder, as `s1.log`: `ending` is what is put behind the folder's name.
std::filesystem::path beside(const Job& job, const char* ending);
/// Steps behind a run, as far as its tables say.
double steps_done(const Job& job);
/// The words of the command that makes the run or goes on with it.
std::vector<std::string> command_of(const Job& job, bool resume);
/// The last line of a text that is not empty.
std::string last_line(const std::filesystem::path& path);

}  // namespace cairn::comparison
