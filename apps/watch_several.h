#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cairn::apps {

/// What `cairn watch A B …` is asked for.
struct WatchedTogether {
  std::vector<std::string> names;  ///< run folders, checkpoints, or pilots
  std::string environment;         ///< SPEC of the world; empty: the one that all of them were trained in
  std::filesystem::path file;      ///< picture or video to write; empty: a window
  int episodes = 1;                ///< in the file
  std::uint64_t seed = 0;          ///< of the episodes
};
inline constexpr int most_watched = 12;  ///< side by side

/// Shows several trained policies or pilots in the same episodes, side by side. Returns the exit status. Throws
/// UsageError where they do not go together.
int watch_several(const WatchedTogether& asked);

}  // namespace cairn::apps
