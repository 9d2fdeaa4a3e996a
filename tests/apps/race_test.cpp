#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "apps/program.h"
#include "calls.h"

namespace cairn::apps {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

struct Race : testing::Test {
  fs::path folder = fs::temp_directory_path() / ("cairn_race_" + std::to_string(::getpid()));
  Race() {
    fs::remove_all(folder);
    fs::create_directories(folder);
  }
  ~Race() override { fs::remove_all(folder); }
  std::string in(const std::string& name) const { return (folder / name).string(); }
  static Outcome race(const std::vector<std::string>& more, const std::vector<std::string>& optimizers) {
    std::vector<std::string> line = {"race", "--env", "cartpole", "--agent", "ppo", "--steps", "12288", "--seed", "3"};
    line.insert(line.end(), {"--evaluate-every", "4096", "--optimizers"});
    line.insert(line.end(), optimizers.begin(), optimizers.end());
    line.insert(line.end(), more.begin(), more.end());
    return run_here(line);
  }
};

TEST_F(Race, EachComesToWhatTrainComesToWithAnyNumberOfThreads) {
  const std::vector<std::string> optimizers = {"adam:lr=1e-3", "sgd:lr=0.1", "lion:lr=1e-4"};
  for (const char* threads : {"1", "3"}) {
    const std::string out = in(std::string("race") + threads);
    const Outcome outcome = race({"--no-window", "--quiet", "--threads", threads, "--out", out}, optimizers);
    ASSERT_EQ(outcome.status, 0) << outcome.errors;
    EXPECT_THAT(outcome.out, HasSubstr("Ranked by the return of the last evaluation"));
    EXPECT_THAT(outcome.out,
                HasSubstr("\nOne seed, 3: another may rank them otherwise. For conclusions, 'cairn compare'"));
    EXPECT_THAT(outcome.out, HasSubstr("\nAll: --env cartpole:"));
    EXPECT_THAT(outcome.out, HasSubstr("(preset ppo-cartpole)\n"));
    for (const char* settings :
         {"\nadam:lr=1e-3  --optimizer adam:lr=0.001,", "\nsgd:lr=0.1    --optimizer sgd:lr=0.1,",
          "\nlion:lr=1e-4  --optimizer lion:lr=1e-04,"})
      EXPECT_THAT(outcome.out, HasSubstr(settings));
  }
  for (std::size_t i = 0; i < optimizers.size(); ++i) {
    const std::string name = std::to_string(i + 1) + "-" + optimizers[i].substr(0, optimizers[i].find(':'));
    const Outcome alone =
        run_here({"train", "--env", "cartpole", "--agent", "ppo", "--steps", "12288", "--seed", "3", "--evaluate-every",
                  "4096", "--optimizer", optimizers[i], "--out", in(name), "--json"});
    ASSERT_EQ(alone.status, 0) << alone.errors;
    const json trained = json::parse(alone.out);
    for (const char* threads : {"1", "3"}) {
      const fs::path raced = folder / (std::string("race") + threads);
      for (const char* file : {"evaluations.csv", "progress.csv", "checkpoints/last.safetensors"})
        EXPECT_TRUE(contents(folder / name / file) == contents(raced / name / file)) << name << ' ' << file;
      bool found = false;
      const json all = json::parse(contents(raced / "race.json"));
      for (const json& racer : all["ranking"]) {
        if (racer["called"] != optimizers[i]) continue;
        found = true;
        EXPECT_EQ(racer["mean_return"], trained["mean_return"]);
        EXPECT_EQ(racer["updates"], trained["updates"]);
      }
      EXPECT_TRUE(found);
    }
  }
  EXPECT_EQ(contents(folder / "race1/race.png"), contents(folder / "race3/race.png"));
  const json order = json::parse(contents(folder / "race1/race.json"))["ranking"];
  EXPECT_GE(order[0]["mean_return"], order[1]["mean_return"]);
  EXPECT_GE(order[1]["mean_return"], order[2]["mean_return"]);
}

TEST_F(Race, IsThroughForARacerThatReachesTheReturnAskedForAndTakesARunsConfiguration) {
  const std::vector<std::string> plan = {"--env",     "cartpole", "--agent",     "ppo", "--steps", "60000",
                                         "--seed",    "3",        "--optimizer", "sgd", "--until", "return=150",
                                         "--threads", "1"};
  std::vector<std::string> line = {"train", "--json", "--out", in("sgd")};
  line.insert(line.end(), plan.begin(), plan.end());
  ASSERT_EQ(run_here(line).status, 3);
  const Outcome outcome = run_here({"race", "--config", in("sgd/config.json"), "--no-window", "--quiet", "--out",
                                    in("race"), "--optimizers", "sgd:lr=1e-6", "adam:lr=5e-4", "adam:lr=3e-3"});
  ASSERT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_THAT(outcome.out, HasSubstr("Ranked by the steps to a return of 150 over 100 fresh episodes, then by the"));
  const json all = json::parse(contents(folder / "race/race.json"));
  EXPECT_EQ(all["until"], 150);
  EXPECT_EQ(all["steps"], 60'000) << "as the run's configuration says";
  const json& order = all["ranking"];
  EXPECT_EQ(order[0]["called"], "adam:lr=3e-3") << all.dump(1);
  EXPECT_EQ(order[1]["called"], "adam:lr=5e-4");
  EXPECT_LT(order[0]["steps"], order[1]["steps"]);
  EXPECT_GE(order[0]["mean_return"], 150);
  EXPECT_EQ(order[0]["returns"].size(), 100U);
  EXPECT_EQ(order[2]["reached"], false);
  EXPECT_GE(order[2]["steps"], 60'000);
  line = {"train", "--config", in("race/2-adam/config.json"), "--json", "--out", in("alone")};
  ASSERT_EQ(run_here(line).status, 0);
  EXPECT_TRUE(contents(folder / "alone/checkpoints/last.safetensors") ==
              contents(folder / "race/2-adam/checkpoints/last.safetensors"));
}

TEST_F(Race, IsRecordedWithoutADisplayToTheSameBytes) {
  ::unsetenv("DISPLAY");
  for (const char* name : {"a.gif", "b.gif", "a.png"}) {
    const Outcome outcome = race({"--quiet", "--record", in(name), "--json"}, {"adam", "sgd"});
    ASSERT_EQ(outcome.status, 0) << outcome.errors;
    EXPECT_EQ(json::parse(outcome.out)["ranking"].size(), 2U);
    EXPECT_GT(fs::file_size(in(name)), 10'000U);
  }
  EXPECT_TRUE(contents(in("a.gif")) == contents(in("b.gif")));
  const Outcome none = race({}, {"adam", "sgd"});
  EXPECT_EQ(none.status, 1);
  EXPECT_EQ(none.errors, "cairn: No window: DISPLAY is not set. Without one: --record FILE or --no-window.\n");
}

TEST_F(Race, OneThatDivergesDoesNotStopTheOthers) {
  const Outcome outcome = race({"--no-window", "--quiet", "--json"}, {"adam", "sgd:lr=1e30"});
  ASSERT_EQ(outcome.status, 0) << outcome.errors;
  const json order = json::parse(outcome.out)["ranking"];
  EXPECT_EQ(order[0]["called"], "adam");
  EXPECT_EQ(order[1]["trouble"], "diverged");
}

TEST_F(Race, RefusesWrongUse) {
  struct Case {
    Outcome outcome;
    const char* says;
  };
  const std::vector<std::string> two = {"adam", "sgd"};
  for (const Case& wrong :
       {Case{race({"--no-window"}, {"adam"}), "names 1; a race has 2 to 12"},
        {race({"--no-window"}, std::vector<std::string>(13, "adam")), "names 13; a race has 2 to 12"},
        {race({"--no-window"}, {"adam", "sdg"}), "Did you mean 'sgd'?"},
        {race({"--record", "a.bmp"}, two), "'--record' cannot be 'a.bmp'"},
        {race({"--optimizer", "adam"}, two), "Did you mean '--optimizers'?"},
        {run_here({"race", "--env", "cartpole", "--agent", "ppo"}),
         "Option '--optimizers' is missing: two to twelve update rules, as in adam sgd:lr=0.1."},
        {run_here({"race", "--agent", "ppo", "--optimizers", "adam", "sgd", "--no-window"}),
         "Option '--env' is missing"}}) {
    EXPECT_EQ(wrong.outcome.status, 2) << wrong.outcome.errors;
    EXPECT_THAT(wrong.outcome.errors, HasSubstr(wrong.says));
  }
  std::ofstream(folder / "something") << "of another's";
  const Outcome used = race({"--no-window", "--out", folder.string()}, two);
  EXPECT_EQ(used.status, 2);
  EXPECT_THAT(used.errors, HasSubstr("is there already"));
}

}  // namespace
}  // namespace cairn::apps
