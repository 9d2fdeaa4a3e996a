#pragma once

#include <string>

namespace cairn::apps {

/// What this program is and what it runs on; stored with every run.
struct BuildInfo {
  std::string version, commit, compiler;  ///< as `cairn --version` prints them
  std::string source;                     ///< a hash of the source files that a run's bits come from
  std::string simd;                       ///< widest instructions the build uses: `AVX-512`, `AVX2 and FMA`, …
  std::string cpu;                        ///< of this machine
};
/// Of this program, on this machine.
const BuildInfo& build_info();

}  // namespace cairn::apps
