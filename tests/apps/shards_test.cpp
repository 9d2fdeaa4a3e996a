// Several processes at one comparison or suite, as people call them on clusters.
#include <gmock/gmock.h>

#include <filesystem>
#include <future>
#include <map>
#include <nlohmann/json.hpp>

#include "agents/archive/file_lock.h"
#include "calls.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// A report without what the clock made: its last section.
std::string timeless_tables(const fs::path& folder) {
  const std::string html = contents(folder / "report.html"), text = contents(folder / "report.md");
  auto json = nlohmann::json::parse(contents(folder / "report.json"));
  json.erase("times");
  std::string tables;
  for (const char* table : {"summary.csv", "runs.csv", "curves.csv", "cells.csv"})
    if (fs::exists(folder / table)) tables += contents(folder / table);
  return html.substr(0, html.find("<section id=\"times\">")) + text.substr(0, text.find("\n## Time")) + json.dump() +
         tables;
}

class Shards : public Calls {
 protected:
  static constexpr const char* tiny =
      "compare --tasks cartpole --agents ppo dqn --evaluations 4 --episodes 4 --envs 4 --budget 6000 --optimizers adam "
      "sgd --seeds 2 --jobs 1 --quiet ";

  /// Calls of the program beside each other, each with standard output and errors of its own.
  std::vector<Outcome> at_once(const std::vector<std::string>& lines) const {
    std::vector<std::future<Outcome>> calls;
    for (std::size_t i = 0; i < lines.size(); ++i)
      calls.push_back(std::async(std::launch::async, [this, &lines, i] {
        const fs::path out = folder / ("out" + std::to_string(i)), errors = folder / ("errors" + std::to_string(i));
        const std::string command = "cd " + folder.string() + " && " CAIRN_PROGRAM " " + lines[i] + " >" +
                                    out.string() + " 2>" + errors.string();
        const int status = std::system(command.c_str());
        return Outcome{WEXITSTATUS(status), contents(out), contents(errors)};
      }));
    std::vector<Outcome> outcomes;
    for (auto& call : calls) outcomes.push_back(call.get());
    return outcomes;
  }

  std::map<std::string, int> states(const std::string& line) const {
    std::map<std::string, int> counts;
    for (const auto& run : nlohmann::json::parse(cairn(line + " --list-runs --json").out))
      ++counts[run["state"].get<std::string>()];
    return counts;
  }
};

TEST_F(Shards, ListsRunsAndWritesNothing) {
  const Outcome listed = cairn(std::string(tiny) + "--list-runs --out new");
  ASSERT_EQ(listed.status, 0) << listed.errors;
  EXPECT_EQ(std::ranges::count(listed.out, '\n'), 8);
  EXPECT_THAT(listed.out, HasSubstr("missing   run         6000 steps  new/runs/cartpole__ppo__adam__"));
  EXPECT_FALSE(fs::exists(folder / "new"));
  std::map<std::string, int> shards;
  for (const char* shard : {"1/3", "2/3", "3/3"})
    for (const auto& run :
         nlohmann::json::parse(cairn(std::string(tiny) + "--list-runs --json --out new --shard " + shard).out))
      ++shards[run["folder"].get<std::string>()];
  EXPECT_EQ(shards.size(), 8U);
  for (const auto& [run, times] : shards) EXPECT_EQ(times, 1) << run;
  EXPECT_EQ(cairn(std::string(tiny) + "--report --out new").status, 2) << "there is no comparison";
}

TEST_F(Shards, OfOneFolderComeToTheReportOfOneProcess) {
  const std::string line = tiny;
  ASSERT_EQ(cairn(line + "--out whole").status, 0);
  const Outcome first = cairn(line + "--out shared --shard 1/3");
  ASSERT_EQ(first.status, 0) << first.errors;
  EXPECT_THAT(first.errors, HasSubstr("No report yet: "));
  EXPECT_THAT(first.errors, HasSubstr("\n  missing  shared/runs/cartpole__"));
  EXPECT_FALSE(fs::exists(folder / "shared/report.md"));
  const Outcome early = cairn("compare --report --out shared");
  EXPECT_EQ(early.status, 1);
  EXPECT_THAT(early.errors, HasSubstr("are not finished"));
  EXPECT_FALSE(fs::exists(folder / "shared/report.md"));
  for (const Outcome& outcome : at_once({line + "--out shared --shard 2/3", line + "--out shared --shard 3/3"}))
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_TRUE(timeless_tables(folder / "shared") == timeless_tables(folder / "whole")) << "the last shard writes it";
  fs::remove(folder / "shared/report.md");
  ASSERT_EQ(cairn("compare --report --out shared").status, 0);
  EXPECT_TRUE(timeless_tables(folder / "shared") == timeless_tables(folder / "whole"));
  for (const auto& entry : fs::recursive_directory_iterator(folder / "shared"))
    EXPECT_NE(entry.path().extension(), ".lock") << entry.path();
}

