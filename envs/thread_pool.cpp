#include "envs/thread_pool.h"

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace cairn::envs {

namespace {

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Learning has a barrier every few microseconds, collecting one every few milliseconds: spin for about 20 us, yield for
// a while (there may be more threads than cores), then sleep in the kernel.
template <class Done>
void wait_until(const std::atomic<std::uint64_t>& word, Done done) {
  constexpr int spins = 2000, yields = 50;
  for (int i = 0; i < spins; ++i) {
    if (done(word.load(std::memory_order_acquire))) return;
    pause_briefly();
  }
  for (int i = 0; i < yields; ++i) {
    if (done(word.load(std::memory_order_acquire))) return;
    std::this_thread::yield();
  }
  for (;;) {
    const std::uint64_t seen = word.load(std::memory_order_acquire);
    if (done(seen)) return;
    word.wait(seen, std::memory_order_acquire);
  }
}

}  // namespace

struct ThreadPool::Shared {
  // Counts runs; workers wait for it to move. Bit 63 asks them to end.
  alignas(64) std::atomic<std::uint64_t> round{0};
  alignas(64) std::atomic<std::uint64_t> finished{0};  // workers done with this round
  int count = 0;
  void (*call)(void*, int) = nullptr;
  void* task = nullptr;
  std::mutex failure_mutex;
  std::exception_ptr failure;

  void run_own(int thread, int threads) {
    try {
      for (int i = thread; i < count; i += threads) call(task, i);
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  }
};

constexpr std::uint64_t stop_bit = std::uint64_t{1} << 63;

ThreadPool::ThreadPool(int threads) : threads_(threads), shared_(std::make_unique<Shared>()) {
  if (threads < 1)
    throw std::invalid_argument("A thread pool needs at least one thread, not " + std::to_string(threads) + ".");
  for (int thread = 1; thread < threads; ++thread)
    workers_.emplace_back([shared = shared_.get(), thread, threads] {
      std::uint64_t seen = 0;
      for (;;) {
        wait_until(shared->round, [seen](std::uint64_t now) { return now != seen; });
        seen = shared->round.load(std::memory_order_acquire);
        if (seen & stop_bit) return;
        shared->run_own(thread, threads);
        shared->finished.fetch_add(1, std::memory_order_acq_rel);
        shared->finished.notify_one();
      }
    });
}

ThreadPool::~ThreadPool() {
  shared_->round.fetch_or(stop_bit, std::memory_order_acq_rel);
  shared_->round.notify_all();
}

void ThreadPool::run_erased(int count, void (*call)(void*, int), void* task) {
  Shared& shared = *shared_;
  shared.count = count;
  shared.call = call;
  shared.task = task;
  if (threads_ > 1 && count > 1) {
    shared.finished.store(0, std::memory_order_relaxed);
    shared.round.fetch_add(1, std::memory_order_acq_rel);
    shared.round.notify_all();
    shared.run_own(0, threads_);
    const auto others = static_cast<std::uint64_t>(threads_ - 1);
    wait_until(shared.finished, [others](std::uint64_t now) { return now == others; });
  } else {
    shared.run_own(0, 1);
  }
  if (shared.failure) std::rethrow_exception(std::exchange(shared.failure, nullptr));
}

}  // namespace cairn::envs
