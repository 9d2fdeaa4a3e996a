#pragma once

#include <chrono>

#include "agents/training/observer.h"

namespace cairn::agents {

/// Shows a run on standard error: on a terminal a line that renews itself, with share done, rate, mean return, success
/// and time left; elsewhere a plain line every few seconds.
class ProgressLine : public Observer {
 public:
  ProgressLine();
  void on_start(const RunInfo& info) override;
  void on_iteration(const Telemetry& telemetry, const Agent& agent) override;
  void on_message(std::string_view message) override;
  void on_end() override;

 private:
  void show(std::int64_t steps);
  using Clock = std::chrono::steady_clock;
  bool terminal_, colour_;
  std::int64_t total_ = 0, first_ = 0, latest_ = 0;
  Clock::time_point start_, last_;
  Telemetry::Recent recent_;
};

}  // namespace cairn::agents
