#include "apps/comparison/jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "agents/archive/atomic_file.h"
#include "agents/networks/finite.h"
#include "apps/command_line/output.h"

namespace cairn::comparison {

namespace fs = std::filesystem;

const char* to_string(JobState state) {
  switch (state) {
    case JobState::missing:
      return "missing";
    case JobState::started:
      return "started";
    case JobState::finished:
      return "finished";
    case JobState::failed:
      return "failed";
  }
  return "";
}

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

bool diverged(const Job& job) {
  // Without a dump where the weights were not finite.
  return fs::exists(job.folder / "checkpoints/diverged.safetensors") ||
         last_line(beside(job, ".failed")).ends_with(agents::Diverged::advice);
}

void finish(const Job& job, double mebibytes) {
  agents::write_file(job.folder / "finished", fmt::format("{:.1f} MiB\n", mebibytes));
  fs::remove(last_checkpoint(job));
  fs::remove(beside(job, ".log"));
}

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

std::vector<std::string> command_of(const Job& job, bool resume) {
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

bool concluded(const Job& job) {
  const JobState state = state_of(job);
  return state == JobState::finished || (state == JobState::failed && diverged(job));
}

}  // namespace cairn::comparison
