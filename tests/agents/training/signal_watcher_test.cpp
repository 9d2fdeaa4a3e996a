#include "agents/training/signal_watcher.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "agents/training/signals.h"

namespace cairn::agents {
namespace {

using namespace std::chrono_literals;

class Watching : public testing::Test {
 protected:
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cairn_watcher_" + std::to_string(::getpid()) + ".safetensors");
  ~Watching() override { std::filesystem::remove(path); }

  static Archive boundary() {
    Archive archive;
    archive.put_value("steps", std::int64_t{32});
    return archive;
  }
  /// What a process exits with that is signalled and then takes long.
  template <class Begin>
  int status(Begin&& begin) const {
    const pid_t child = ::fork();
    if (child == 0) {
      watch_signals();
      SignalWatcher watcher(path);
      begin(watcher);
      std::raise(SIGTERM);
      std::this_thread::sleep_for(3s);
      ::_exit(7);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

TEST_F(Watching, WritesTheBoundaryAndEndsTheProcess) {
  EXPECT_EQ(status([](SignalWatcher& watcher) { watcher.guard(boundary()); }), 143);
  EXPECT_EQ(read_archive(path).get_value<std::int64_t>("steps"), 32);
}

TEST_F(Watching, SaysThatTheBoundaryCannotBeWritten) {
  testing::internal::CaptureStderr();
  std::filesystem::create_directory(path);
  EXPECT_EQ(status([](SignalWatcher& watcher) { watcher.guard(boundary()); }), 1);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("Signal 15 ended the run, and its last steps are lost. Cannot write '" + path.string()),
            std::string::npos)
      << said;
}

TEST_F(Watching, WithoutABoundaryOnlyEndsIt) {
  EXPECT_EQ(status([](SignalWatcher& watcher) { watcher.guard(std::nullopt); }), 143);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Watching, LeavesAloneWhatIsNotGuarded) {
  EXPECT_EQ(status([](SignalWatcher& watcher) {
              watcher.guard(boundary());
              watcher.release();
            }),
            7);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace cairn::agents
