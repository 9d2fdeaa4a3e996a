// `cairn suite` as people call it.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "calls.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;
using Suite = Calls;

constexpr const char* tiny_suite = "suite run --quick --only point_maze:map=medium --seeds 1 --jobs 2 --quiet ";

/// A report without what the clock made: its last section.
std::string timeless_suite(const fs::path& folder) {
  const std::string text = contents(folder / "report.md");
  return text.substr(0, text.find("## Time")) + contents(folder / "report.json") + contents(folder / "cells.csv") +
         contents(folder / "runs.csv");
}

TEST_F(Suite, KilledAndGrownItComesToTheSameReport) {
  const Outcome whole = cairn(std::string(tiny_suite) + "--out whole");
  ASSERT_EQ(whole.status, 0) << whole.errors;
  EXPECT_THAT(whole.out, HasSubstr("Exploratory"));
  cairn(std::string(tiny_suite) + "--methods dqn+hindsight --out part", "timeout -s KILL 1");
  ASSERT_EQ(cairn(std::string(tiny_suite) + "--methods dqn+hindsight --out part").status, 0);
  ASSERT_EQ(cairn(std::string(tiny_suite) + "--out part").status, 0);
  const auto json = nlohmann::json::parse(contents(folder / "whole/report.json"));
  EXPECT_EQ(json["suite"], "suite-1");
  ASSERT_EQ(json["cells"].size(), 2U);
  EXPECT_EQ(json["cells"][0]["steps"], 50'000) << "a tenth";
  EXPECT_TRUE(json["cells"][0]["as_expected"].is_null()) << "a quick suite judges nothing";
  EXPECT_GT(json["cells"][0]["success"]["value"], 0.1) << "with hindsight";
  auto text = timeless_suite(folder / "part");
  const auto at = text.find("--out part");
  ASSERT_NE(at, std::string::npos);
  while (text.find("--out part") != std::string::npos) text.replace(text.find("--out part"), 10, "--out whole");
  EXPECT_EQ(text, timeless_suite(folder / "whole"));
  EXPECT_THAT(contents(folder / "whole/report.html"), HasSubstr("Who solves what"));
}

TEST_F(Suite, ListsItsPairs) {
  const Outcome listed = cairn("suite list --json");
  ASSERT_EQ(listed.status, 0);
  const auto json = nlohmann::json::parse(listed.out);
  EXPECT_EQ(json[0]["world"], "lander");
  EXPECT_EQ(json[0]["options"]["env"], "lander:reward=sparse");
  const Outcome table = cairn("suite list");
  ASSERT_EQ(table.status, 0);
  std::istringstream lines(table.out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_THAT(line, testing::MatchesRegex("world +method +steps  success expected"));
  std::size_t rows = 0;
  for (; std::getline(lines, line); ++rows) EXPECT_LE(line.size(), 80U) << line;
  EXPECT_EQ(rows, json.size());
  EXPECT_THAT(table.out, HasSubstr("dqn+demonstrations   500k  solves\n"));
  EXPECT_THAT(table.out, HasSubstr(" 500k  below dqn+demonstrations\n"));
}

TEST_F(Suite, RefusesInASentence) {
  const auto refused = [&](const std::string& line, const char* why) {
    const Outcome outcome = cairn("suite " + line);
    EXPECT_EQ(outcome.status, 2) << line;
    EXPECT_THAT(outcome.errors, HasSubstr(why)) << line;
  };
  refused("", "Allowed: list, run");
  refused("run", "'--out' is missing");
  refused("run --out x --only landr", "lander");
  refused("run --out x --methods magic", "Unknown method 'magic'");
  refused("run --out x --only swing_up --methods dqn+hindsight", "None of these methods");
  refused("list --quick", "belongs to 'run'");
  EXPECT_FALSE(fs::exists(folder / "x")) << "nothing is written";
  fs::create_directories(folder / "full");
  std::ofstream(folder / "full/file") << "text";
  refused("run --out full", "holds no suite");
  fs::create_directories(folder / "other");
  std::ofstream(folder / "other/suite.json") << R"({"suite": "suite-0", "seeds": 1, "quick": true, "entries": []})";
  const Outcome other = cairn("suite run --quick --out other");
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.errors, HasSubstr("suite-0"));
}

}  // namespace
}  // namespace cairn::apps
