#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace cairn::envs {

/// Runs numbered tasks on a fixed set of threads. Which tasks there are never depends on the number of threads, so
/// results do not either. A thread takes the next task that nobody has: where other programs hold a core, its share is
/// done by the others. Waits by spinning briefly (learning has a barrier every few tens of microseconds), then by
/// sleeping, so that an idle pool costs nothing.
class ThreadPool {
 public:
  /// `threads` >= 1, the caller's own included: 1 runs everything inline. Throws std::runtime_error naming the limit
  /// where the system refuses to start one (`thread_refusal`).
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Threads that work, the calling one among them.
  int threads() const { return threads_; }
  /// Calls task(0) … task(count - 1) and returns when all are done. They are begun in this order. The first exception
  /// that a task threw is rethrown.
  /// Allocates nothing beyond what `task` does; not reentrant.
  template <class Task>
  void run(int count, Task&& task) {
    run_erased(count, false, &call<Task>, const_cast<void*>(static_cast<const void*>(&task)));
  }
  /// The same where task i works on the same data each time: it goes to thread i, in whose core's cache they are,
  /// unless that thread is long in coming.
  template <class Task>
  void run_in_place(int count, Task&& task) {
    run_erased(count, true, &call<Task>, const_cast<void*>(static_cast<const void*>(&task)));
  }

 private:
  template <class Task>
  static void call(void* task, int i) {
    (*static_cast<std::remove_reference_t<Task>*>(task))(i);
  }
  void stop();
  void run_erased(int count, bool in_place, void (*each)(void*, int), void* task);
  struct Shared;
  int threads_;
  std::unique_ptr<Shared> shared_;
  std::vector<std::jthread> workers_;
};

}  // namespace cairn::envs
