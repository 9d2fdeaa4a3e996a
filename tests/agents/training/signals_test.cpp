#include "agents/training/signals.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace cairn::agents {
namespace {

// Each in a process of its own: what a signal does is the whole process's.
class Signals : public testing::TestWithParam<int> {
 protected:
  Signals() { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

TEST_P(Signals, RaiseAFlagAndRepeatsCountAsOne) {
  EXPECT_EXIT(
      {
        watch_signals();
        for (int i = 0; i < 5; ++i) ::raise(GetParam());
        ::raise(SIGTERM);
        std::_Exit(raised_signal() == GetParam() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

INSTANTIATE_TEST_SUITE_P(Each, Signals, testing::Values(SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGXCPU));

TEST(SignalsOfAPerson, LaterOnesEndTheProcessButNotTheKernelsRepeats) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        watch_signals();
        ::raise(SIGTERM);
        std::this_thread::sleep_for(std::chrono::milliseconds(2100));
        ::raise(SIGXCPU);
        ::raise(SIGINT);
        std::_Exit(0);
      },
      testing::ExitedWithCode(130), "");
}

TEST(SignalsOfAPerson, LeaveHangupIgnoredWhereItIs) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        std::signal(SIGHUP, SIG_IGN);
        watch_signals();
        ::raise(SIGHUP);
        std::_Exit(raised_signal());
      },
      testing::ExitedWithCode(0), "");
}

TEST(WriteSignals, AreErrorsOfTheWriteInstead) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        ignore_write_signals();
        int ends[2];
        if (::pipe(ends) != 0) std::_Exit(1);
        ::close(ends[0]);
        std::_Exit(::write(ends[1], "x", 1) < 0 && errno == EPIPE ? 0 : 2);
      },
      testing::ExitedWithCode(0), "");
  EXPECT_EXIT(
      {
        ignore_write_signals();
        rlimit limit{};
        limit.rlim_cur = limit.rlim_max = 1;  // byte
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const int file = ::memfd_create("limited", 0);
        std::_Exit(::write(file, "xx", 1) == 1 && ::write(file, "xx", 2) < 0 && errno == EFBIG ? 0 : 2);
      },
      testing::ExitedWithCode(0), "");
}

TEST(StandardStreams, AreOpenedWhereTheyAreClosed) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        ::close(STDIN_FILENO);
        ::close(STDOUT_FILENO);
        open_standard_streams();
        const int next = ::open("/dev/null", O_RDONLY);
        char letter = 0;
        std::_Exit(next > STDERR_FILENO && ::write(STDOUT_FILENO, "x", 1) == 1 && ::read(STDIN_FILENO, &letter, 1) == 0
                       ? 0
                       : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace cairn::agents
