#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace cairn::agents {

/// A file that appears whole or not at all: written under a temporary name of its own in the same folder, synced,
/// renamed, the folder synced. Links are followed; a device, a pipe or a folder is refused, since a rename would
/// replace it. Until `commit` returns, and after any failure, what stood at `path` before is untouched; the destructor
/// removes a temporary file that was not committed. Every failure throws std::runtime_error naming the file and the
/// system's reason.
class AtomicFile {
 public:
  /// `path`: where it is to stand; its folder exists.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends bytes.
  void write(std::span<const std::byte> bytes);
  /// Appends text.
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// `rename`: the system's call, for tests.
  void commit(int (*rename)(const char*, const char*) = nullptr);
  /// Where the bytes are until then: another program may write them there instead.
  const std::filesystem::path& temporary() const { return temporary_; }

 private:
  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
  bool created_ = false;
};

/// Writes a whole file at once, as AtomicFile does.
void write_file(const std::filesystem::path& path, std::string_view text);

/// Whether a name is that of a temporary file.
bool is_temporary(const std::filesystem::path& path);
/// Removes from a folder the temporary files of processes that are gone: what was killed while it wrote.
void remove_leftovers(const std::filesystem::path& folder);

}  // namespace cairn::agents
