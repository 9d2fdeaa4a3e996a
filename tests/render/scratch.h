#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/files.h"

namespace cairn::render {

/// A folder that is gone with the test; CAIRN_KEEP_PICTURES=DIR leaves what was drawn there, for people to look at.
struct Scratch {
  std::filesystem::path folder;
  Scratch() {
    if (const char* kept = std::getenv("CAIRN_KEEP_PICTURES")) {
      const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
      folder = std::filesystem::path(kept) / (std::string(test->test_suite_name()) + "_" + test->name());
      std::filesystem::remove_all(folder);
    } else {
      folder = std::filesystem::temp_directory_path() / ("cairn_render_" + std::to_string(::getpid()));
    }
    std::filesystem::create_directories(folder);
  }
  ~Scratch() {
    if (std::getenv("CAIRN_KEEP_PICTURES") == nullptr) std::filesystem::remove_all(folder);
  }
  std::filesystem::path operator/(const std::string& name) const { return folder / name; }
};

}  // namespace cairn::render
