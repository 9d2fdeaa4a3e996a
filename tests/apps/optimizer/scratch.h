#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "apps/command_line/errors.h"
#include "apps/program.h"
#include "tests/files.h"

namespace cairn::apps {

/// A folder of the test's own, and `cairn optimizer` run in this process.
class OptimizerCommand : public testing::Test {
 protected:
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("cairn_optimizer_" + std::to_string(::getpid()));
  OptimizerCommand() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  ~OptimizerCommand() override { std::filesystem::remove_all(folder); }

  std::string path(const std::string& name) const { return (folder / name).string(); }
  std::string contents(const std::string& name) const { return cairn::contents(folder / name); }
  void write(const std::string& name, const std::string& text) const { write_file(folder / name, text); }
  bool exists(const std::string& name) const { return std::filesystem::exists(folder / name); }

  struct Outcome {
    int status;
    std::string out, errors;
  };
  /// As the program itself would run it.
  static Outcome run(std::vector<std::string> line) {
    line.insert(line.begin(), "optimizer");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = Program().run(line);
    return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
  }
};

}  // namespace cairn::apps
