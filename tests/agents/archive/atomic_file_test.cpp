#include "agents/archive/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace cairn::agents {
namespace {

class AtomicFileTest : public testing::Test {
 protected:
  AtomicFileTest() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    std::ofstream(path) << "before";
  }
  ~AtomicFileTest() override { std::filesystem::remove_all(folder); }
  static std::string contents(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("cairn_atomic_" + std::to_string(getpid()));
  std::filesystem::path path = folder / "file.txt";
};

TEST_F(AtomicFileTest, AppearsWholeWhenCommitted) {
  AtomicFile file(path);
  file.write("first ");
  file.write("second");
  EXPECT_EQ(contents(path), "before");
  file.commit();
  EXPECT_EQ(contents(path), "first second");
  EXPECT_FALSE(std::filesystem::exists(file.temporary()));
}

TEST_F(AtomicFileTest, LeavesNothingWhenItIsNot) {
  {
    AtomicFile file(path);
    file.write("half of it");
    EXPECT_TRUE(std::filesystem::exists(file.temporary()));
  }
  EXPECT_EQ(contents(path), "before");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(AtomicFileTest, WritesAWholeFileAtOnce) {
  write_file(path, "all of it");
  EXPECT_EQ(contents(path), "all of it");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1) << "no temporary file is left";
  EXPECT_THROW(write_file(folder / "missing" / "file.txt", "x"), std::runtime_error);
}

TEST_F(AtomicFileTest, NamesTheFileThatCannotBeWritten) {
  try {
    AtomicFile file(folder / "missing" / "file.txt");
    FAIL() << "there is no such folder";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("missing/file.txt"), std::string::npos) << error.what();
  }
}

TEST_F(AtomicFileTest, WritesWhereALinkLeadsAndRefusesWhatIsNoFile) {
  const auto link = folder / "link.txt", pipe = folder / "pipe";
  std::filesystem::create_symlink("file.txt", link);
  AtomicFile file(link);
  file.write("through the link");
  file.commit();
  EXPECT_EQ(contents(path), "through the link");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THROW(AtomicFile{pipe}, std::runtime_error);
  EXPECT_THROW(AtomicFile{folder}, std::runtime_error);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST_F(AtomicFileTest, FollowsNoLinkThatLiesInItsWay) {
  const auto other = folder / "other.txt";
  std::ofstream(other) << "of somebody else";
  const std::string before = AtomicFile(path).temporary().string();  // its number is one less than the next one's
  const std::size_t number = before.rfind('-') + 1;
  const std::string next = before.substr(0, number) + std::to_string(std::stoi(before.substr(number)) + 1) + ".tmp";
  std::filesystem::create_symlink(other, next);
  AtomicFile file(path);
  EXPECT_NE(file.temporary(), next);
  file.write("x");
  file.commit();
  EXPECT_EQ(contents(other), "of somebody else");
  EXPECT_EQ(contents(path), "x");
}

// A server that did it and whose answer was lost tells the client's second try that there is no such file.
TEST_F(AtomicFileTest, TakesARenameThatWasDoneForDone) {
  AtomicFile file(path);
  file.write("new");
  EXPECT_NO_THROW(file.commit([](const char* from, const char* to) {
    ::rename(from, to);
    return ::rename(from, to);
  }));
  EXPECT_EQ(contents(path), "new");
  AtomicFile lost(path);
  lost.write("newer");
  EXPECT_THROW(lost.commit([](const char* from, const char*) {
    ::unlink(from);
    errno = ENOENT;
    return -1;
  }),
               std::runtime_error);
  EXPECT_EQ(contents(path), "new");
}

TEST_F(AtomicFileTest, TwoWritersShareNoTemporaryFile) {
  AtomicFile first(path), second(path);
  first.write("all of the first");
  second.write("all of the second");
  second.commit();
  EXPECT_EQ(contents(path), "all of the second");
  first.commit();
  EXPECT_EQ(contents(path), "all of the first");
}

TEST_F(AtomicFileTest, RemovesWhatProcessesThatAreGoneLeftBehind) {
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  const std::string left = "a." + std::to_string(gone) + "-3.tmp", alive = "a." + std::to_string(::getpid()) + "-3.tmp";
  const std::vector<std::string> others{alive, "a.tmp", "a.x-3.tmp", "a." + std::to_string(gone) + "-3", "a.12-.tmp"};
  for (const std::string& name : others) std::ofstream(folder / name) << "x";
  std::ofstream(folder / left) << "half a file";
  EXPECT_TRUE(is_temporary(folder / left));
  EXPECT_FALSE(is_temporary(folder / "a.tmp"));
  remove_leftovers(folder);
  EXPECT_FALSE(std::filesystem::exists(folder / left));
  for (const std::string& name : others) EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
}

}  // namespace
}  // namespace cairn::agents
