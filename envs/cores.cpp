#include "envs/cores.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

namespace cairn::envs {

namespace {

namespace fs = std::filesystem;

/// Folders of this process's control group and of those around it, innermost first, for both versions of control
/// groups. A line of /proc/self/cgroup is `number:controllers:path`; version 2 has no controllers.
std::vector<fs::path> control_groups(const fs::path& root, std::string_view controller) {
  std::vector<fs::path> folders;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool unified = controllers == ",,";
    if (!unified && controllers.find("," + std::string(controller) + ",") == std::string::npos) continue;
    const fs::path base = unified ? root / "sys/fs/cgroup" : root / "sys/fs/cgroup" / controller;
    // Within a container the path may be one of the machine outside, and the group itself is what is mounted at `base`.
    for (fs::path at = fs::path(line.substr(second + 1)).relative_path();; at = at.parent_path()) {
      folders.push_back(at.empty() ? base : base / at);
      if (at.empty()) break;
    }
  }
  return folders;
}

/// The first number in a file; nothing where there is no file or it begins with a word (`max`).
std::optional<double> first_number(const fs::path& path) {
  std::ifstream file(path);
  double number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

/// Cores' worth of time that control groups allow; infinite without a quota.
double quota(const fs::path& root) {
  double least = std::numeric_limits<double>::infinity();
  for (const fs::path& group : control_groups(root, "cpu")) {
    double time = 0, period = 0;  // version 2: `cpu.max` holds both, in microseconds
    if (std::ifstream both(group / "cpu.max"); both >> time >> period && time > 0 && period > 0)
      least = std::min(least, time / period);
    const auto time_1 = first_number(group / "cpu.cfs_quota_us"), period_1 = first_number(group / "cpu.cfs_period_us");
    if (time_1.value_or(-1) > 0 && period_1.value_or(0) > 0) least = std::min(least, *time_1 / *period_1);
  }
  return least;
}

/// The number after `key` in a file of lines `key number`.
std::optional<double> number_after(const fs::path& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    double number = 0;
    if (std::string word; words >> word >> number && word == key) return number;
  }
  return std::nullopt;
}

std::string soft_limit(int resource) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource_t>(resource), &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return "";
  return std::to_string(limit.rlim_cur);
}

}  // namespace

int available_cores(const fs::path& root) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  double cores = ::sched_getaffinity(0, sizeof allowed, &allowed) == 0
                     ? CPU_COUNT(&allowed)
                     : std::thread::hardware_concurrency();  // more cores than the set has room for
  cores = std::min(cores, std::ceil(quota(root)));
  return std::max(1, static_cast<int>(cores));
}

double available_memory(const fs::path& root) {
  double least = std::numeric_limits<double>::infinity();
  if (const auto kilobytes = number_after(root / "proc/meminfo", "MemAvailable:")) least = 1024 * *kilobytes;
  for (const fs::path& group : control_groups(root, "memory")) {
    const auto look = [&](const char* limit, const char* use, const char* droppable) {
      const auto most = first_number(group / limit), used = first_number(group / use);
      if (!most || !used) return;
      const double files = number_after(group / "memory.stat", droppable).value_or(0);
      least = std::min(least, std::max(0.0, *most - std::max(0.0, *used - files)));
    };
    look("memory.max", "memory.current", "inactive_file");
    look("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
  }
  return least;
}

std::string thread_refusal(const std::string& which, const std::error_code& why, const fs::path& root) {
  std::string limits;
  const auto name = [&](const std::string& value, const std::string& what) {
    if (!value.empty()) limits += (limits.empty() ? "" : ", ") + what + " is " + value;
  };
  name(soft_limit(RLIMIT_NPROC), "the limit on this user's processes and threads (ulimit -u)");
  for (const fs::path& group : control_groups(root, "pids"))
    if (const auto most = first_number(group / "pids.max"))
      name(std::to_string(static_cast<long>(*most)), "the control group's limit on threads (pids.max)");
  name(soft_limit(RLIMIT_AS), "the limit on address space in bytes (ulimit -v)");
  if (limits.empty()) limits = "no limit is set, so memory or the system's own number of threads is exhausted";
  return which + " cannot be started (" + why.message() + "): " + limits + ".";
}

}  // namespace cairn::envs
