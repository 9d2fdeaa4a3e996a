#include "apps/comparison/results.h"

#include <gmock/gmock.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/apps/comparison/fake_runs.h"

namespace cairn::comparison {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Results, AreaAgreesWithSciPy) {
  const auto curve = nlohmann::json::parse(std::ifstream(CAIRN_TEST_DATA "/comparison/reference.json"))["curve"];
  EXPECT_NEAR(mean_over_curve(curve["steps"].get<std::vector<double>>(), curve["returns"].get<std::vector<double>>()),
              curve["area"].get<double>(), 1e-12);
  EXPECT_EQ(mean_over_curve({5}, {3}), 3);
}

TEST(Results, ReadARun) {
  const Scratch scratch;
  const Job job = fake_job(scratch, small_matrix(1), 0, 0, 1);
  fake_run(job, 100, 500);
  const RunResult run = read_result(job, 300);
  EXPECT_FALSE(run.failed);
  EXPECT_DOUBLE_EQ(run.mean_return, (200 * 1000.0 + 400 * 2000.0) / 3000);
  EXPECT_EQ(run.final_return, 500);
  EXPECT_EQ(run.last_success, 1);
  EXPECT_EQ(run.solved_at, 2000);
  EXPECT_EQ(run.solved_seconds, 1);
  EXPECT_EQ(run.seconds, 2);
  EXPECT_EQ(run.memory, 20.5);
  EXPECT_THAT(run.gradient_norm, ElementsAre(3, 1));
  EXPECT_EQ(run.made_by, "version 1, cpu a machine");
  EXPECT_THAT(run.network_steps, ElementsAre(2000, 4000));
  EXPECT_THAT(run.networks.at("q/dead_units"), ElementsAre(0.25, 0.1));
  EXPECT_THAT(run.networks.at("q/effective_rank"), ElementsAre(9, 5));
  std::filesystem::remove(job.folder / "networks.csv");
  EXPECT_TRUE(read_result(job, 300).networks.empty()) << "made by an earlier version";
  EXPECT_FALSE(read_result(job, 501).solved_at) << "censored";
}

TEST(Results, AFailedRunIsOne) {
  const Scratch scratch;
  const Job job = fake_job(scratch, small_matrix(1), 0, 0, 1);
  write_file(job.folder.string() + ".failed", "Exit status 1: it broke.\n");
  const RunResult run = read_result(job, 300);
  EXPECT_TRUE(run.failed);
  EXPECT_EQ(run.failure, "Exit status 1: it broke.");
  EXPECT_EQ(run.log, job.folder.string() + ".log");
}

TEST(Results, SayWhichFolderToDelete) {
  const Scratch scratch;
  const Job job = fake_job(scratch, small_matrix(1), 0, 0, 1);
  for (const char* name : {"evaluations.csv", "progress.csv", "timing.csv"}) {
    fake_run(job, 100, 500);
    std::filesystem::remove(job.folder / name);
    const auto message = testing::ThrowsMessage<std::runtime_error>(
        "The run in " + job.folder.string() + " is marked as finished but has no " + name +
        ". Delete that folder, and the same command makes the run again.");
    EXPECT_THAT([&] { read_result(job, 300); }, message);
    write_file(job.folder / name, "");
    EXPECT_THROW(read_result(job, 300), std::runtime_error);
  }
}

// A table that another program wrote again, or a person.
TEST(Results, NameWhatATableLacks) {
  const Scratch scratch;
  const Job job = fake_job(scratch, small_matrix(1), 0, 0, 1);
  struct Case {
    const char *file, *from, *to, *says;
  };
  for (const Case& wrong : {Case{"evaluations.csv", "return_mean", "return_meen", "has no column 'return_mean'"},
                            {"evaluations.csv", "steps", "step", "has no column 'steps'"},
                            {"evaluations.csv", "500.0", "five", "has no number in row 3 of 'return_mean'"},
                            {"progress.csv", "train/gradient_norm", "norm", "has no column 'train/gradient_norm'"},
                            {"networks.csv", "steps", "step", "has no column 'steps'"},
                            {"timing.csv", "4000", "nan", "has no number in row 3 of 'steps'"},
                            {"timing.csv", "training_seconds", "s", "has no column 'training_seconds'"}}) {
    fake_run(job, 100, 500);
    std::ifstream stream(job.folder / wrong.file);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    ASSERT_NE(text.find(wrong.from), std::string::npos);
    write_file(job.folder / wrong.file, text.replace(text.find(wrong.from), std::string(wrong.from).size(), wrong.to));
    EXPECT_THAT([&] { read_result(job, 300); },
                testing::ThrowsMessage<std::runtime_error>(
                    "The run in " + job.folder.string() + " is marked as finished but its " + wrong.file + " " +
                    wrong.says + ". Delete that folder, and the same command makes the run again."));
  }
  fake_run(job, 100, 500);
  write_file(job.folder / "config.json", R"({"made_by": {"version": 7, "cpu": ["a"]}})");
  EXPECT_EQ(read_result(job, 300).made_by, "version 7, cpu [\"a\"]");
  write_file(job.folder / "config.json", R"({"made_by": 7})");
  EXPECT_EQ(read_result(job, 300).made_by, "");
}

TEST(Results, SecondsAddUpOverProcesses) {
  // Killed after 3000 steps, resumed from the checkpoint at 1000, and again from 2000.
  EXPECT_THAT(seconds_by_step({1000, 2000, 3000, 2000, 3000, 3000, 4000}, {1, 2, 3, 0.5, 1.5, 0.25, 1.25}),
              ElementsAre(Pair(1000, 1), Pair(2000, 1.5), Pair(3000, 1.75), Pair(4000, 2.75)));
}

}  // namespace
}  // namespace cairn::comparison
