#include "envs/thread_pool.h"

#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>
#include <vector>

namespace cairn::envs {
namespace {

TEST(ThreadPool, RunsEveryTaskOnceWhateverTheNumberOfThreads) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    std::vector<int> calls(37);
    for (int round = 0; round < 500; ++round) pool.run(37, [&](int i) { ++calls[static_cast<std::size_t>(i)]; });
    EXPECT_EQ(calls, std::vector<int>(37, 500)) << threads;
  }
}

TEST(ThreadPool, IsABarrierBetweenRuns) {
  ThreadPool pool(4);
  std::vector<long> values(8, 1);
  for (int round = 0; round < 200; ++round) {
    const long total = std::accumulate(values.begin(), values.end(), 0L) % 1000;
    pool.run(8, [&](int i) { values[static_cast<std::size_t>(i)] = total + i; });
    for (int i = 0; i < 8; ++i) ASSERT_EQ(values[static_cast<std::size_t>(i)], total + i);
  }
}

TEST(ThreadPool, RethrowsWhatATaskThrewAndGoesOn) {
  ThreadPool pool(2);
  EXPECT_THROW(pool.run(4,
                        [](int i) {
                          if (i == 3) throw std::runtime_error("three");
                        }),
               std::runtime_error);
  int ran = 0;
  pool.run(1, [&](int) { ++ran; });
  EXPECT_EQ(ran, 1);
  EXPECT_THROW(ThreadPool(0), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::envs
