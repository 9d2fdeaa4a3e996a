#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agents/training/observer.h"

namespace cairn::render {

/// Shows a run in a window while it learns. The window lives on its own thread with its own copies of the world, flown
/// by the newest policy; training only leaves numbers, and a copy of the policy a few times a second, in a slot, and
/// never waits for the window, except where the person at it paused or slowed the training. The run's bits are the same
/// with and without it. Where there is no display, or it goes away, one sentence on standard error says so and training
/// goes on.
class LiveView : public agents::Observer {
 public:
  LiveView();
  ~LiveView() override;

  void on_start(const agents::RunInfo& info) override;
  void on_iteration(const agents::Telemetry& telemetry, const agents::Agent& agent) override;
  void on_evaluation(const agents::EvaluationResult& result) override;
  void on_end() override;

  /// Returns once the person has closed the window, it is gone, or a signal has come.
  void linger();

 private:
  using Clock = std::chrono::steady_clock;

  /// What the window has not seen yet.
  struct News {
    struct Iteration {
      std::int64_t steps, updates;
      double mean_return, success_rate;
      std::vector<agents::Telemetry::Metric> metrics;
    };
    std::vector<Iteration> iterations;
    std::vector<agents::EvaluationResult> evaluations;
    std::optional<agents::Policy> policy;
    std::int64_t policy_steps = 0;
    bool ended = false;
    bool empty() const { return iterations.empty() && evaluations.empty() && !policy && !ended; }
  };

  void run(const std::stop_token& stop);  // the window's thread
  bool showing();
  void hand_over(const agents::Agent* agent);
  void hold(const agents::Agent& agent);

  // Training's thread
  News gathered_;
  std::deque<envs::Episode> recent_;
  Clock::time_point policy_given_;
  bool farewell_said_ = false;

  // Both
  agents::RunInfo info_;
  std::mutex slot_mutex_;
  News slot_;
  std::atomic<bool> finished_ = true;  // the window's thread is done
  std::atomic<bool> paused_ = false;
  std::atomic<int> iterations_wanted_ = 0;  // while paused
  std::atomic<int> pace_ = 0;               // iterations a second at most; 0: unbounded
  std::jthread thread_;
};

}  // namespace cairn::render
