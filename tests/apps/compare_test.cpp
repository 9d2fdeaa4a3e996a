// `cairn compare` and `cairn tune` as people call them: processes, kills, growth, refusals.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "agents/archive/archive.h"
#include "agents/training/train.h"
#include "apps/command_line/run_plan.h"
#include "calls.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

/// A report without what the clock made: its last section.
std::string timeless(const fs::path& folder) {
  const std::string html = contents(folder / "report.html"), text = contents(folder / "report.md");
  auto json = nlohmann::json::parse(contents(folder / "report.json"));
  json.erase("times");
  return html.substr(0, html.find("<section id=\"times\">")) + text.substr(0, text.find("## Time and memory")) +
         json.dump() + contents(folder / "summary.csv") + contents(folder / "runs.csv");
}

using Compare = Calls;

constexpr const char* tiny =
    "compare --tasks cartpole --agents ppo dqn --evaluations 4 --episodes 4 --envs 4 --jobs 2 --quiet ";

TEST_F(Compare, KilledTwentyTimesGivesTheSameReport) {
  const std::string line = std::string(tiny) + "--budget 24000 --optimizers adam sgd --seeds 4 ";
  ASSERT_EQ(cairn(line + "--out whole").status, 0);
  std::mt19937 random(5);
  int killed = 0;
  for (int i = 0; i < 20; ++i) {  // kills take work with them, so that it is not done after twenty
    const std::string after = std::to_string(0.05 + 0.01 * static_cast<double>(random() % 15));
    const Outcome outcome = cairn(line + "--out killed", "timeout -s KILL " + after);
    EXPECT_TRUE(outcome.status == 0 || outcome.status == 137) << outcome.status << outcome.errors;
    killed += outcome.status == 137;
  }
  RecordProperty("killed", killed);
  EXPECT_GE(killed, 10);
  const Outcome last = cairn(line + "--out killed");
  ASSERT_EQ(last.status, 0) << last.errors;
  EXPECT_TRUE(timeless(folder / "killed") == timeless(folder / "whole"));
}

TEST_F(Compare, GivesItsBonusAndItsCurriculumToEveryRun) {
  const Outcome outcome = cairn(
      "compare --tasks lander --agents ppo --optimizers adam --bonus counts:bins=4 --curriculum success:step=0.1 "
      "--budget 4000 --seeds 1 --evaluations 1 --episodes 1 --envs 4 --quiet --out both");
  ASSERT_EQ(outcome.status, 0) << outcome.errors;
  int found = 0;
  for (const auto& run : fs::directory_iterator(folder / "both/runs")) {
    const auto config = nlohmann::json::parse(contents(run.path() / "s1/config.json"));
    EXPECT_THAT(config["bonus"].get<std::string>(), testing::StartsWith("counts:"));
    EXPECT_THAT(config["curriculum"].get<std::string>(), testing::StartsWith("success:"));
    ++found;
  }
  EXPECT_EQ(found, 1);
}

/// Ends the process as SIGKILL would, in the evaluation behind the last step.
struct DiesInTheFinalEvaluation : agents::Observer {
  std::int64_t steps;
  explicit DiesInTheFinalEvaluation(std::int64_t budget) : steps(budget) {}
  void on_evaluation(const agents::EvaluationResult& result) override {
    if (result.steps >= steps) ::_exit(9);
  }
};

// A checkpoint may be due at the very last step: a run killed behind it and before its final evaluation is not
// finished.
TEST_F(Compare, KilledBeforeTheFinalEvaluationStillMakesIt) {
  const std::string line = std::string(tiny) + "--budget 6000 --optimizers adam --seeds 1 ";
  ASSERT_EQ(cairn(line + "--out whole").status, 0);
  ASSERT_EQ(cairn(line + "--out cut").status, 0);
  for (const auto& kind : fs::directory_iterator(folder / "cut/runs")) {
    const fs::path run = kind.path() / "s1";
    const RunPlan plan = read_plan(run / "config.json");
    fs::remove_all(run);
    const pid_t child = ::fork();
    if (child == 0) {
      PlannedRun made = make_run(plan);
      DiesInTheFinalEvaluation observer(plan.steps);
      agents::Observer* const observers[] = {&observer};
      agents::train(*made.agent, made.world.factory, train_options(plan, run), observers);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WEXITSTATUS(status), 9);
    const auto steps = agents::read_archive(run / "checkpoints/last.safetensors").metadata.at("steps");
    ASSERT_GE(std::stoll(steps), plan.steps) << "the checkpoint in question was not written";
    ASSERT_EQ(contents(run / "evaluations.csv").find("\n" + steps + ","), std::string::npos);
  }
  ASSERT_EQ(cairn(line + "--out cut").status, 0);
  EXPECT_TRUE(timeless(folder / "cut") == timeless(folder / "whole"));
}

