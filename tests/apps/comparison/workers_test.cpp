// The processes themselves are tested through the program (tests/apps/compare_test.cpp).
#include "apps/comparison/workers.h"

#include <gmock/gmock.h>

#include "tests/apps/comparison/fake_runs.h"

namespace cairn::comparison {
namespace {

TEST(Workers, DoNothingWhenAllIsFinished) {
  const Scratch scratch;
  const Matrix matrix = small_matrix(1);
  const std::vector<Job> jobs{fake_job(scratch, matrix, 0, 0, 1)};
  fake_run(jobs[0], 1, 2);
  EXPECT_EQ(run_jobs(jobs, {.workers = 2, .quiet = true}), 0);
}

}  // namespace
}  // namespace cairn::comparison
