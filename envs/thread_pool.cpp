#include "envs/thread_pool.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "envs/cores.h"

namespace cairn::envs {

namespace {

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Learning has a barrier every few tens of microseconds, and what one thread does alone in between takes a few hundred:
// spin for about as long as waking a sleeper takes, yield for as long as that (there may be more threads than cores),
// then sleep in the kernel.
template <class Done>
void wait_until(const std::atomic<std::uint64_t>& word, Done done) {
  constexpr std::chrono::microseconds spin(30), yields(300);
  constexpr int looks = 16;  // between two readings of the clock
  const auto start = std::chrono::steady_clock::now();
  do {
    for (int i = 0; i < looks; ++i) {
      if (done(word.load(std::memory_order_acquire))) return;
      pause_briefly();
    }
  } while (std::chrono::steady_clock::now() - start < spin);
  do {
    if (done(word.load(std::memory_order_acquire))) return;
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() - start < yields);
  for (;;) {
    const std::uint64_t seen = word.load(std::memory_order_acquire);
    if (done(seen)) return;
    word.wait(seen, std::memory_order_acquire);
  }
}

// The board on which a run's tasks are handed out, one word that changes as a whole: which run, how many tasks, and
// which are taken. A thread that missed a run finds another number there and cannot take from it. Of a run in order the
// last field is the first task that nobody has taken, of one in place a bit for each task that somebody has, the first
// of which is the caller's from the start.
struct Board {
  static constexpr int bits = 20;
  static constexpr std::uint64_t most = (std::uint64_t{1} << bits) - 1;
  static constexpr std::uint64_t stop = std::uint64_t{1} << 63, in_place = std::uint64_t{1} << 62;

  static std::uint64_t last(std::uint64_t board) { return board & most; }
  static std::uint64_t count(std::uint64_t board) { return (board >> bits) & most; }
  static std::uint64_t untaken(std::uint64_t board) { return ~last(board) & ((std::uint64_t{1} << count(board)) - 1); }
  static bool has_work(std::uint64_t board) {
    return board & in_place ? untaken(board) != 0 : last(board) < count(board);
  }
  static std::uint64_t of_new_run(std::uint64_t board, std::uint64_t count, bool is_in_place) {
    const std::uint64_t run = ((board & ~(stop | in_place)) >> (2 * bits)) + 1;
    return ((run << (2 * bits)) & ~(stop | in_place)) | (is_in_place ? in_place | 1 : 0) | (count << bits);
  }
};

}  // namespace

struct ThreadPool::Shared {
  alignas(64) std::atomic<std::uint64_t> board{0};  // on one cache line with what it hands out
  void (*call)(void*, int) = nullptr;
  void* task = nullptr;
  std::uint64_t first = 0;                             // of the tasks on the board, which are numbered from there
  alignas(64) std::atomic<std::uint64_t> finished{0};  // tasks of this run that are done
  std::mutex failure_mutex;
  std::exception_ptr failure;

  void perform(std::uint64_t mine) {
    try {
      call(task, static_cast<int>(first + mine));
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
    finished.fetch_add(1, std::memory_order_acq_rel);
    finished.notify_one();
  }

  // Takes tasks until none is left. `call` and `task` are read only with a task in hand: the run cannot end before it.
  void work(int thread) {
    std::uint64_t seen = board.load(std::memory_order_acquire);
    const auto own = static_cast<std::uint64_t>(thread);
    std::chrono::steady_clock::time_point since{};
    while (Board::has_work(seen)) {
      std::uint64_t mine = Board::last(seen), next = seen + 1;
      if (seen & Board::in_place) {
        const std::uint64_t untaken = Board::untaken(seen);
        mine = own < Board::count(seen) && (untaken >> own & 1) != 0
                   ? own
                   : static_cast<std::uint64_t>(std::countr_zero(untaken));
        next = seen | std::uint64_t{1} << mine;
        if (mine != own && !waited_long(since)) {  // its thread may be about to take it
          pause_briefly();
          seen = board.load(std::memory_order_acquire);
          continue;
        }
      }
      if (!board.compare_exchange_weak(seen, next, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
      perform(mine);
      since = {};
      seen = board.load(std::memory_order_acquire);
    }
  }

  // Whether a thread has been looking at another's task for longer than waking its owner takes.
  static bool waited_long(std::chrono::steady_clock::time_point& since) {
    constexpr auto patience = std::chrono::microseconds(30);
    const auto now = std::chrono::steady_clock::now();
    if (since == std::chrono::steady_clock::time_point{}) since = now;
    return now - since > patience;
  }
};

ThreadPool::ThreadPool(int threads) : threads_(threads), shared_(std::make_unique<Shared>()) {
  if (threads < 1)
    throw std::invalid_argument("A thread pool needs at least one thread, not " + std::to_string(threads) + ".");
  try {
    for (int thread = 1; thread < threads; ++thread)
      workers_.emplace_back([thread, shared = shared_.get()] {
        for (;;) {
          wait_until(shared->board,
                     [](std::uint64_t board) { return Board::has_work(board) || (board & Board::stop); });
          if (shared->board.load(std::memory_order_acquire) & Board::stop) return;
          shared->work(thread);
        }
      });
  } catch (const std::system_error& error) {
    stop();  // those that did start wait for work, and would be waited for in turn
    throw std::runtime_error(thread_refusal(
        "Thread " + std::to_string(workers_.size() + 2) + " of " + std::to_string(threads), error.code()));
  } catch (...) {
    stop();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::stop() {
  shared_->board.fetch_or(Board::stop, std::memory_order_acq_rel);
  shared_->board.notify_all();
}

void ThreadPool::run_erased(int count, bool in_place, void (*each)(void*, int), void* task) {
  if (threads_ == 1 || count <= 1) {
    for (int i = 0; i < count; ++i) each(task, i);
    return;
  }
  Shared& shared = *shared_;
  shared.call = each;
  shared.task = task;
  in_place = in_place && count <= Board::bits;
  const auto all = static_cast<std::uint64_t>(count);
  for (shared.first = 0; shared.first < all; shared.first += Board::most) {  // what the board can hold at once
    const std::uint64_t tasks = std::min(all - shared.first, Board::most);
    shared.finished.store(0, std::memory_order_relaxed);
    shared.board.store(Board::of_new_run(shared.board.load(std::memory_order_relaxed), tasks, in_place),
                       std::memory_order_release);
    shared.board.notify_all();
    if (in_place) shared.perform(0);
    shared.work(0);
    wait_until(shared.finished, [tasks](std::uint64_t done) { return done == tasks; });
  }
  if (shared.failure) std::rethrow_exception(std::exchange(shared.failure, nullptr));
}

}  // namespace cairn::envs
