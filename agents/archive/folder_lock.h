#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "agents/archive/file_lock.h"

namespace cairn::agents {

/// Keeps a folder to one process that writes it: a run, a comparison, pictures of studies. The lock is on the file
/// `lock` in the folder, which names the holder; it ends with its holder, however that comes about. Readers need none.
class FolderLock {
 public:
  /// How long to wait for another holder; a killed process may take a moment to die.
  static constexpr std::chrono::milliseconds until_died{1000};

  /// Also removes what killed processes left in the folder (remove_leftovers). Throws std::runtime_error where another
  /// process holds it, naming that one, or where nothing can be written there. `flock`: the system's call, for tests.
  explicit FolderLock(const std::filesystem::path& folder, std::chrono::milliseconds patience = until_died,
                      FileLock::Flock flock = nullptr);

  /// Empty; or, where the disk knows no locks, what that means: then nothing is locked.
  const std::string& caveat() const { return lock_.caveat(); }

 private:
  FileLock lock_;
};

/// Whether there is nothing in a folder but what a lock or a killed process left behind.
bool holds_nothing(const std::filesystem::path& folder);

}  // namespace cairn::agents