TEST_F(Compare, AddedOptimizersAndSeedsRunOnlyWhatIsMissing) {
  ASSERT_EQ(cairn(std::string(tiny) + "--budget 6000 --optimizers adam --schedules linear --seeds 1 --out c").status,
            0);
  const auto runs = [&] {
    std::map<fs::path, fs::file_time_type> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder / "c/runs"))
      if (entry.path().filename() == "finished") all[entry.path()] = entry.last_write_time();
    return all;
  };
  const auto before = runs();
  EXPECT_EQ(before.size(), 2U);
  const Outcome grown =
      cairn("compare --optimizers lion 'partition:bias=(sgd),rest=(adam)' --seeds 2 --jobs 2 --quiet --out c");
  ASSERT_EQ(grown.status, 0) << grown.errors;
  const auto after = runs();
  EXPECT_EQ(after.size(), 12U) << "three optimizers, two seeds, two agents";
  for (const auto& [path, time] : before) EXPECT_EQ(after.at(path), time) << path;
  EXPECT_THAT(grown.out, HasSubstr("lion, linear")) << "the schedule of the folder";
  EXPECT_THAT(grown.out, HasSubstr("adam, linear"));
  const auto report = nlohmann::json::parse(contents(folder / "c/report.json"));
  EXPECT_EQ(report["optimizers"][0]["state_per_parameter"], 2);
  EXPECT_THAT(report["optimizers"][2]["state_per_parameter"].get<double>(),
              testing::AllOf(testing::Gt(1.9), testing::Lt(2.0)))
      << "biases have none";
}

TEST_F(Compare, InterruptionLeavesAStateToGoOnFrom) {
  const std::string line =
      "compare --tasks cartpole --agents ppo --budget 30000000 --optimizers adam --seeds 2 --jobs 2 --quiet --out c";
  // --foreground: one signal, not another to the group, which would end it at once.
  for (const auto& [signal, status] : {std::pair{"INT", 130}, {"TERM", 143}}) {
    const Outcome outcome = cairn(line, std::string("timeout --foreground --preserve-status -s ") + signal + " 1.5");
    EXPECT_EQ(outcome.status, status) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr("Go on with: cairn compare --out c"));
  }
  int checkpoints = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "c/runs"))
    checkpoints += entry.path().filename() == "last.safetensors";
  EXPECT_EQ(checkpoints, 2);
}

TEST_F(Compare, BeginsARunAnewThatAnotherMachineBegan) {
  const std::string line =
      "compare --tasks cartpole --agents ppo --budget 30000000 --optimizers adam --seeds 1 --jobs 1 --out c";
  const char* const briefly = "timeout --foreground --preserve-status -s TERM 3";
  ASSERT_EQ(cairn(line, briefly).status, 143);
  fs::path config;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "c/runs"))
    if (entry.path().filename() == "config.json") config = entry.path();
  auto json = nlohmann::ordered_json::parse(contents(config));
  const std::string cpu = json["made_by"]["cpu"];
  json["made_by"]["cpu"] = "another";
  std::ofstream(config) << json.dump();
  const Outcome again = cairn(line, briefly);
  EXPECT_EQ(again.status, 143);
  EXPECT_THAT(again.errors, HasSubstr("with seed 1; its cpu is 'another', here '" + cpu + "'."));
  EXPECT_EQ(nlohmann::json::parse(contents(config))["made_by"]["cpu"], cpu);
}

