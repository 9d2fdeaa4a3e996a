#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace cairn::agents {

/// Keeps runs that learn on threads of their own abreast: none goes on before all others have come as far, and only so
/// many are at work at once. What each of them learns stays the same.
class Pace {
 public:
  /// `runs`: how many there are; `at_once`: how many may be at work.
  Pace(int runs, int at_once);

  /// Before any of them begins: what is asked, by one thread at a time, before the first goes on from where all are,
  /// until it says yes.
  void ask(std::function<bool()> may_go_on) { may_go_on_ = std::move(may_go_on); }
  /// Run number `run` has done so many environment steps; waits until it may go on. After a signal (raised_signal) it
  /// may at once, to end.
  void pass(int run, std::int64_t steps);
  /// It ends here: nobody waits for it any more.
  void leave(int run);

 private:
  struct Runner {
    std::int64_t steps = 0;
    bool gone = false, working = false;
  };
  bool may_go(const Runner& runner);

  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<Runner> runners_;
  int at_once_, working_ = 0;
  std::function<bool()> may_go_on_;
  std::int64_t front_ = -1;  // steps from which one has gone on
};

}  // namespace cairn::agents
