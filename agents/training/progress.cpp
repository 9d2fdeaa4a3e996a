#include "agents/training/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "agents/training/standard_error.h"

namespace cairn::agents {

namespace {

constexpr int widest_bar = 24, narrowest_bar = 8;

std::string joined_facts(const std::vector<std::string>& facts) {
  std::string text;
  for (const std::string& fact : facts) text += (text.empty() ? "" : "  ") + fact;
  return text;
}

std::string duration(double seconds) {
  const long whole = std::lround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

}  // namespace

std::string fitted_line(double share, std::vector<std::string> facts, int columns, bool colour) {
  const int room = columns - 1;
  const auto bar_room = [&] { return room - 1 - static_cast<int>(text_width(joined_facts(facts))); };
  while (facts.size() > 1 && bar_room() < narrowest_bar) facts.pop_back();
  const std::string text = joined_facts(facts);
  const int length = std::min(widest_bar, bar_room());
  if (length < narrowest_bar) return static_cast<int>(text_width(text)) <= room ? text : "";
  const int full = static_cast<int>(std::clamp(share, 0.0, 1.0) * length);
  std::string bar;
  for (int i = 0; i < length; ++i) bar += i < full ? "█" : "░";
  return (colour ? "\x1b[36m" + bar + "\x1b[0m" : bar) + " " + text;
}

ProgressLine::ProgressLine() : renews_(renews_lines()), colour_(renews_ && std::getenv("NO_COLOR") == nullptr) {}

void ProgressLine::on_start(const RunInfo& info) {
  total_ = info.total_steps;
  first_ = latest_ = info.first_step;
  start_ = last_ = Clock::now();
}

void ProgressLine::on_iteration(const Telemetry& telemetry, const Agent&) {
  latest_ = telemetry.steps;
  recent_ = telemetry.recent;
  if (Clock::now() - last_ < (renews_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5000))) return;
  last_ = Clock::now();
  show(telemetry.steps);
}

void ProgressLine::show(std::int64_t steps) {
  const double seconds = std::max(std::chrono::duration<double>(Clock::now() - start_).count(), 1e-6);
  const double rate = static_cast<double>(steps - first_) / seconds;
  const double share =
      std::min(1.0, static_cast<double>(steps) / static_cast<double>(std::max<std::int64_t>(total_, 1)));
  std::vector<std::string> facts{
      fmt::format("{:3.0f} %", 100 * share),
      fmt::format("{} left",
                  duration(static_cast<double>(std::max<std::int64_t>(total_ - steps, 0)) / std::max(rate, 1e-6)))};
  if (std::isnan(recent_.episode_return)) {
    facts.emplace_back("no episode is over");
  } else {
    facts.push_back(fmt::format("return {:.1f}", recent_.episode_return));
    facts.push_back(fmt::format("success {:.0f} %", 100 * recent_.success));
  }
  facts.push_back(fmt::format("{:.2f}M steps", static_cast<double>(steps) * 1e-6));
  facts.push_back(fmt::format("{:.0f} steps/s", rate));
  if (renews_)
    print_aside("\r{}\x1b[K", fitted_line(share, std::move(facts), terminal_columns(), colour_));
  else
    print_aside("{}\n", joined_facts(facts));
  std::fflush(stderr);
}

void ProgressLine::on_message(std::string_view message) {
  print_message(message);
}

void ProgressLine::on_end() {
  if (first_ > 0 && latest_ == first_) return;  // gone on with, and nothing was left to do
  show(latest_);
  if (renews_) print_aside("\n");
}

}  // namespace cairn::agents
