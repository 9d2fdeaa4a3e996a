#include "apps/comparison/results.h"

#include <gmock/gmock.h>

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
  EXPECT_DOUBLE_EQ(run.area, (200 * 1000.0 + 400 * 2000.0) / 3000);
  EXPECT_EQ(run.last, 500);
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

TEST(Results, SecondsAddUpOverProcesses) {
  // Killed after 3000 steps, resumed from the checkpoint at 1000, and again from 2000.
  EXPECT_THAT(seconds_by_step({1000, 2000, 3000, 2000, 3000, 3000, 4000}, {1, 2, 3, 0.5, 1.5, 0.25, 1.25}),
              ElementsAre(Pair(1000, 1), Pair(2000, 1.5), Pair(3000, 1.75), Pair(4000, 2.75)));
}

}  // namespace
}  // namespace cairn::comparison
