#include "apps/comparison/jobs.h"

#include <gmock/gmock.h>

#include "tests/apps/comparison/fake_runs.h"

namespace cairn::comparison {
namespace {

TEST(Jobs, HaveTheStateThatTheirFoldersSay) {
  const Scratch scratch;
  const Matrix matrix = small_matrix(1);
  const Job job = fake_job(scratch, matrix, 0, 0, 1);
  EXPECT_EQ(state_of(job), JobState::missing);
  std::filesystem::create_directories(job.folder);
  EXPECT_EQ(state_of(job), JobState::started);
  write_file(job.folder.string() + ".failed", "Exit status 1: it broke.\n");
  EXPECT_EQ(state_of(job), JobState::failed);
  EXPECT_EQ(failure_of(job), "Exit status 1: it broke.");
  EXPECT_FALSE(concluded(job)) << "it may go well next time";
  write_file(job.folder / "checkpoints/diverged.safetensors", "");
  EXPECT_TRUE(concluded(job));
  fake_run(job, 1, 2);
  EXPECT_EQ(state_of(job), JobState::finished);
  EXPECT_EQ(failure_of(job), "");
  EXPECT_EQ(peak_memory(job), 20.5);
}

}  // namespace
}  // namespace cairn::comparison
