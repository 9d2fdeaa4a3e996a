#include "agents/training/table.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <utility>

#include "agents/archive/atomic_file.h"

namespace cairn::agents {

namespace {
[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::runtime_error("Cannot write " + path.string() + ": " + std::strerror(errno) + ".");
}
}  // namespace

Table::Table(std::filesystem::path path, std::uint64_t keep) : path_(std::move(path)), size_(keep) {
  if (keep > 0 && !std::filesystem::exists(path_)) {
    keep = size_ = 0;
    vanished_ = true;
  }
  file_ = std::fopen(path_.c_str(), keep == 0 ? "w+b" : "r+b");
  if (file_ == nullptr) fail(path_);
  if (keep == 0) return;
  if (std::filesystem::file_size(path_) < keep)
    throw std::runtime_error(path_.string() +
                             " is shorter than the checkpoint says; it was changed after the run stopped.");
  uncut_ = true;
}

void Table::cut() {
  if (!std::exchange(uncut_, false)) return;
  unsynced_ = true;
  if (::ftruncate(::fileno(file_), static_cast<off_t>(size_)) != 0 || std::fseek(file_, 0, SEEK_END) != 0) fail(path_);
}

Table::~Table() {
  if (file_ != nullptr) std::fclose(file_);
}

Table::Table(Table&& other) noexcept {
  *this = std::move(other);
}

Table& Table::operator=(Table&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  std::swap(size_, other.size_);
  std::swap(uncut_, other.uncut_);
  std::swap(unsynced_, other.unsynced_);
  std::swap(vanished_, other.vanished_);
  std::swap(row_, other.row_);
  return *this;
}

void Table::head(std::span<const std::string_view> columns) {
  if (empty()) {
    for (const std::string_view column : columns) cell(column);
    end_row();
    return;
  }
  std::ifstream file(path_, std::ios::binary);
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> there = split_row(line);
  for (std::size_t i = 0; i < std::max(there.size(), columns.size()); ++i) {
    const std::string in_file = i < there.size() ? fmt::format("'{}'", there[i]) : "none";
    const std::string here = i < columns.size() ? fmt::format("'{}'", columns[i]) : "none";
    if (in_file != here)
      throw std::runtime_error(
          fmt::format("Cannot go on with {}: its column {} is {}, and this program would write {}.", path_.string(),
                      i + 1, in_file, here));
  }
  cut();
}

void Table::add(std::string_view text) {
  if (!row_.empty()) row_ += ',';
  row_ += text;
}

void Table::cell(std::string_view text) {
  if (text.find_first_of(",\"") == std::string_view::npos) return add(text);
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  add(quoted + '"');
}

void Table::cell(double value) {
  char digits[64];
  add({digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)});
}

void Table::cell(std::int64_t value) {
  char digits[32];
  add({digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)});
}

void Table::end_row() {
  cut();
  row_ += '\n';
  if (file_ != nullptr && std::fwrite(row_.data(), 1, row_.size(), file_) != row_.size()) fail(path_);
  size_ += row_.size();
  unsynced_ = true;
  row_.clear();
}

void Table::sync() {
  if (file_ == nullptr) return;
  cut();
  if (std::fflush(file_) != 0) fail(path_);
  make_again();
  if (std::exchange(unsynced_, false) && ::fsync(::fileno(file_)) != 0) fail(path_);
}

// What a deleted file held can be read for as long as it is open.
void Table::make_again() {
  struct stat open {
  }, there{};
  if (::fstat(::fileno(file_), &open) != 0) fail(path_);
  if (::stat(path_.c_str(), &there) == 0 && open.st_ino == there.st_ino && open.st_dev == there.st_dev) return;
  std::string rows(size_, '\0');
  for (std::size_t done = 0; done < rows.size();) {
    const ssize_t read = ::pread(::fileno(file_), rows.data() + done, rows.size() - done, static_cast<off_t>(done));
    if (read <= 0) fail(path_);
    done += static_cast<std::size_t>(read);
  }
  write_file(path_, rows);
  std::FILE* const again = std::fopen(path_.c_str(), "r+b");
  if (again == nullptr || std::fseek(again, 0, SEEK_END) != 0) fail(path_);
  std::fclose(std::exchange(file_, again));
  vanished_ = true;
}

void Table::line(std::string_view text) {
  row_ = text;
  end_row();
  if (file_ != nullptr && std::fflush(file_) != 0) fail(path_);
}

std::string Table::take_row() {
  return std::exchange(row_, {});
}

void Table::show_row(std::string_view row) {
  if (file_ == nullptr || empty()) return;
  uncut_ = true;
  if (std::fwrite(row.data(), 1, row.size(), file_) != row.size() || std::fputc('\n', file_) == EOF ||
      std::fflush(file_) != 0)
    fail(path_);
}

std::uint64_t bytes_up_to(const std::filesystem::path& path, std::int64_t last) {
  std::ifstream file(path, std::ios::binary);
  std::uint64_t bytes = 0;
  for (std::string line; std::getline(file, line) && !file.eof(); bytes += line.size() + 1) {
    std::int64_t count = 0;
    std::from_chars(line.data(), line.data() + line.size(), count);  // of the head: 0
    if (count > last && bytes > 0) break;
  }
  return bytes;
}

std::vector<std::string> split_row(std::string_view row) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '"' && quoted && row.substr(i + 1).starts_with('"'))
      cells.back() += row[++i];
    else if (row[i] == '"')
      quoted = !quoted;
    else if (row[i] == ',' && !quoted)
      cells.emplace_back();
    else
      cells.back() += row[i];
  }
  return cells;
}

namespace {

/// NaN for what is none.
double number_of(std::string_view cell) {
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return error == std::errc() && end == cell.data() + cell.size() ? value : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::map<std::string, std::vector<double>> read_columns(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  if (!file || !std::getline(file, line))
    throw std::runtime_error("Cannot read '" + path.string() +
                             "': " + (file.eof() ? "it is empty" : std::strerror(errno)) + ".");
  const std::vector<std::string> names = split_row(line);
  std::map<std::string, std::vector<double>> columns;
  std::vector<std::vector<double>*> places;
  for (const std::string& name : names) {
    const auto [column, is_new] = columns.emplace(name, std::vector<double>());
    if (!is_new) throw std::runtime_error("Cannot read '" + path.string() + "': it has two columns '" + name + "'.");
    places.push_back(&column->second);
  }
  std::vector<double> row;
  while (std::getline(file, line) && !file.eof()) {
    row.clear();
    if (line.find('"') != std::string::npos) {
      for (const std::string& cell : split_row(line)) row.push_back(number_of(cell));
    } else {  // as nearly all: thousands of tables are read at a time
      for (std::string_view rest = line;; rest.remove_prefix(rest.find(',') + 1)) {
        row.push_back(number_of(rest.substr(0, rest.find(','))));
        if (rest.find(',') == std::string_view::npos) break;
      }
    }
    if (row.size() != names.size()) continue;
    for (std::size_t i = 0; i < row.size(); ++i) places[i]->push_back(row[i]);
  }
  return columns;
}

}  // namespace cairn::agents
