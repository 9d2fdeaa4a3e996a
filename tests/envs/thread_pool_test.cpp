#include "envs/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <thread>
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

TEST(ThreadPool, RunsEveryTaskOnceInPlace) {
  for (const int threads : {1, 2, 3, 8})
    for (const int count : {1, 2, 5, 20, 37}) {  // more than there are bits for are run in order
      ThreadPool pool(threads);
      std::vector<int> calls(static_cast<std::size_t>(count));
      for (int round = 0; round < 100; ++round)
        pool.run_in_place(count, [&](int i) { ++calls[static_cast<std::size_t>(i)]; });
      EXPECT_EQ(calls, std::vector<int>(static_cast<std::size_t>(count), 100)) << threads << " threads";
    }
}

TEST(ThreadPool, RunsMoreTasksThanItsBoardHolds) {
  ThreadPool pool(2);
  std::vector<std::uint8_t> calls((2 << 20) + 7);
  pool.run(static_cast<int>(calls.size()), [&](int i) { ++calls[static_cast<std::size_t>(i)]; });
  EXPECT_EQ(std::ranges::count(calls, 1), std::ssize(calls));
  int last = 0;
  EXPECT_THROW(pool.run(1 << 20,
                        [&](int i) {
                          if (i == (1 << 20) - 1) last = i;
                          if (i == 3) throw std::runtime_error("no");
                        }),
               std::runtime_error);
  EXPECT_EQ(last, (1 << 20) - 1) << "all are run, whatever one of them throws";
}

TEST(ThreadPool, GivesATaskInPlaceToItsThreadUnlessThatIsLongInComing) {
  ThreadPool pool(2);
  std::vector<std::thread::id> ran(2);
  int at_home = 0;
  constexpr int rounds = 200;
  for (int round = 0; round < rounds; ++round) {
    pool.run_in_place(2, [&](int i) { ran[static_cast<std::size_t>(i)] = std::this_thread::get_id(); });
    at_home += ran[0] == std::this_thread::get_id() ? 1 : 0;
  }
  EXPECT_GT(at_home, rounds / 2);  // all, but where something else holds a core
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

#ifndef CAIRN_SANITIZED  // sanitizers need more address space than any limit leaves
TEST(ThreadPool, SaysAtOnceWhichLimitKeepsAThreadFromStarting) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        ::alarm(5);  // what hangs is ended by SIGALRM
        std::size_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        const rlim_t room = pages * static_cast<std::size_t>(::getpagesize()) + (rlim_t{64} << 20);
        rlimit limit{};
        limit.rlim_cur = limit.rlim_max = room;  // for the stacks of a few threads, not of a thousand
        ::setrlimit(RLIMIT_AS, &limit);
        try {
          const ThreadPool pool(1000);
        } catch (const std::runtime_error& error) {
          std::cerr << error.what();
          std::_Exit(1);
        }
        std::_Exit(0);
      },
      testing::ExitedWithCode(1), "Thread [0-9]+ of 1000 cannot be started .*ulimit -v. is [0-9]+");
}
#endif

}  // namespace
}  // namespace cairn::envs
