#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agents/training/observer.h"

namespace cairn::agents {

/// A bar filled to `share` in [0, 1] and `facts` behind it, the most important first, in fewer than `columns` columns:
/// a line that fills the last one scrolls on some terminals. The bar gets shorter, then the last facts go, then the
/// bar. `colour`: of the bar, by ANSI codes.
std::string fitted_line(double share, std::vector<std::string> facts, int columns, bool colour);

/// Shows a run on standard error: on a terminal a line that renews itself, with share done, time left, mean return,
/// success, steps and rate; elsewhere a plain line every few seconds.
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
  bool renews_, colour_;
  std::int64_t total_ = 0, first_ = 0, latest_ = 0;
  Clock::time_point start_, last_;
  Telemetry::Recent recent_;
};

}  // namespace cairn::agents
