#pragma once

#include <filesystem>
#include <string>

namespace cairn::agents {

/// Keeps to one process at a time what a file stands for. The file names its holder and is removed when the lock is
/// given back; a lock ends with its holder, however that comes about.
class FileLock {
 public:
  /// How it stands with the lock.
  enum class State {
    free,         ///< not tried yet, or given back
    held,         ///< by this process
    busy,         ///< another process holds it
    unsupported,  ///< the disk has no locks: nothing is locked
  };
  /// The system's flock, or what a test puts in its place.
  using Flock = int (*)(int descriptor, int operation);

  /// Takes nothing yet. `flock`: the system's call, for tests.
  explicit FileLock(std::filesystem::path path, Flock flock = nullptr);
  ~FileLock() { give_back(); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Tries once. Throws std::runtime_error where the file cannot be written or locked for another reason than that it
  /// is busy or that the disk knows no locks.
  State take();
  /// Removes the file, where it is held, and lets others have it.
  void give_back();
  /// What the latest `take` or `give_back` came to.
  State state() const { return state_; }

  /// Of the open file while it is held, else -1. Closed in programs that are started, unless they are to hold it, too.
  int descriptor() const { return descriptor_; }
  /// Who holds a busy lock: `process 1234 on host`.
  std::string holder() const;
  /// Where the disk has no locks: in a sentence or two, why, and how to go on. Else empty.
  const std::string& caveat() const { return caveat_; }

 private:
  std::filesystem::path path_;
  Flock flock_;
  State state_ = State::free;
  int descriptor_ = -1;
  std::string caveat_;
};

}  // namespace cairn::agents
