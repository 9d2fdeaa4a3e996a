#include "agents/training/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace cairn::agents {

namespace {

constexpr std::int64_t one_signal = 2'000'000'000;  // ns

std::atomic<int> raised = 0;
std::atomic<std::int64_t> raised_at = 0;  // ns
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free,
              "a signal handler may only touch atomics without a lock");

extern "C" void on_signal(int signal) {
  const int error = errno;
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  const std::int64_t now = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
  if (raised == 0) {
    raised_at = now;
    raised = signal;
  } else if (signal != SIGXCPU && now - raised_at > one_signal) {
    _exit(128 + signal);
  }
  errno = error;
}

}  // namespace

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGXCPU}) sigaction(signal, &action, nullptr);
  struct sigaction before {};
  if (sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
}

int raised_signal() {
  return raised;
}

void clear_signal() {
  raised = 0;
}

void ignore_write_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

void open_standard_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0) ::open("/dev/null", O_RDWR);  // the lowest free number: this one
}

}  // namespace cairn::agents
