#include "agents/training/pace.h"

#include <algorithm>
#include <chrono>

#include "agents/training/signals.h"

namespace cairn::agents {

namespace {
constexpr auto waiting_time = std::chrono::milliseconds(20);  // between two looks whether all may go on
}  // namespace

Pace::Pace(int runs, int at_once) : runners_(static_cast<std::size_t>(runs)), at_once_(at_once) {}

bool Pace::may_go(const Runner& runner) {
  const bool abreast =
      std::ranges::all_of(runners_, [&](const Runner& other) { return other.gone || other.steps >= runner.steps; });
  if (working_ >= at_once_ || !abreast) return false;
  if (runner.steps <= front_) return true;  // another has gone on from here
  if (may_go_on_ && !may_go_on_()) return false;
  front_ = runner.steps;
  return true;
}

void Pace::pass(int run, std::int64_t steps) {
  std::unique_lock lock(mutex_);
  Runner& runner = runners_[static_cast<std::size_t>(run)];
  if (runner.working) --working_;
  runner.working = false;
  runner.steps = steps;
  moved_.notify_all();
  while (!may_go(runner) && raised_signal() == 0) moved_.wait_for(lock, waiting_time);
  runner.working = true;
  ++working_;
}

void Pace::leave(int run) {
  const std::lock_guard lock(mutex_);
  Runner& runner = runners_[static_cast<std::size_t>(run)];
  if (runner.working) --working_;
  runner.working = false;
  runner.gone = true;
  moved_.notify_all();
}

}  // namespace cairn::agents
