#pragma once

#include <span>
#include <string>

#include "apps/comparison/jobs.h"
#include "apps/comparison/shares.h"

namespace cairn::comparison {

struct WorkOptions {
  int workers = 1;
  bool quiet = false;
  std::string title = "runs";  ///< in front of the progress line
  Share share{};
  /// Later work depends on all these jobs: behind its share, a process makes those of others that nobody is making, and
  /// waits for the rest.
  bool together = false;
  bool makes_runs =
      true;  ///< else runs are looked at only: for `tune`, which knows its trials by the results of others
};

/// Makes every job of its share that is not finished, `workers` at a time, each by this very program's `cairn train` on
/// one thread; a started one goes on from its checkpoint, or anew where another build or machine began it. A job that
/// fails is noted and the rest goes on. A run that another process makes, here or on another machine, is waited for:
/// the file `<folder>.lock` is locked meanwhile. Returns 0, or the signal that interrupted: then the workers have
/// written their checkpoints. Should this process be killed, its workers die with it.
int run_jobs(std::span<const Job> jobs, const WorkOptions& options);

}  // namespace cairn::comparison
