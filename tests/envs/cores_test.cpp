#include "envs/cores.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

namespace cairn::envs {
namespace {

namespace fs = std::filesystem;

/// A made-up machine's /proc and /sys.
class Machine : public testing::Test {
 protected:
  fs::path root = fs::temp_directory_path() / ("cairn_cores_" + std::to_string(::getpid()));
  Machine() {
    fs::remove_all(root);
    put("proc/self/cgroup", "0::/outer/inner\n");
  }
  ~Machine() override { fs::remove_all(root); }
  void put(const fs::path& path, const std::string& text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
};

TEST_F(Machine, OffersTheCoresOfTheProcessesAffinity) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(available_cores(root), CPU_COUNT(&before));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++core)
    if (CPU_ISSET(core, &before)) CPU_SET(core, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(available_cores(root), 1);
  ::sched_setaffinity(0, sizeof before, &before);
}

TEST_F(Machine, OffersNoMoreThanTheQuotaOfAnyGroupAroundIt) {
  const int all = available_cores(root);
  put("sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
  EXPECT_EQ(available_cores(root), all);
  put("sys/fs/cgroup/outer/cpu.max", "50000 100000\n");
  EXPECT_EQ(available_cores(root), 1) << "half a core is one thread";
  put("sys/fs/cgroup/outer/cpu.max", "150000 100000\n");
  EXPECT_EQ(available_cores(root), std::min(all, 2)) << "a core and a half are two";
  put("sys/fs/cgroup/cpu.max", "100000 100000\n");
  EXPECT_EQ(available_cores(root), 1) << "a container's own group is mounted at the root";
}

TEST_F(Machine, ReadsTheFirstVersionOfControlGroupsToo) {
  put("proc/self/cgroup", "4:cpu,cpuacct:/job\n3:pids:/job\n");
  put("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
  put("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "100000\n");
  EXPECT_EQ(available_cores(root), 1);
  put("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "-1\n");
  put("proc/self/cgroup", "nonsense\n:\n4:cpu:\n");
  EXPECT_GE(available_cores(root), 1);
}

TEST_F(Machine, SaysWhatMemoryThereIsWithinAllLimits) {
  EXPECT_EQ(available_memory(root), std::numeric_limits<double>::infinity()) << "nothing says";
  put("proc/meminfo", "MemTotal:       16000 kB\nMemFree:         100 kB\nMemAvailable:    8000 kB\n");
  EXPECT_EQ(available_memory(root), 8000 * 1024);
  put("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  put("sys/fs/cgroup/outer/inner/memory.current", "500000\n");
  EXPECT_EQ(available_memory(root), 8000 * 1024);
  put("sys/fs/cgroup/outer/memory.max", "2000000\n");
  put("sys/fs/cgroup/outer/memory.current", "1500000\n");
  EXPECT_EQ(available_memory(root), 500'000);
  put("sys/fs/cgroup/outer/memory.stat", "anon 1200000\ninactive_file 300000\n");
  EXPECT_EQ(available_memory(root), 800'000) << "pages of files can be dropped";
  put("sys/fs/cgroup/outer/memory.current", "2500000\n");
  EXPECT_EQ(available_memory(root), 0);
  put("proc/self/cgroup", "4:memory:/job\n");
  put("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9223372036854771712\n");
  put("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "1000000\n");
  EXPECT_EQ(available_memory(root), 8000 * 1024) << "the first version's word for no limit";
  EXPECT_GT(available_memory(), 1e6) << "of this machine";
}

TEST_F(Machine, NamesTheLimitOnThreads) {
  put("sys/fs/cgroup/outer/pids.max", "7\n");
  const std::string sentence =
      thread_refusal("Thread 3 of 8", std::make_error_code(std::errc::not_enough_memory), root);
  EXPECT_THAT(sentence, testing::StartsWith("Thread 3 of 8 cannot be started (Cannot allocate memory): "));
  EXPECT_THAT(sentence, testing::HasSubstr("(pids.max) is 7"));
}

}  // namespace
}  // namespace cairn::envs
