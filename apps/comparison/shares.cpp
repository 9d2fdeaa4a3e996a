#include "apps/comparison/shares.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <numeric>
#include <queue>
#include <tuple>
#include <utility>

#include "agents/training/standard_error.h"
#include "apps/command_line/errors.h"
#include "apps/command_line/json.h"
#include "apps/command_line/output.h"

namespace cairn::comparison {

namespace {

constexpr int most_shares = 100'000;
constexpr std::size_t most_named = 10;  // missing runs

Share read_share(const std::string& named, const std::string& text) {
  Share share;
  const char* const end = text.data() + text.size();
  const auto [slash, wrong] = std::from_chars(text.data(), end, share.part);
  bool good = wrong == std::errc() && slash != end && *slash == '/';
  if (good) {
    const auto [last, error] = std::from_chars(slash + 1, end, share.of);
    good = error == std::errc() && last == end && share.part >= 1 && share.part <= share.of && share.of <= most_shares;
  }
  if (!good)
    throw apps::UsageError(fmt::format("{} cannot be '{}'. Allowed: I/N with I from 1 to N, as in 2/8; N at most {}.",
                                       named, text, most_shares));
  return share;
}

}  // namespace

std::vector<int> divide(std::span<const Job> jobs, int of) {
  std::vector<std::size_t> order(jobs.size());
  std::iota(order.begin(), order.end(), 0U);
  // Group by group, since jobs of one group take equally long.
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return std::tie(jobs[b].plan.steps, jobs[a].group) < std::tie(jobs[a].plan.steps, jobs[b].group);
  });
  using Load = std::pair<std::int64_t, int>;  // steps so far, and the part
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (int part = 1; part <= of; ++part) loads.emplace(0, part);
  std::vector<int> parts(jobs.size());
  for (const std::size_t job : order) {
    const auto [steps, part] = loads.top();
    loads.pop();
    parts[job] = part;
    loads.emplace(steps + jobs[job].plan.steps, part);
  }
  return parts;
}

std::vector<Job> own_jobs(std::span<const Job> jobs, const Share& share) {
  const std::vector<int> parts = divide(jobs, share.of);
  std::vector<Job> own;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (parts[i] == share.part) own.push_back(jobs[i]);
  return own;
}

std::vector<apps::Option> dealing_options() {
  return {
      {"shard", "I/N", "make only the I-th of N shares of the runs; all N may work on one folder at a time"},
      {"list-runs", "", "show the runs and their states; nothing is run or written", false},
      {"json", "", "with --list-runs: for scripts", false},
      {"report", "", "write the report from the runs that are there; nothing is run", false},
      {"merge", "DIR...", "bring the runs of these folders into --out and report on them", false, true},
  };
}

Dealing read_dealing(const apps::Arguments& arguments, const std::vector<apps::Option>& options) {
  Dealing dealing{.lists = arguments.flag("list-runs"),
                  .as_json = arguments.flag("json"),
                  .reports = arguments.flag("report"),
                  .merged = {}};
  if (arguments.has("shard")) dealing.share = read_share(arguments.named("shard"), arguments.text("shard"));
  for (const std::string& folder : arguments.list("merge")) dealing.merged.emplace_back(folder);
  const auto refuse_beside = [&](const char* one, const char* other) {
    if (arguments.typed(one) && arguments.typed(other))
      throw apps::UsageError(fmt::format("Option '--{}' cannot stand beside '--{}'.", one, other));
  };
  refuse_beside("list-runs", "report");
  refuse_beside("list-runs", "merge");
  refuse_beside("report", "merge");
  refuse_beside("report", "shard");
  if (dealing.as_json && !dealing.lists) throw apps::UsageError("Option '--json' needs '--list-runs'.");
  if (!dealing.merged.empty())
    for (const apps::Option& option : options)
      if (arguments.typed(option.name) && option.name != "merge" && option.name != "out" && option.name != "quiet")
        throw apps::UsageError("Option '--" + option.name +
                               "' cannot stand beside '--merge': the folders say what was compared.");
  return dealing;
}

void print_runs(std::span<const ListedRun> runs, const Dealing& dealing) {
  std::vector<int> parts(runs.size(), 1);
  for (const char* kind : {"trial", "run"}) {  // as they are divided when they are made
    std::vector<Job> jobs;
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < runs.size(); ++i)
      if (runs[i].kind == std::string_view(kind)) jobs.push_back(runs[i].job), which.push_back(i);
    const std::vector<int> divided = divide(jobs, dealing.share.of);
    for (std::size_t i = 0; i < which.size(); ++i) parts[which[i]] = divided[i];
  }
  apps::Json all = apps::Json::array();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (parts[i] != dealing.share.part) continue;
    const auto& [kind, job] = runs[i];
    const char* const state = to_string(state_of(job));
    if (!dealing.as_json) {
      apps::print_out("{:8}  {:5}  {:>9} steps  {}  {}\n", state, kind, job.plan.steps, job.folder.string(), job.group);
      continue;
    }
    const apps::RunPlan& plan = job.plan;
    all.push_back({{"state", state},
                   {"kind", kind},
                   {"setting", job.group},
                   {"env", plan.environment},
                   {"agent", plan.agent},
                   {"optimizer", plan.optimizer},
                   {"schedule", plan.schedule},
                   {"clip", plan.clip},
                   {"seed", plan.seed},
                   {"steps", plan.steps},
                   {"folder", job.folder.string()}});
  }
  if (dealing.as_json) apps::print_out("{}", apps::indented(all));
}

namespace {

/// Which jobs are not concluded, in a sentence and a line for each of the first few.
std::string missing_text(std::span<const Job> jobs) {
  std::array<int, 4> counts{};
  std::string lines;
  std::size_t count = 0;
  for (const Job& job : jobs) {
    if (concluded(job)) continue;
    const JobState state = state_of(job);
    ++counts[static_cast<std::size_t>(state)];
    if (count++ >= most_named) continue;
    lines += fmt::format("\n  {:7}  {}", to_string(state), job.folder.string());
    if (state == JobState::failed) lines += ": " + failure_of(job);
  }
  std::string kinds;
  for (const JobState state : {JobState::missing, JobState::started, JobState::failed})
    if (const int number = counts[static_cast<std::size_t>(state)]; number > 0)
      kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", number, to_string(state));
  if (count > most_named) lines += fmt::format("\n  and {} more; '--list-runs' shows them", count - most_named);
  return fmt::format("{} of {} runs are not finished ({}):{}", count, jobs.size(), kinds, lines);
}

}  // namespace

int without_report(std::span<const Job> jobs, const Dealing& dealing, const std::string& command, bool all_awaited) {
  agents::print_aside("No report yet: {}\n", missing_text(jobs));
  if (!dealing.makes_runs()) {
    agents::print_aside("They are made by: {}\n", command);
    return 1;
  }
  const Share& share = dealing.share;
  if (all_awaited || !std::ranges::all_of(own_jobs(jobs, share), &concluded)) {
    agents::print_aside("Runs that failed are made again by: {} --shard {}/{}\n", command, share.part, share.of);
    return 1;
  }
  agents::print_aside("Shard {}/{} is done. The last one writes the report, as does: {} --report\n", share.part,
                      share.of, command);
  return 0;
}

}  // namespace cairn::comparison
