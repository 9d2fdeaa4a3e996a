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
using testing::HasSubstr;

Outcome landscape(std::vector<std::string> line) {
  line.insert(line.begin(), "landscape");
  return run_here(line);
}

struct Landscape : testing::Test {
  fs::path folder = fs::temp_directory_path() / ("cairn_landscape_" + std::to_string(::getpid()));
  Landscape() { fs::create_directories(folder); }
  ~Landscape() override { fs::remove_all(folder); }
  std::string in(const char* name) const { return (folder / name).string(); }
};

TEST_F(Landscape, PrintsHowFarEachRuleCame) {
  const Outcome outcome = landscape({"--problem", "saddle", "--optimizers", "sgd:lr=0.1", "adam", "--start", "0.5,0.5",
                                     "--steps", "200", "--no-window", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.errors;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["start"], (std::vector<double>{0.5, 0.5}));
  const auto& sgd = json["optimizers"][0];
  EXPECT_LT(sgd["loss_above_optimum"], 1e-6);
  EXPECT_LT(sgd["distance"], 1e-3);
  EXPECT_GT(sgd["steps_to_within"], 3);
  EXPECT_LT(sgd["steps_to_within"], 200);
  const Outcome table = landscape(
      {"--problem", "saddle", "--optimizers", "sgd:lr=0.1", "adam", "rprop", "--no-window", "--within", "0.01"});
  EXPECT_THAT(table.out, HasSubstr("steps to 1 %"));
  EXPECT_THAT(table.out, HasSubstr("* the best of"));
}

TEST_F(Landscape, FindsARateForRulesThatNameNone) {
  const auto end = [](const std::string& optimizer) {
    const auto json = nlohmann::json::parse(
        landscape({"--problem", "canyon", "--optimizers", optimizer, "--steps", "100", "--no-window", "--json"}).out);
    return json["optimizers"][0]["loss_above_optimum"].get<double>();
  };
  EXPECT_LT(end("adam"), 1e-3);
  EXPECT_GT(end("adam:lr=1e-3"), 1) << "the library's default, made for networks";
  EXPECT_EQ(end("sgd"), end("sgd:lr=0.01"));
}

TEST_F(Landscape, WritesPicturesAndVideosWithoutADisplay) {
  ::unsetenv("DISPLAY");
  for (const char* name : {"a.png", "a.svg", "a.gif", "a.mp4"}) {
    const Outcome outcome = landscape(
        {"--problem", "canyon", "--optimizers", "adam", "sgd:momentum=0.9", "--steps", "30", "--record", in(name)});
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    EXPECT_THAT(outcome.out, HasSubstr("sgd:momentum=0.9"));
    EXPECT_GT(fs::file_size(in(name)), 10'000U) << name;
  }
  const Outcome none = landscape({"--problem", "canyon", "--optimizers", "adam"});
  EXPECT_EQ(none.status, 1);
  EXPECT_EQ(none.errors, "cairn: No window: DISPLAY is not set. Without one: --record FILE or --no-window.\n");
}

TEST_F(Landscape, OfOtherThanTwoParametersShowsTheLosses) {
  for (const char* problem : {"quadratic", "reddi"}) {
    const Outcome outcome = landscape(
        {"--problem", problem, "--optimizers", "adam", "sgd:lr=0.1", "--steps", "40", "--record", in("losses.png")});
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    EXPECT_THAT(outcome.out, HasSubstr("over the last 4 steps"));
    EXPECT_GT(fs::file_size(in("losses.png")), 10'000U) << problem;
  }
}

TEST_F(Landscape, RefusesWrongUse) {
  struct Case {
    std::vector<std::string> line;
    const char* says;
  };
  for (const Case& wrong :
       {Case{{"--optimizers", "adam"},
             "Option '--problem' is missing: as in canyon; 'cairn list problems' shows what there is."},
        {{"--problem", "canyon"},
         "Option '--optimizers' is missing: one to eight update rules, as in adam:lr=0.1 or only adam."},
        {{"--problem", "cnyon", "--optimizers", "adam"}, "Did you mean 'canyon'?"},
        {{"--problem", "canyon", "--optimizers", "adm"}, "Did you mean 'adam'?"},
        {{"--problem", "canyon", "--optimizers", "adam:lr=x"}, "cannot be 'x'"},
        {{"--problem", "canyon", "--optimizers", "adam", "--steps", "0"}, "'--steps'"},
        {{"--problem", "canyon", "--optimizers", "adam", "--within", "2"}, "'--within'"},
        {{"--problem", "canyon", "--optimizers", "adam", "--record", "a.bmp"}, "'--record'"},
        {{"--problem", "canyon", "--optimizers", "sgd", "sgd", "sgd", "sgd", "sgd", "sgd", "sgd", "sgd", "sgd"},
         "names 9 rules"}}) {
    const Outcome outcome = landscape(wrong.line);
    EXPECT_EQ(outcome.status, 2) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr(wrong.says));
    EXPECT_TRUE(outcome.out.empty());
  }
}

}  // namespace
}  // namespace cairn::apps
