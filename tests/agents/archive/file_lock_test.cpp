#include "agents/archive/file_lock.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/files.h"

namespace cairn::agents {
namespace {

class LockedFile : public testing::Test {
 protected:
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("cairn_file_lock_" + std::to_string(::getpid()));
  std::filesystem::path path = folder / "run.lock";
  LockedFile() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  ~LockedFile() override { std::filesystem::remove_all(folder); }
};

TEST_F(LockedFile, GoesFromOneHolderToTheNext) {
  FileLock first(path), second(path);
  EXPECT_EQ(first.state(), FileLock::State::free);
  EXPECT_FALSE(std::filesystem::exists(path)) << "nothing is taken yet";
  EXPECT_EQ(first.take(), FileLock::State::held);
  EXPECT_EQ(second.take(), FileLock::State::busy);
  EXPECT_THAT(second.holder(), testing::HasSubstr("process " + std::to_string(::getpid()) + " on "));
  EXPECT_EQ(second.descriptor(), -1);
  first.give_back();
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(second.take(), FileLock::State::held);
  EXPECT_EQ(first.take(), FileLock::State::busy);
}

TEST_F(LockedFile, IsTakenAgainBesideAFileThatWasLeft) {
  write_file(path, "1 elsewhere\n");
  EXPECT_EQ(FileLock(path).take(), FileLock::State::held);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace cairn::agents
