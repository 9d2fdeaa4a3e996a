#include "apps/comparison/merging.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "agents/archive/atomic_file.h"
#include "agents/archive/file_lock.h"
#include "apps/command_line/errors.h"
#include "apps/comparison/jobs.h"

namespace cairn::comparison {

namespace fs = std::filesystem;

namespace {

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_run_name(const std::string& name) {
  return name.size() > 1 && name[0] == 's' && name.find_first_not_of("0123456789", 1) == std::string::npos;
}

/// All files of a run but its lock, its last checkpoint, and what a killed process left.
void copy_run(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    const fs::path name = entry.path().filename();
    if (entry.is_symlink()) continue;
    if (entry.is_directory())
      copy_run(entry.path(), to / name);
    else if (entry.is_regular_file() && name != "lock" && name != "last.safetensors" && !agents::is_temporary(name))
      fs::copy_file(entry.path(), to / name, fs::copy_options::overwrite_existing);
  }
}

/// Throws where two runs that are over did not come to the same.
void refuse_unequal(const Job& from, const Job& to) {
  for (const char* table : {"evaluations.csv", "progress.csv"})
    if (contents(from.folder / table) != contents(to.folder / table))
      throw std::runtime_error(
          fmt::format("The runs in {} and {} are of one plan, but their {} differ: other builds or machines made them. "
                      "Delete one of the two.",
                      from.folder.string(), to.folder.string(), table));
}

void gather(const Job& from, const Job& to) {
  if (concluded(to)) return refuse_unequal(from, to);
  agents::FileLock lock(beside(to, ".lock"));
  if (lock.take() == agents::FileLock::State::busy)
    throw std::runtime_error(fmt::format("{} is in use: {} is making that run.", to.folder.string(), lock.holder()));
  fs::path half = to.folder;
  half += ".merging";
  fs::remove_all(half);
  copy_run(from.folder, half);
  fs::remove_all(to.folder);
  fs::remove(beside(to, ".failed"));
  fs::rename(half, to.folder);
  // The latter is what makes a failed run one. Waiting for the disk, run by run, would take most of the time of merging
  // thousands; what a power failure tears here can be merged again.
  for (const char* text : {".log", ".failed"}) {
    if (!fs::exists(beside(from, text))) continue;
    fs::copy_file(beside(from, text), half);
    fs::rename(half, beside(to, text));
  }
}

}  // namespace

Matrix joined(const Matrix& there, const Matrix& here) {
  Matrix both = here;
  both.arms = there.arms;
  for (const Arm& arm : here.arms)
    if (std::ranges::find(both.arms, arm) == both.arms.end()) both.arms.push_back(arm);
  both.seeds = std::max(here.seeds, there.seeds);
  both.untuned_beside = here.untuned_beside || there.untuned_beside;
  return both;
}

Matrix joined(std::span<const fs::path> folders) {
  Matrix all;
  for (const fs::path& folder : folders) {
    if (!fs::exists(folder / "comparison.json"))
      throw apps::UsageError("Option '--merge': " + folder.string() + " holds no comparison.");
    const Matrix one = read_matrix(folder / "comparison.json");
    if (&folder == folders.data()) {
      all = one;
      continue;
    }
    const std::vector<std::string> lines = differences(all, one);
    if (!lines.empty()) {
      std::string text =
          fmt::format("Option '--merge': {} ('here') holds another comparison than {} ('there'):", folder.string(),
                      folders.front().string());
      for (const std::string& line : lines) text += "\n  " + line;
      throw apps::UsageError(text + "\nNothing was merged; only optimizers and seeds may differ.");
    }
    all = joined(all, one);
  }
  return all;
}

void refuse_itself(std::span<const fs::path> folders, const fs::path& to) {
  for (const fs::path& one : folders)
    if (std::error_code error; fs::equivalent(one, to, error))
      throw apps::UsageError("Option '--merge': " + one.string() + " is the folder of '--out' itself.");
}

void gather_runs(const fs::path& from, const fs::path& to) {
  if (!fs::is_directory(from / "runs")) return;
  for (const fs::directory_entry& kind : fs::directory_iterator(from / "runs")) {
    if (!kind.is_directory() || kind.is_symlink()) continue;
    for (const fs::directory_entry& run : fs::directory_iterator(kind)) {
      const fs::path name = run.path().filename();
      if (!run.is_directory() || run.is_symlink() || !is_run_name(name.string())) continue;
      const Job source{{}, run.path(), {}}, target{{}, to / "runs" / kind.path().filename() / name, {}};
      if (!concluded(source)) continue;
      fs::create_directories(target.folder.parent_path());
      gather(source, target);
    }
  }
}

}  // namespace cairn::comparison
