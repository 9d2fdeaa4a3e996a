#include "agents/archive/folder_lock.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "tests/files.h"

namespace cairn::agents {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class LockedFolder : public testing::Test {
 protected:
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cairn_folder_lock_" + std::to_string(::getpid()));
  LockedFolder() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~LockedFolder() override { std::filesystem::remove_all(path); }
};

TEST_F(LockedFolder, IsOneHoldersUntilThatIsGone) {
  {
    const FolderLock lock(path);
    EXPECT_THROW(FolderLock{path}, std::runtime_error);
    EXPECT_THAT(contents(path / "lock"), HasSubstr(std::to_string(::getpid())));
  }
  EXPECT_FALSE(std::filesystem::exists(path / "lock"));
  EXPECT_NO_THROW(FolderLock{path});
}

TEST_F(LockedFolder, SaysWhichProcessHoldsItAndOutlivesAKilledOne) {
  const pid_t holder = ::fork();
  if (holder == 0) {
    const FolderLock lock(path);
    ::pause();
    ::_exit(0);
  }
  for (int i = 0; i < 500 && contents(path / "lock").empty(); ++i) ::usleep(10'000);
  EXPECT_THAT([&] { FolderLock{path}; },
              ThrowsMessage<std::runtime_error>(HasSubstr("is in use: process " + std::to_string(holder) + " on ")));
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  EXPECT_TRUE(holds_nothing(path)) << "the file that is left";
  EXPECT_NO_THROW(FolderLock{path});
}

TEST_F(LockedFolder, ADiskWithoutLocksIsSaidAndGoneOnWith) {
  const auto said = [&](FileLock::Flock refusing) {
    const FolderLock lock(path, FolderLock::until_died, refusing);
    EXPECT_FALSE(std::filesystem::exists(path / "lock"));
    return lock.caveat();
  };
  const std::string none = said([](int, int) {
    errno = ENOLCK;
    return -1;
  });
  EXPECT_EQ(none,
            "The disk of '" + path.string() +
                "' has no file locks (No locks available). Of NFS, its lock service does not answer. Nothing keeps "
                "another process from writing there at the same time: give each a folder of its own.");
  const std::string unsupported = said([](int, int) {
    errno = EOPNOTSUPP;
    return -1;
  });
  EXPECT_THAT(unsupported, HasSubstr("(Operation not supported). Of Lustre, it is mounted without '-o flock'."));
}

TEST_F(LockedFolder, AnErrorOfTheDiskIsNoDiskWithoutLocks) {
  EXPECT_THAT(
      [&] {
        FolderLock(path, FolderLock::until_died, [](int, int) {
          errno = EIO;
          return -1;
        });
      },
      ThrowsMessage<std::runtime_error>(HasSubstr("lock': Input/output error.")));
}

TEST_F(LockedFolder, NamesWhatCannotBeWritten) {
  EXPECT_THAT([&] { FolderLock{path / "missing"}; },
              ThrowsMessage<std::runtime_error>(HasSubstr("missing/lock': No such file or directory.")));
}

TEST_F(LockedFolder, HoldsNothingButForLocksAndLeftovers) {
  EXPECT_TRUE(holds_nothing(path));
  EXPECT_FALSE(holds_nothing(path / "missing"));
  write_file(path / "lock", "1 here\n");
  write_file(path / "config.json.12-3.tmp", "half");
  EXPECT_TRUE(holds_nothing(path));
  write_file(path / "a.tmp", "a person's");
  EXPECT_FALSE(holds_nothing(path));
}

}  // namespace
}  // namespace cairn::agents
