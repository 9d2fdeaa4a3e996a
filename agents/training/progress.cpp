#include "agents/training/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "agents/training/standard_error.h"

namespace cairn::agents {

namespace {

constexpr int bar_width = 24;

std::string duration(double seconds) {
  const long whole = std::lround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

}  // namespace

ProgressLine::ProgressLine()
    : terminal_(::isatty(STDERR_FILENO) == 1), colour_(terminal_ && std::getenv("NO_COLOR") == nullptr) {}

void ProgressLine::on_start(const RunInfo& info) {
  total_ = info.total_steps;
  first_ = latest_ = info.first_step;
  start_ = last_ = Clock::now();
}

void ProgressLine::on_iteration(const Telemetry& telemetry, const Agent&) {
  latest_ = telemetry.steps;
  recent_ = telemetry.recent;
  if (Clock::now() - last_ < (terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5000))) return;
  last_ = Clock::now();
  show(telemetry.steps);
}

void ProgressLine::show(std::int64_t steps) {
  const double seconds = std::max(std::chrono::duration<double>(Clock::now() - start_).count(), 1e-6);
  const double rate = static_cast<double>(steps - first_) / seconds;
  const double share =
      std::min(1.0, static_cast<double>(steps) / static_cast<double>(std::max<std::int64_t>(total_, 1)));
  const std::string learned =
      std::isnan(recent_.episode_return)
          ? "no episode is over"
          : fmt::format("return {:.1f}  success {:.0f} %", recent_.episode_return, 100 * recent_.success);
  const std::string facts = fmt::format(
      "{:3.0f} %  {:.2f}M steps  {:.0f} steps/s  {}  {} left", 100 * share, static_cast<double>(steps) * 1e-6, rate,
      learned, duration(static_cast<double>(std::max<std::int64_t>(total_ - steps, 0)) / std::max(rate, 1e-6)));
  if (terminal_) {
    const int full = static_cast<int>(share * bar_width);
    std::string bar;
    for (int i = 0; i < bar_width; ++i) bar += i < full ? "█" : "░";
    print_aside("\r{}{}{} {}\x1b[K", colour_ ? "\x1b[36m" : "", bar, colour_ ? "\x1b[0m" : "", facts);
  } else {
    print_aside("{}\n", facts);
  }
  std::fflush(stderr);
}

void ProgressLine::on_message(std::string_view message) {
  print_aside("{}{}\n", terminal_ ? "\r\x1b[K" : "", message);
}

void ProgressLine::on_end() {
  show(latest_);
  if (terminal_) print_aside("\n");
}

}  // namespace cairn::agents
