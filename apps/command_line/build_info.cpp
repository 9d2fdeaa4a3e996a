#include "apps/command_line/build_info.h"

#include <Eigen/Core>
#include <fstream>

#include "cairn_commit.h"

namespace cairn::apps {

namespace {

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(": ") + 2));
  return "unknown";
}

std::string compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#elif defined(__GNUC__)
  return "GCC " __VERSION__;
#else
  return "unknown";
#endif
}

}  // namespace

const BuildInfo& build_info() {
  static const BuildInfo info{
      CAIRN_VERSION, CAIRN_COMMIT, compiler(), CAIRN_SOURCE_HASH, Eigen::SimdInstructionSetsInUse(), cpu_name()};
  return info;
}

}  // namespace cairn::apps
