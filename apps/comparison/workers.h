#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "apps/command_line/run_plan.h"

namespace cairn::comparison {

/// One run to be made by a process of its own.
struct Job {
  apps::RunPlan plan;
  std::filesystem::path folder;  ///< its run folder; beside it, `<folder>.log` with what the process said
  std::string group;             ///< jobs of one group take equally long a step
};

struct WorkOptions {
  int workers = 1;
  bool quiet = false;
  std::string title = "runs";  ///< in front of the progress line
};

enum class JobState { missing, started, finished, failed };
JobState state_of(const Job& job);
/// Why a failed job failed, in a sentence; empty for others.
std::string failure_of(const Job& job);
/// Most memory that the finished run's last process held, MiB; 0 where nobody noted it.
double peak_memory(const Job& job);

/// Makes every job that is not finished, `workers` at a time, each by this very program's `cairn train` on one thread;
/// a started one goes on from its checkpoint, or anew where another build or machine began it. A job that fails is
/// noted and the rest goes on. A finished run keeps its best policy; its last checkpoint, which holds replay memory, is
/// removed. Returns 0, or the signal that interrupted: then the workers have written their checkpoints. Should this
/// process be killed, its workers die with it.
int run_jobs(std::span<const Job> jobs, const WorkOptions& options);

}  // namespace cairn::comparison