TEST_F(Compare, AFailedRunIsReportedAndTheRestGoesOn) {
  // At such a rate everything overflows, and stays so past the agents' patience.
  const std::string line = std::string(tiny) + "--budget 6000 --optimizers adam:lr=1e30 adam --seeds 1 --out c";
  const Outcome outcome = cairn(line);
  ASSERT_EQ(outcome.status, 0) << outcome.errors;
  const auto report = nlohmann::json::parse(contents(folder / "c/report.json"));
  EXPECT_EQ(report["optimizers"][0]["failed"], 2) << contents(folder / "c/report.md");
  EXPECT_EQ(report["optimizers"][1]["failed"], 0);
  EXPECT_THAT(contents(folder / "c/report.md"), HasSubstr("**Failed:** adam:lr=1e30 with seed 1. Exit status 1:"));
}

TEST_F(Compare, RefusesBeforeAnythingRuns) {
  ASSERT_EQ(cairn(std::string(tiny) + "--budget 6000 --optimizers adam --seeds 1 --out there").status, 0);
  struct Case {
    const char* line;
    const char* says;
  };
  for (
      const Case& wrong :
      {Case{"compare --tasks cartpole pendulum --agents dqn --out new", "dqn cannot learn pendulum"},
       {"compare --tasks cartpol --out new", "Did you mean 'cartpole'?"},
       {"compare --optimizers adm --out new", "Did you mean 'adam'?"},
       {"compare --tasks cartpole", "'--out' is missing"},
       {"compare --budget 1 2 3 --out new", "3 numbers for 2 tasks"},
       {"compare --trials 3 --out new", "'--trials' needs '--tuned'"},
       {"compare --tuned --tune rl --out new", "Did you mean 'lr'?"},
       {"compare --tuned --tune lr lr --out new", "'lr' is named twice."},
       {"compare --tasks cartpole cartpole --budget 100 200 --agents ppo --out new", "'cartpole, ppo' is named twice."},
       {"compare --tuned --out there", "tuned: false there, true here"},
       {"compare --budget 7000 --tasks cartpole --agents ppo dqn --out there",
        "budget of cartpole, ppo: 6000 there, 7000 here"},
       {"compare --budget 7000 --out there",
        "another comparison:\n  budget of cartpole, ppo: 6000 there, 7000 here\n  budget of cartpole, dqn: 6000 there, "
        "7000 here\nName"},
       {"compare --optimizers 'partition:critic=(adam),rest=(adam)' --out there",
        "partition:critic=(adam),rest=(adam) in cartpole, dqn: partition: no parameters are left for the tag 'critic'"},
       {"compare --episodes 5 --out there", "episodes: 4 there, 5 here"},
       {"compare --tasks cartpole --out .", "holds no comparison"}}) {
    const Outcome outcome = cairn(wrong.line);
    EXPECT_EQ(outcome.status, 2) << wrong.line;
    EXPECT_THAT(outcome.errors, HasSubstr(wrong.says)) << wrong.line;
    EXPECT_FALSE(fs::exists(folder / "new")) << wrong.line;
  }
}

TEST_F(Compare, TrustsNoFolder) {
  const std::string line = std::string(tiny) + "--budget 6000 --optimizers adam --seeds 1 --out=--c";
  ASSERT_EQ(cairn(line).status, 0) << "a folder, not an option";
  const fs::path file = folder / "--c/comparison.json";
  auto json = nlohmann::json::parse(contents(file));
  json["evaluations"] = 0;
  std::ofstream(file) << json.dump();
  const Outcome none = cairn("compare --quiet --out=--c");
  EXPECT_EQ(none.status, 1);
  EXPECT_EQ(none.errors,
            "cairn: --c/comparison.json describes no comparison: 'evaluations' cannot be '0'. Allowed: [1,100000].\n");
  json["evaluations"] = 4;
  json["arms"].push_back(json["arms"][0]);
  std::ofstream(file) << json.dump();
  EXPECT_THAT(cairn("compare --quiet --out=--c", "timeout 20").errors, HasSubstr("'adam' is named twice."));
  const Outcome many = cairn("compare --seeds 1000000 --out new");
  EXPECT_EQ(many.status, 2);
  EXPECT_THAT(many.errors, HasSubstr("A comparison has at most 200000."));
  EXPECT_FALSE(fs::exists(folder / "new"));
}

