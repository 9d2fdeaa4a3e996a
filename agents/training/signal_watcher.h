#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "agents/archive/archive.h"

namespace cairn::agents {

/// Ends the process from the last boundary between iterations when a signal (signals.h) comes in the middle of a long
/// round (an iteration and the evaluation after it). It waits a second for the round to end by itself. Exit status 1,
/// after a sentence on standard error, where the boundary cannot be written.
class SignalWatcher {
 public:
  /// `path`: the checkpoint that it writes.
  explicit SignalWatcher(std::filesystem::path path);

  /// A round begins. `boundary`: what to write; nothing where the file holds it, or where none is made yet.
  void guard(std::optional<Archive> boundary);
  /// The round is over: what follows is short, and sees to signals itself.
  void release();

 private:
  void run(const std::stop_token& stop);

  std::filesystem::path path_;
  std::mutex mutex_;
  std::condition_variable_any woken_;  // by the stop token alone
  std::optional<Archive> boundary_;
  bool guarding_ = false;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace cairn::agents
