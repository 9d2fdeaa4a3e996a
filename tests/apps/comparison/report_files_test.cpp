#include <gmock/gmock.h>

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
  EXPECT_EQ(runs["final"][0], 100);
  EXPECT_EQ(runs["final"][1], 200);
  EXPECT_EQ(agents::read_columns(out / "times.csv")["seconds"][0], 2);
  auto rows = agents::read_columns(out / "summary.csv");
  EXPECT_EQ(rows["runs"].size(), 6U);
  EXPECT_EQ(rows["failed"], std::vector<double>(6, 0));
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

}  // namespace
}  // namespace cairn::comparison
