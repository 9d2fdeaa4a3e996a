#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "agents/archive/atomic_file.h"
#include "agents/archive/folder_lock.h"
#include "agents/training/standard_error.h"
#include "apps/command_line/errors.h"
#include "apps/command_line/output.h"
#include "apps/compare_plan.h"
#include "apps/comparison/merging.h"
#include "apps/comparison/report.h"
#include "apps/comparison/shares.h"
#include "apps/subcommands.h"
#include "envs/cores.h"

namespace cairn::apps {

namespace {

namespace fs = std::filesystem;
using comparison::Dealing;
using comparison::Findings;
using comparison::Job;
using comparison::Matrix;

/// Work at one folder's comparison by one command.
struct ComparisonWork {
  const char* name;  ///< of the command
  bool tuning;
  fs::path folder;
  Dealing dealing;
  comparison::WorkOptions work;
  std::optional<agents::FolderLock> lock{};  ///< while nobody else may work there

  bool alone() const { return dealing.share.whole(); }
};

/// The plan, written down where runs are to be made.
Matrix settle(ComparisonWork& task, const Arguments& arguments) {
  const fs::path file = task.folder / "comparison.json";
  Matrix matrix = planned(task.folder, arguments, task.tuning);  // refused before anything is written
  if (task.dealing.lists) return matrix;
  const auto is_written = [&] {
    std::ifstream stream(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {}) == comparison::to_json(matrix);
  };
  if (!task.alone() && is_written()) return matrix;
  fs::create_directories(task.folder);
  if (task.alone())
    task.lock.emplace(task.folder);
  else
    task.lock.emplace(task.folder, comparison::until_others_wrote);
  matrix = planned(task.folder, arguments, task.tuning);
  if (task.work.makes_runs) agents::write_file(file, comparison::to_json(matrix));
  if (!task.alone()) task.lock.reset();
  return matrix;
}

/// The folder for the comparison of all `--merge` folders, with their runs.
Matrix merge(ComparisonWork& task) {
  std::vector<fs::path> folders = task.dealing.merged;
  comparison::refuse_itself(folders, task.folder);
  if (fs::exists(task.folder / "comparison.json")) folders.insert(folders.begin(), task.folder);
  Matrix matrix = comparison::joined(folders);
  fs::create_directories(task.folder);
  task.lock.emplace(task.folder);
  agents::write_file(task.folder / "comparison.json", comparison::to_json(matrix));
  for (const fs::path& one : task.dealing.merged) comparison::gather_runs(one, task.folder);
  return matrix;
}

int interrupted(int signal, const ComparisonWork& task) {
  agents::print_aside(
      "Interrupted; nothing is lost. Go on with: cairn {} --out {}{}\n", task.name, task.folder.string(),
      task.alone() ? "" : fmt::format(" --shard {}/{}", task.dealing.share.part, task.dealing.share.of));
  return 128 + signal;
}

/// Each arm as written, or as tuned for all workloads, or for each: the sets of reported runs, the one that is reported
/// first in front. They refer to `findings`.
std::vector<comparison::JobOf> sets_of(const Findings& findings, const comparison::PlaceRun& place) {
  enum class By { written, best_overall, best };
  const auto jobs_by = [&](By by) -> comparison::JobOf {
    return [&findings, place, by](std::size_t s, std::size_t a, int seed) {
      const Matrix& matrix = findings.matrix;
      std::string optimizer;
      if (by != By::written) {
        const comparison::TunedArm& arm = findings.tuning->arms[a];
        optimizer = arm.trials[by == By::best ? arm.best[s] : arm.best_overall].optimizer;
      }
      const RunPlan plan = comparison::plan_run(matrix, matrix.workloads[s], matrix.arms[a],
                                                static_cast<std::uint64_t>(seed), optimizer);
      return Job{plan, place(plan), matrix.workloads[s].name()};
    };
  };
  if (!findings.tuning) return {jobs_by(By::written)};
  std::vector<comparison::JobOf> sets{jobs_by(By::best_overall), jobs_by(By::best)};
  if (findings.matrix.untuned_beside) sets.push_back(jobs_by(By::written));
  return sets;
}

/// Each of the sets' runs once: seed by seed, so that what there is early is balanced, long ones first.
std::vector<Job> reported_jobs(const Matrix& matrix, std::span<const comparison::JobOf> sets) {
  std::set<fs::path> known;
  std::vector<Job> jobs;
  std::vector<std::size_t> workloads(matrix.workloads.size());
  for (std::size_t s = 0; s < workloads.size(); ++s) workloads[s] = s;
  std::ranges::stable_sort(workloads, std::ranges::greater{}, [&](std::size_t s) { return matrix.workloads[s].steps; });
  for (int seed = 1; seed <= matrix.seeds; ++seed)
    for (const std::size_t s : workloads)
      for (std::size_t a = 0; a < matrix.arms.size(); ++a)
        for (const comparison::JobOf& set : sets) {
          Job one = set(s, a, seed);
          if (known.insert(one.folder).second) jobs.push_back(std::move(one));
        }
  return jobs;
}

int list_runs(const ComparisonWork& task, const Findings& findings, std::span<const Job> reported) {
  std::vector<comparison::ListedRun> runs;
  if (findings.tuning)
    for (const Job& job : findings.tuning->jobs) runs.push_back({"trial", job});
  for (const Job& job : reported) runs.push_back({"run", job});
  comparison::print_runs(runs, task.dealing);
  if (findings.tuning && !findings.tuning->complete)
    agents::print_message("What follows is known once the trials listed here are finished.");
  return 0;
}

/// Makes what is to be made and writes the report, where all runs of it are there.
int carry_out(ComparisonWork& task, Matrix plan) {
  Findings findings{.matrix = std::move(plan), .analysis = {}};
  const Matrix& matrix = findings.matrix;
  if (!task.work.quiet && !task.dealing.lists) agents::print_message(comparison::settings_text(matrix));
  const std::string command = fmt::format("cairn {} --out {}", task.name, task.folder.string());
  const auto place = [&](const RunPlan& run) {
    return task.folder / "runs" / comparison::folder_name(run) / fmt::format("s{}", run.seed);
  };
  if (matrix.tuned) {
    findings.tuning = comparison::tune(matrix, place, task.work);
    if (findings.tuning->signal != 0) return interrupted(findings.tuning->signal, task);
    if (!findings.tuning->complete) {
      if (task.dealing.lists) return list_runs(task, findings, {});
      return comparison::without_report(findings.tuning->jobs, task.dealing, command, true);
    }
  }
  const std::vector<comparison::JobOf> sets = sets_of(findings, place);
  const std::vector<Job> jobs = reported_jobs(matrix, sets);
  if (task.dealing.lists) return list_runs(task, findings, jobs);
  if (task.work.makes_runs)
    if (const int signal = comparison::run_jobs(jobs, task.work); signal != 0) return interrupted(signal, task);
  if (!(task.work.makes_runs && task.alone()) && !std::ranges::all_of(jobs, &comparison::concluded))
    return comparison::without_report(jobs, task.dealing, command, false);
  if (matrix.seeds > 0) {
    std::vector<comparison::Analysis> analyses = comparison::analyse(matrix, sets);
    findings.analysis = std::move(analyses[0]);
    if (findings.tuning) findings.best_per_workload = std::move(analyses[1]);
    if (matrix.untuned_beside) {
      findings.untuned = std::move(analyses[2]);
      findings.gains = comparison::gains(findings.analysis, *findings.untuned);
    }
  }
  if (!task.alone()) task.lock.emplace(task.folder, comparison::until_others_wrote);
  comparison::write_report(findings, task.folder);
  print_text("{}Report: {}\n", comparison::to_text(findings), (task.folder / "report.html").string());
  return 0;
}

/// `compare` and `tune`: tuning is a comparison that stops before its reported runs.
int compare_or_tune(const std::vector<std::string>& line, bool tuning) {
  const char* name = tuning ? "tune" : "compare";
  const std::vector<Option> options = compare_options(tuning);
  const Arguments arguments = parse_arguments(line, options, 0);
  if (arguments.flag("help")) {
    print_help("cairn {} --out DIR [options]\n\n{}\n\n{}", name,
               tuning
                   ? "Gives every optimizer equally many trials and reports the best; 'cairn compare --tuned' on the "
                     "same folder\ngoes on from there with fresh seeds."
                   : "Trains every agent in every task by every optimizer on the same seeds and reports what can be "
                     "said. Finished\nruns are kept, so that the same command goes on after an interruption, and "
                     "more optimizers or seeds run\nonly what is missing.",
               help_for(options));
    return 0;
  }
  ComparisonWork task{.name = name,
                      .tuning = tuning,
                      .folder = arguments.text("out"),
                      .dealing = comparison::read_dealing(arguments, options),
                      .work = {}};
  if (!arguments.has("out")) throw UsageError("Option '--out' is missing: the folder of the comparison.");
  // In this order, since another process may just be making the folder.
  const bool used = fs::exists(task.folder) && !agents::holds_nothing(task.folder);
  const bool there = fs::exists(task.folder / "comparison.json");
  if (used && !there) throw UsageError("Option '--out': " + task.folder.string() + " exists and holds no comparison.");
  if (!there && task.dealing.reports)
    throw UsageError("Option '--report': there is no comparison in " + task.folder.string() + ".");
  task.work = {.workers = static_cast<int>(arguments.count("jobs", "[1,4096]", envs::available_cores())),
               .quiet = arguments.flag("quiet") || !task.dealing.makes_runs(),
               .share = task.dealing.share,
               .makes_runs = task.dealing.makes_runs()};
  return carry_out(task, task.dealing.merged.empty() ? settle(task, arguments) : merge(task));
}

}  // namespace

int compare(const std::vector<std::string>& line) {
  return compare_or_tune(line, false);
}

int tune(const std::vector<std::string>& line) {
  return compare_or_tune(line, true);
}

}  // namespace cairn::apps
