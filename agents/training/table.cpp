#include "agents/training/table.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <utility>

namespace cairn::agents {

namespace {
[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::runtime_error("Cannot write " + path.string() + ": " + std::strerror(errno) + ".");
}
}  // namespace

Table::Table(std::filesystem::path path, std::uint64_t keep) : path_(std::move(path)), size_(keep) {
  file_ = std::fopen(path_.c_str(), keep == 0 ? "wb" : "r+b");
  if (file_ == nullptr) fail(path_);
  if (keep == 0) return;
  if (std::filesystem::file_size(path_) < keep)
    throw std::runtime_error(path_.string() +
                             " is shorter than the checkpoint says; it was changed after the run stopped.");
  if (::ftruncate(::fileno(file_), static_cast<off_t>(keep)) != 0 || std::fseek(file_, 0, SEEK_END) != 0) fail(path_);
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
  std::swap(row_, other.row_);
  return *this;
}

void Table::cell(std::string_view text) {
  if (!row_.empty()) row_ += ',';
  row_ += text;
}

void Table::cell(double value) {
  char digits[64];
  cell(std::string_view(digits,
                        static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)));
}

void Table::cell(std::int64_t value) {
  char digits[32];
  cell(std::string_view(digits,
                        static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, value).ptr - digits)));
}

void Table::end_row() {
  row_ += '\n';
  if (file_ != nullptr && std::fwrite(row_.data(), 1, row_.size(), file_) != row_.size()) fail(path_);
  size_ += row_.size();
  row_.clear();
}

void Table::sync() {
  if (file_ == nullptr) return;
  if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) fail(path_);
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

std::map<std::string, std::vector<double>> read_columns(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  if (!file || !std::getline(file, line))
    throw std::runtime_error("Cannot read '" + path.string() +
                             "': " + (file.eof() ? "it is empty" : std::strerror(errno)) + ".");
  const auto cells = [](std::string_view row) {
    std::vector<std::string_view> found;
    for (std::size_t comma = row.find(','); comma != std::string_view::npos; comma = row.find(',')) {
      found.push_back(row.substr(0, comma));
      row.remove_prefix(comma + 1);
    }
    found.push_back(row);
    return found;
  };
  std::vector<std::string> names;
  for (const std::string_view name : cells(line)) names.emplace_back(name);
  std::map<std::string, std::vector<double>> columns;
  for (const std::string& name : names)
    if (!columns.emplace(name, std::vector<double>()).second)
      throw std::runtime_error("Cannot read '" + path.string() + "': it has two columns '" + name + "'.");
  while (std::getline(file, line) && !file.eof()) {
    const std::vector<std::string_view> row = cells(line);
    if (row.size() != names.size()) continue;
    for (std::size_t i = 0; i < row.size(); ++i) {
      double value = 0;
      const auto [end, error] = std::from_chars(row[i].data(), row[i].data() + row[i].size(), value);
      const bool whole = error == std::errc() && end == row[i].data() + row[i].size();
      columns[names[i]].push_back(whole ? value : std::numeric_limits<double>::quiet_NaN());
    }
  }
  return columns;
}

}  // namespace cairn::agents
