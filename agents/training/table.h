#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::agents {

/// A CSV file that grows by rows. Numbers are written as the shortest text that reads back the same, so that equal runs
/// write equal bytes. Every failure to write throws std::runtime_error naming the file and the system's reason.
class Table {
 public:
  Table() = default;
  /// Opens the file, keeping its first `keep` bytes: 0 starts anew, a checkpoint's `size()` goes on from there. What
  /// lies behind them goes with the next head, row or sync. A file that is gone starts anew (`vanished`). Throws
  /// std::runtime_error when the file is shorter.
  Table(std::filesystem::path path, std::uint64_t keep);
  ~Table();
  /// Takes over the file; `other` is then as default-constructed.
  Table(Table&& other) noexcept;
  /// Exchanges the two.
  Table& operator=(Table&& other) noexcept;

  /// Whether it has no row, and no head either.
  bool empty() const { return size_ == 0; }
  std::uint64_t size() const { return size_; }  ///< bytes, those not yet flushed included
  /// Names the columns: the first row of a new file. Of one that is gone on with they must be those that stand there;
  /// else throws std::runtime_error saying which differs, and the file is as it was.
  void head(std::span<const std::string_view> columns);
  /// Text with commas or quotes is quoted (RFC 4180); it holds no line breaks.
  void cell(std::string_view text);
  /// A number; NaN is `nan`.
  void cell(double value);
  /// A whole number.
  void cell(std::int64_t value);
  /// Writes the row.
  void end_row();
  /// Ends the row, but gives it back in place of writing it.
  std::string take_row();
  /// A row of one text, as it stands: of a log, which reaches the system at once.
  void line(std::string_view text);
  /// Hands all rows to the system and waits until they are on disk. A file that was deleted or replaced meanwhile is
  /// made again, with all its rows (`vanished`).
  void sync();
  /// Writes a row behind the others, as take_row gave it, that does not count: the next head, row or sync drops it.
  /// After `sync`.
  void show_row(std::string_view row);
  /// Whether the file had vanished since this was last asked.
  bool vanished() { return std::exchange(vanished_, false); }

 private:
  void cut();
  void make_again();
  void add(std::string_view text);

  std::filesystem::path path_;
  std::FILE* file_ = nullptr;
  std::uint64_t size_ = 0;
  bool uncut_ = false;  // the file may be longer than size_
  bool unsynced_ = false, vanished_ = false;
  std::string row_;
};

/// Bytes of a table's head and of its rows up to the first whose first cell, a count, exceeds `last` or that was cut
/// short: what a resumed run keeps of a table whose length its checkpoint does not say. 0 where there is no file.
std::uint64_t bytes_up_to(const std::filesystem::path& path, std::int64_t last);

/// The cells of a row, without their quotes.
std::vector<std::string> split_row(std::string_view row);

/// A table read back: each column by its name. What is no number is NaN; a last row cut short, as a run that is still
/// going may leave it, is left out. Throws std::runtime_error when the file cannot be read.
std::map<std::string, std::vector<double>> read_columns(const std::filesystem::path& path);

}  // namespace cairn::agents
