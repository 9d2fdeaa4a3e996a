#include "agents/training/signals.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace cairn::agents {

namespace {

std::atomic<int> raised = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may only touch atomics without a lock");

extern "C" void on_signal(int signal) {
  if (raised != 0) _exit(128 + signal);
  raised = signal;
}

}  // namespace

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int raised_signal() {
  return raised;
}

void clear_signal() {
  raised = 0;
}

}  // namespace cairn::agents
