#include <gmock/gmock.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "agents/training/table.h"
#include "apps/comparison/report.h"
#include "tests/apps/comparison/fake_runs.h"

namespace cairn::comparison {
namespace {

TEST(ReportFiles, SayTheSameForScripts) {
  const Scratch scratch;
  Findings findings{.matrix = small_matrix(2), .analysis = {}};
  const auto job = [&](std::size_t s, std::size_t a, int seed) {
    return fake_job(scratch, findings.matrix, s, a, seed);
  };
  for (std::size_t s = 0; s < 2; ++s)
    for (std::size_t a = 0; a < 3; ++a)
      for (int seed = 1; seed <= 2; ++seed) fake_run(job(s, a, seed), 0, 100.0 * seed);
  findings.analysis = analysis_of(findings.matrix, job);
  const std::filesystem::path out = scratch.path / "out";
  write_report(findings, out);
  const auto json = nlohmann::json::parse(contents(out / "report.json"));
  EXPECT_EQ(json["optimizers"].size(), 3U);
  EXPECT_EQ(json["pairs"].size(), 3U);
  EXPECT_EQ(json["pairs"][0]["verdict"], "not distinguishable");
  EXPECT_EQ(json["comparison"]["seeds"], 2);
  auto runs = agents::read_columns(out / "runs.csv");
  ASSERT_EQ(runs["seed"].size(), 12U);
  EXPECT_NEAR(runs["mean_return"][0], (25 * 1000.0 + 75 * 2000) / 3000, 1e-9) << "a return, and no score";
  EXPECT_EQ(runs["final_return"][0], 100);
  EXPECT_EQ(runs["final_return"][1], 200);
  EXPECT_THAT(contents(out / "runs.csv"),
              testing::HasSubstr("\"cartpole\",\"ppo\",\"sgd:momentum=0.9\",\"constant\",\"own\",1,"));
  EXPECT_EQ(agents::read_columns(out / "times.csv")["seconds"][0], 2);
  auto rows = agents::read_columns(out / "summary.csv");
  EXPECT_EQ(rows["runs"].size(), 6U);
  EXPECT_EQ(rows["failed"], std::vector<double>(6, 0));
  EXPECT_EQ(rows["mean_return"][0], json["settings"][0]["optimizers"][0]["mean_return"]["value"].get<double>());
  EXPECT_EQ(rows["final_return"][0], 150);
  EXPECT_EQ(rows["final_success"][0], 1);
  EXPECT_EQ(rows["final_success_low"][0], wilson(2, 2).low) << "two runs that succeed are not all runs";
  EXPECT_EQ(json["settings"][1]["optimizers"][2]["final_success"]["high"], 1);
  EXPECT_EQ(json["settings"][1]["optimizers"][2]["networks"]["q/effective_rank"], 5);
  // CartPole's runs end at 100 and 200, where 475 is solved.
  const Scale& scale = findings.analysis.scales[0];
  EXPECT_NEAR(rows["final_gap"][0], 1 - scale.score(150), 1e-12);
  EXPECT_NEAR(json["settings"][0]["optimizers"][0]["final_gap"]["value"].get<double>(), 1 - scale.score(150), 1e-12);
  EXPECT_EQ(json["optimizers"][0]["final_gap"]["value"], findings.analysis.arms[0].last_gap.value);
  const std::string html = contents(out / "report.html");
  write_report(findings, out);
  EXPECT_EQ(contents(out / "report.html"), html) << "the same runs, the same bytes";
}

// One row for each run and evaluation, with all that tells runs apart in columns of their own.
TEST(ReportFiles, CurvesAreOneTidyTable) {
  const Scratch scratch;
  Findings findings{.matrix = small_matrix(2), .analysis = {}};
  findings.matrix.workloads.resize(1);
  findings.matrix.arms = {{"adam"}, {"lion", "linear", "global_norm:max=3"}};
  const auto job = [&](std::size_t s, std::size_t a, int seed) {
    return fake_job(scratch, findings.matrix, s, a, seed);
  };
  for (std::size_t a = 0; a < 2; ++a) fake_run(job(0, a, 1), 10, 30);
  fake_run(job(0, 0, 2), 100, 300);
  write_file(job(0, 1, 2).folder.string() + ".failed", "Exit status 1: it broke.\n");
  findings.analysis = analysis_of(findings.matrix, job);
  write_report(findings, scratch.path / "out");
  const std::string text = contents(scratch.path / "out/curves.csv");
  const std::string own = "\"cartpole\",\"ppo\",\"adam\",\"constant\",\"own\",";
  const std::string given = "\"cartpole\",\"ppo\",\"lion\",\"linear\",\"global_norm:max=3\",";
  std::string expected = "task,agent,optimizer,schedule,clip,seed,steps,return,success\n";
  for (const std::string& row :
       {own + "1,1000,10,0", own + "1,2000,20,0.5", own + "1,4000,30,1", own + "2,1000,100,0", own + "2,2000,200,0.5",
        own + "2,4000,300,1", given + "1,1000,10,0", given + "1,2000,20,0.5", given + "1,4000,30,1"})
    expected += row + '\n';
  EXPECT_EQ(text, expected) << "the run that failed has none";
}

TEST(ReportFiles, LeaveOutWhatHasNoThreshold) {
  const Scratch scratch;
  Findings findings{.matrix = small_matrix(2), .analysis = {}};
  findings.matrix.workloads = {{"pendulum", "ppo", 4000}, {"cartpole", "ppo", 4000}};
  findings.matrix.arms = {{"adam"}};
  const auto job = [&](std::size_t s, std::size_t a, int seed) {
    return fake_job(scratch, findings.matrix, s, a, seed);
  };
  for (std::size_t s = 0; s < 2; ++s)
    for (int seed = 1; seed <= 2; ++seed) fake_run(job(s, 0, seed), 480, 480);
  findings.analysis = analysis_of(findings.matrix, job);
  write_report(findings, scratch.path / "out");
  const auto json = nlohmann::json::parse(contents(scratch.path / "out/report.json"));
  EXPECT_EQ(json["settings"][0]["normalised_by"], "best");
  EXPECT_TRUE(json["settings"][0]["optimizers"][0]["solved"].is_null());
  EXPECT_EQ(json["settings"][1]["normalised_by"], "threshold");
  EXPECT_EQ(json["settings"][1]["optimizers"][0]["solved"], 2);
  EXPECT_EQ(json["optimizers"][0]["judged"], 2);
  EXPECT_EQ(json["optimizers"][0]["solved"], 2);
  EXPECT_EQ(json["optimizers"][0]["area_iqm"]["alike"], 4);
  auto rows = agents::read_columns(scratch.path / "out/summary.csv");
  EXPECT_TRUE(std::isnan(rows["solved"][0])) << "an empty cell";
  EXPECT_EQ(rows["solved"][1], 2);
}

}  // namespace
}  // namespace cairn::comparison
