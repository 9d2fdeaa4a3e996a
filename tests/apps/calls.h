#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/program.h"
#include "tests/files.h"

namespace cairn::apps {

/// What a call of the program came to; a signal's number is above 128, as in a shell.
struct Outcome {
  int status;
  std::string out, errors;
};

/// Runs a command line within this process.
inline Outcome run_here(const std::vector<std::string>& line) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = Program().run(line);
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

/// Tests that call the program as people do, each from a folder of its own.
class Calls : public testing::Test {
 protected:
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() /
      (std::string("cairn_") + testing::UnitTest::GetInstance()->current_test_info()->name() + "_" +
       std::to_string(::getpid()));
  Calls() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  ~Calls() override { std::filesystem::remove_all(folder); }

  /// Runs `cairn LINE` in the test's own folder; `before`: what stands before it, as in `timeout 1`.
  Outcome cairn(const std::string& line, const std::string& before = "") const {
    const std::string command = "cd " + folder.string() + " && " + before + " " CAIRN_PROGRAM " " + line + " >" +
                                (folder / "out").string() + " 2>" + (folder / "errors").string();
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), contents(folder / "out"),
            contents(folder / "errors")};
  }
};

}  // namespace cairn::apps
