#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace cairn::agents {

/// Writes scalars as a TensorBoard event file, `events.out.tfevents.TIME.HOST.PID.N` in a folder. A resumed run goes on
/// in the newest file that is there, behind its last whole record, and says from which step on readers are to forget
/// what stood before. Failing to write throws std::runtime_error.
class TensorBoardWriter {
 public:
  /// `from`: the first step that is still to be done, in a run that goes on.
  explicit TensorBoardWriter(const std::filesystem::path& folder, std::optional<std::int64_t> from = std::nullopt);
  ~TensorBoardWriter();
  TensorBoardWriter(const TensorBoardWriter&) = delete;
  TensorBoardWriter& operator=(const TensorBoardWriter&) = delete;

  /// `description`: what TensorBoard says of the tag; kept with its first value in the file.
  void scalar(std::string_view tag, std::int64_t step, double value, std::string_view description = {});
  /// Hands to the system what is written so far.
  void flush();
  /// Whether the file was deleted, or another one lies in its place.
  bool is_gone() const;

 private:
  void open_new(const std::filesystem::path& folder);
  /// Opens the newest file behind its last whole record; false where there is none.
  bool open_newest(const std::filesystem::path& folder);
  void record(const std::string& event);
  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
  std::set<std::string, std::less<>> described_;  // tags
  std::string event_, summary_, value_;           // reused
};

}  // namespace cairn::agents
