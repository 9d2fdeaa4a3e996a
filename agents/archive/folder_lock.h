#pragma once

#include <filesystem>
#include <string>

namespace cairn::agents {

/// Keeps a folder to one process that writes it: a run, a comparison, pictures of studies. The lock is on the file
/// `lock` in the folder, which names the holder; it ends with its holder, however that comes about. Readers need none.
class FolderLock {
 public:
  /// Whether processes that are started under the lock hold it, too. The next holder waits a second for a killed one to
  /// die, or five for its children.
  enum class Children { none, hold };
  using Flock = int (*)(int descriptor, int operation);

  /// Also removes what killed processes left in the folder (remove_leftovers). Throws std::runtime_error where another
  /// process holds it, naming that one, or where nothing can be written there. `flock`: the system's call, for tests.
  explicit FolderLock(const std::filesystem::path& folder, Children children = Children::none, Flock flock = nullptr);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// Empty; or, where the disk knows no locks, a sentence that says so: then nothing is locked.
  const std::string& caveat() const { return caveat_; }

 private:
  std::filesystem::path folder_, path_;
  Children children_;
  int descriptor_ = -1;
  std::string caveat_;
};

/// Whether there is nothing in a folder but what a lock or a killed process left behind.
bool holds_nothing(const std::filesystem::path& folder);

}  // namespace cairn::agents
