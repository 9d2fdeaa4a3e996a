#include "agents/training/signal_watcher.h"

#include <unistd.h>

#include <chrono>
#include <exception>
#include <utility>

#include "agents/training/signals.h"
#include "agents/training/standard_error.h"

namespace cairn::agents {

namespace {
constexpr auto patience = std::chrono::milliseconds(1000);  // how long a signal waits for the round to end
constexpr auto between_looks = std::chrono::milliseconds(20);
}  // namespace

SignalWatcher::SignalWatcher(std::filesystem::path path)
    : path_(std::move(path)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void SignalWatcher::guard(std::optional<Archive> boundary) {
  const std::lock_guard lock(mutex_);
  boundary_ = std::move(boundary);
  guarding_ = true;
}

void SignalWatcher::release() {
  const std::lock_guard lock(mutex_);
  boundary_.reset();
  guarding_ = false;
}

void SignalWatcher::run(const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  auto since = Clock::now();
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    woken_.wait_for(lock, stop, between_looks, [] { return false; });
    if (raised_signal() == 0) {
      since = Clock::now();
    } else if (guarding_ && Clock::now() - since > patience) {
      try {
        if (boundary_) write_archive(path_, *boundary_);
      } catch (const std::exception& error) {
        print_aside("cairn: Signal {} ended the run, and its last steps are lost. {}\n", raised_signal(), error.what());
        _exit(1);
      }
      _exit(128 + raised_signal());
    }
  }
}

}  // namespace cairn::agents
