#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace cairn::agents {

/// Writes scalars as a TensorBoard event file, `events.out.tfevents.<time>.<host>.<pid>.<n>` in a folder. A resumed run
/// opens a new file beside the old one. Failing to write throws std::runtime_error.
class TensorBoardWriter {
 public:
  explicit TensorBoardWriter(const std::filesystem::path& folder);
  ~TensorBoardWriter();
  TensorBoardWriter(const TensorBoardWriter&) = delete;
  TensorBoardWriter& operator=(const TensorBoardWriter&) = delete;

  /// `description`: what TensorBoard says of the tag; kept with its first value in the file.
  void scalar(std::string_view tag, std::int64_t step, double value, std::string_view description = {});
  void flush();

 private:
  void record(const std::string& event);
  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
  std::set<std::string, std::less<>> described_;  // tags
  std::string event_, summary_, value_;           // reused
};

}  // namespace cairn::agents
