#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apps/command_line/run_plan.h"

namespace cairn::suite {

/// Of the entries below with their budgets. A world that changes after a release, or a budget, makes another version.
inline constexpr const char* version = "suite-1";

/// What is expected of a method in a world, over seeds: IQM of success at least `solved`; or, beside the method that
/// solves it, less success with an interval that leaves out 0; or nothing.
enum class Expectation { solves, fails, reported };
/// Least IQM of success that counts as solved.
inline constexpr double solved = 0.8;
std::string_view to_string(Expectation expectation);

/// A method in a world, with the budget that it is judged at.
struct Entry {
  std::string world, method;  ///< as the table calls them; together they name the entry
  /// Options of `cairn train` without dashes: `env`, `agent`, …
  std::vector<std::pair<std::string, std::string>> options;
  std::int64_t steps = 0;                        ///< environment steps of a run
  Expectation expected = Expectation::reported;  ///< of the method
  std::string rival{};                           ///< of a method that must fail: the one that solves the world
  std::string published{};  ///< a figure of the literature for the same or the nearest task, with its source
};

/// In the order of the table: world by world, and behind them what a program adds.
const std::vector<Entry>& entries();
void add(Entry entry);  ///< before entries() is first asked for

/// The same with a tenth of the budget, and nothing expected of it.
Entry quick(Entry entry);

/// One run: the last policy is evaluated on 100 fresh episodes. Throws UsageError.
apps::RunPlan plan_of(const Entry& entry, int seed);

}  // namespace cairn::suite
