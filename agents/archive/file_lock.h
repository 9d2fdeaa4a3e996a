#pragma once

#include <filesystem>
#include <string>

namespace cairn::agents {

/// Keeps to one process at a time what a file stands for. The file names its holder and is removed when the lock is
/// given back; a lock ends with its holder, however that comes about.
class FileLock {
 public:
  enum class State {
    free,
    held,
    busy,         ///< another process holds it
    unsupported,  ///< the disk has no locks: nothing is locked
  };
  using Flock = int (*)(int descriptor, int operation);

  /// Takes nothing yet. `flock`: the system's call, for tests.
  explicit FileLock(std::filesystem::path path, Flock flock = nullptr);
  ~FileLock() { give_back(); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Tries once. Throws std::runtime_error where the file cannot be written or locked for another reason than that it
  /// is busy or that the disk knows no locks.
  State take();
  void give_back();
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