TEST_F(Compare, TunesAndGoesOnToCompare) {
  const std::string options =
      "--tasks cartpole --agents ppo --budget 4096 --evaluations 2 --episodes 4 --jobs 2 --quiet "
      "--optimizers adam sgd --tune lr --trials 3 --selection-seeds 2 --halving --out c";
  const Outcome tuned = cairn("tune " + options);
  ASSERT_EQ(tuned.status, 0) << tuned.errors;
  EXPECT_THAT(tuned.out, HasSubstr("adam:lr="));
  const auto before = nlohmann::json::parse(contents(folder / "c/report.json"));
  ASSERT_EQ(before["tuning"].size(), 2U);
  int halved = 0;
  for (const auto& trial : before["tuning"][0]["trials"]) halved += trial["scores"][0].size() == 1;
  EXPECT_EQ(halved, 1) << "of three trials, two went on to the second seed";
  const Outcome compared = cairn("compare --tuned --seeds 2 --jobs 2 --quiet --out c");
  ASSERT_EQ(compared.status, 0) << compared.errors;
  const auto after = nlohmann::json::parse(contents(folder / "c/report.json"));
  EXPECT_EQ(after["tuning"], before["tuning"]) << "trials are not run again";
  EXPECT_EQ(after["optimizers"].size(), 2U);
  EXPECT_THAT(contents(folder / "c/report.md"), HasSubstr("## Tuning"));
}

// In one go, or tuned runs first, or untuned ones: the same in the end.
TEST_F(Compare, UntunedRunsStandBesideTunedOnes) {
  const std::string options =
      "compare --tasks cartpole --agents ppo --budget 8192 --envs 4 --evaluations 2 --episodes 4 --jobs 2 --quiet "
      "--optimizers adam:lr=1e-4 sgd --seeds 2 ";  // both learn more by larger rates
  const std::string tuning = "--tune lr --trials 4 --selection-seeds 1 ";
  const auto runs = [&](const std::string& name) {
    std::map<fs::path, fs::file_time_type> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder / name / "runs"))
      if (entry.path().filename() == "finished") all[entry.path()] = entry.last_write_time();
    return all;
  };
  const Outcome whole = cairn(options + tuning + "--tuned --untuned --out whole");
  ASSERT_EQ(whole.status, 0) << whole.errors;
  EXPECT_THAT(whole.out, HasSubstr("What tuning brought, area:\n"));
  const auto report = nlohmann::json::parse(contents(folder / "whole/report.json"));
  ASSERT_EQ(report["untuned"].size(), 2U);
  EXPECT_EQ(report["untuned"][0]["name"], "adam:lr=1e-4");
  ASSERT_NE(report["tuning"][0]["chosen"], "adam:lr=1e-4") << "or there is nothing to see here";
  EXPECT_NE(report["untuned"][0]["tuned_less_untuned"]["area_iqm"]["value"], 0);
  EXPECT_EQ(report["optimizers"].size(), 2U) << "tuned arms alone are compared with each other";

  ASSERT_EQ(cairn(options + tuning + "--tuned --out tuned_first").status, 0);
  const auto before = runs("tuned_first");
  EXPECT_FALSE(nlohmann::json::parse(contents(folder / "tuned_first/report.json")).contains("untuned"));
  const Outcome more = cairn("compare --untuned --jobs 2 --quiet --out tuned_first");
  ASSERT_EQ(more.status, 0) << more.errors;
  const auto after = runs("tuned_first");
  EXPECT_GT(after.size(), before.size());
  EXPECT_EQ(after.size(), runs("whole").size());
  for (const auto& [path, time] : before) EXPECT_EQ(after.at(path), time) << path;

  ASSERT_EQ(cairn(options + "--untuned --out untuned_first").status, 0);
  const auto written = runs("untuned_first");
  EXPECT_EQ(written.size(), 4U);
  const Outcome tuned = cairn("compare --tuned --untuned " + tuning + "--jobs 2 --quiet --out untuned_first");
  ASSERT_EQ(tuned.status, 0) << tuned.errors;
  for (const auto& [path, time] : written) EXPECT_EQ(runs("untuned_first").at(path), time) << path;

  EXPECT_TRUE(timeless(folder / "tuned_first") == timeless(folder / "whole"));
  EXPECT_TRUE(timeless(folder / "untuned_first") == timeless(folder / "whole"));
  ASSERT_EQ(cairn("compare --quiet --out whole").status, 0) << "what a folder has stays";
  EXPECT_TRUE(timeless(folder / "tuned_first") == timeless(folder / "whole"));
}

}  // namespace
}  // namespace cairn::apps