TEST_F(Shards, WaitForARunThatAnotherProcessMakes) {
  const std::string line =
      "compare --tasks cartpole --agents ppo --optimizers adam --seeds 1 --budget 6000 --quiet --out shared ";
  ASSERT_EQ(cairn(line).status, 0);
  const auto runs = nlohmann::json::parse(cairn(line + "--list-runs --json").out);
  ASSERT_EQ(runs.size(), 1U);
  const fs::path run = folder / runs[0]["folder"].get<std::string>();
  fs::remove_all(run);
  agents::FileLock lock(run.string() + ".lock");
  ASSERT_EQ(lock.take(), agents::FileLock::State::held);
  const Outcome waits = cairn(line + "--shard 1/1", "timeout --preserve-status --foreground -s TERM 1");
  EXPECT_EQ(waits.status, 143);
  EXPECT_FALSE(fs::exists(run / "config.json"));
  lock.give_back();
  EXPECT_EQ(cairn(line).status, 0);
}

TEST_F(Shards, OfTuningWaitForEachRound) {
  const std::string line =
      "compare --tasks cartpole --agents ppo --budget 4096 --evaluations 2 --episodes 4 --jobs 1 --quiet --optimizers "
      "adam sgd --tune lr --trials 4 --selection-seeds 2 --halving --tuned --seeds 2 ";
  ASSERT_EQ(cairn(line + "--out whole").status, 0);
  const Outcome listed = cairn(line + "--list-runs --out shared");
  EXPECT_EQ(std::ranges::count(listed.out, '\n'), 8) << "the trials of the first round";
  EXPECT_THAT(listed.errors, HasSubstr("What follows is known once the trials listed here are finished."));
  for (const Outcome& outcome : at_once({line + "--out shared --shard 1/2", line + "--out shared --shard 2/2"}))
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_TRUE(timeless_tables(folder / "shared") == timeless_tables(folder / "whole"));
  // A share whose others never come makes their trials, too, but not their reported runs.
  const Outcome alone = cairn(line + "--out alone --shard 2/2");
  EXPECT_EQ(alone.status, 0) << alone.errors;
  EXPECT_THAT(alone.errors, HasSubstr("Shard 2/2 is done."));
  EXPECT_EQ(states(line + "--out alone")["finished"], states(line + "--out whole")["finished"] - 2);
  EXPECT_FALSE(fs::exists(folder / "alone/report.md"));
}

TEST_F(Shards, OfDifferentDisksAreMerged) {
  const std::string line = tiny;
  ASSERT_EQ(cairn(line + "--out whole").status, 0);
  ASSERT_EQ(cairn(line + "--out a --shard 1/2").status, 0);
  const Outcome half = cairn("compare --merge a --out merged");
  EXPECT_EQ(half.status, 1);
  EXPECT_THAT(half.errors, HasSubstr("4 of 8 runs are not finished (4 missing)"));
  ASSERT_EQ(cairn(line + "--out b --shard 2/2").status, 0);
  const Outcome merged = cairn("compare --merge a b --out merged");
  EXPECT_EQ(merged.status, 0) << merged.errors;
  EXPECT_TRUE(timeless_tables(folder / "merged") == timeless_tables(folder / "whole"));
  ASSERT_EQ(
      cairn("compare --tasks cartpole --agents ppo dqn --evaluations 4 --episodes 5 --envs 4 --budget 6000 --quiet "
            "--optimizers adam sgd --seeds 2 --out other --shard 1/8")
          .status,
      0);
  const Outcome refused = cairn("compare --merge a other --out no");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.errors, HasSubstr("episodes: 4 there, 5 here"));
  EXPECT_FALSE(fs::exists(folder / "no"));
}

TEST_F(Shards, OfASuite) {
  const std::string line = "suite run --quick --only point_maze:map=medium --seeds 1 --jobs 1 --quiet ";
  for (const Outcome& outcome : at_once({line + "--out a/suite --shard 1/2", line + "--out b/suite --shard 2/2"})) {
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr("1 of 2 runs are not finished (1 missing)"));
  }
  const Outcome missing = cairn("suite run --report --out a/suite");
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.errors, HasSubstr("They are made by: cairn suite run --out a/suite"));
  ASSERT_EQ(cairn("suite run --merge a/suite b/suite --out merged/suite").status, 0);
  const std::string merged = timeless_tables(folder / "merged/suite");
  EXPECT_THAT(merged, HasSubstr("cairn suite run --only point_maze:map=medium --quick --seeds 1 --out suite"));
  const Outcome listed = cairn("suite run --list-runs --out merged/suite");
  EXPECT_EQ(std::ranges::count(listed.out, '\n'), 2) << "what the folder has";
  ASSERT_EQ(cairn("suite run --report --out merged/suite").status, 0);
  EXPECT_TRUE(timeless_tables(folder / "merged/suite") == merged);
  ASSERT_EQ(cairn(line + "--out merged/suite").status, 0) << "nothing is left to run";
  EXPECT_TRUE(timeless_tables(folder / "merged/suite") == merged);
}

}  // namespace
}  // namespace cairn::apps
