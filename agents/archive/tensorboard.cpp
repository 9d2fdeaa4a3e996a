#include "agents/archive/tensorboard.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "agents/archive/crc32c.h"

namespace cairn::agents {

namespace {

// Protocol buffers by hand: an Event is {1: wall time (double), 2: step (varint), 3: version (text), 5: Summary,
// 7: SessionLog}, a SessionLog {1: status (varint, 1: START)}, a Summary {1: Value}, a Value {1: tag, 2: float, 9:
// SummaryMetadata}, that {3: description}. A field starts with number
// << 3 | wire type (0 varint, 1 64-bit, 2 bytes, 5 32-bit).
void varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}
void key(std::string& out, int number, int wire) {
  varint(out, static_cast<std::uint64_t>(number << 3 | wire));
}
void bytes(std::string& out, int number, std::string_view text) {
  key(out, number, 2);
  varint(out, text.size());
  out += text;
}
template <class T>
void fixed(std::string& out, int number, T value) {
  key(out, number, sizeof(T) == 8 ? 1 : 5);
  const auto raw = std::bit_cast<std::array<char, sizeof(T)>>(value);
  out.append(raw.data(), raw.size());
}

constexpr std::int64_t most_time = 9'999'999'999;  // s; ten digits, as all names of files have

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The format masks its checksums, so that a checksum of data that holds checksums stays strong.
std::uint32_t masked_crc(const void* data, std::size_t size) {
  Crc32c crc;
  crc.add(data, size);
  return std::rotr(crc.value(), 15) + 0xa282ead8U;
}

constexpr std::string_view stem = "events.out.tfevents.";

/// The newest of a folder's event files: readers take them in the order of their names, which begin with a time of ten
/// digits. Empty where there is none.
std::filesystem::path newest_file(const std::filesystem::path& folder) {
  std::filesystem::path newest;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().filename().string().starts_with(stem)) newest = std::max(newest, entry.path());
  return newest;
}

/// The time in a file's name, s; 0 where it has none.
std::int64_t time_of(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  std::int64_t time = 0;
  if (name.size() > stem.size()) std::from_chars(name.data() + stem.size(), name.data() + name.size(), time);
  return time;
}

/// Bytes up to the end of the last record that is whole; readers stop there, too. A process that was killed leaves a
/// part of a record behind it.
long whole_records(std::FILE* file) {
  long whole = 0;
  std::uint64_t length = 0;
  std::uint32_t crc = 0;
  for (std::string data; std::fread(&length, sizeof length, 1, file) == 1; whole = std::ftell(file)) {
    if (std::fread(&crc, sizeof crc, 1, file) != 1 || crc != masked_crc(&length, sizeof length)) break;
    data.resize(length);
    if (std::fread(data.data(), 1, length, file) != length || std::fread(&crc, sizeof crc, 1, file) != 1 ||
        crc != masked_crc(data.data(), length))
      break;
  }
  return whole;
}

}  // namespace

TensorBoardWriter::TensorBoardWriter(const std::filesystem::path& folder, std::optional<std::int64_t> from) {
  if (!from || !open_newest(folder)) open_new(folder);
  if (!from) return;
  event_.clear();
  fixed(event_, 1, wall_time());
  key(event_, 2, 0);
  varint(event_, static_cast<std::uint64_t>(*from));
  bytes(event_, 7, "\x08\x01");
  record(event_);
}

bool TensorBoardWriter::open_newest(const std::filesystem::path& folder) {
  path_ = newest_file(folder);
  if (path_.empty()) return false;
  file_ = std::fopen(path_.c_str(), "r+b");
  if (file_ != nullptr) {
    const long whole = whole_records(file_);
    if (whole == 0) {  // not even its first record, which says what kind of file it is
      std::fclose(std::exchange(file_, nullptr));
      return false;
    }
    if (::ftruncate(::fileno(file_), whole) == 0 && std::fseek(file_, whole, SEEK_SET) == 0) return true;
    std::fclose(std::exchange(file_, nullptr));
  }
  throw std::runtime_error("Cannot write " + path_.string() + ": " + std::strerror(errno) + ".");
}

void TensorBoardWriter::open_new(const std::filesystem::path& folder) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const std::int64_t behind = std::min(time_of(newest_file(folder)) + 1, most_time),
                     time = std::max(static_cast<std::int64_t>(wall_time()), behind);
  for (int n = 0; file_ == nullptr; ++n) {
    path_ = folder / (std::string(stem) + std::to_string(time) + "." + host.data() + "." + std::to_string(::getpid()) +
                      "." + std::to_string(n));
    file_ = std::fopen(path_.c_str(), "wbx");
    if (file_ == nullptr && errno != EEXIST)
      throw std::runtime_error("Cannot write " + path_.string() + ": " + std::strerror(errno) + ".");
  }
  event_.clear();
  fixed(event_, 1, wall_time());
  bytes(event_, 3, "brain.Event:2");
  record(event_);
}

TensorBoardWriter::~TensorBoardWriter() {
  std::fclose(file_);
}

void TensorBoardWriter::scalar(std::string_view tag, std::int64_t step, double value, std::string_view description) {
  value_.clear();
  bytes(value_, 1, tag);
  if (!description.empty() && !described_.contains(tag)) {
    described_.emplace(tag);
    summary_.clear();
    bytes(summary_, 3, description);
    bytes(value_, 9, summary_);
  }
  fixed(value_, 2, static_cast<float>(value));
  summary_.clear();
  bytes(summary_, 1, value_);
  event_.clear();
  fixed(event_, 1, wall_time());
  key(event_, 2, 0);
  varint(event_, static_cast<std::uint64_t>(step));
  bytes(event_, 5, summary_);
  record(event_);
}

// A record is its length, the length's checksum, the data, the data's checksum.
void TensorBoardWriter::record(const std::string& event) {
  const std::uint64_t length = event.size();
  const std::uint32_t length_crc = masked_crc(&length, sizeof length),
                      data_crc = masked_crc(event.data(), event.size());
  if (std::fwrite(&length, sizeof length, 1, file_) != 1 ||
      std::fwrite(&length_crc, sizeof length_crc, 1, file_) != 1 ||
      std::fwrite(event.data(), 1, event.size(), file_) != event.size() ||
      std::fwrite(&data_crc, sizeof data_crc, 1, file_) != 1)
    throw std::runtime_error("Cannot write " + path_.string() + ": " + std::strerror(errno) + ".");
}

void TensorBoardWriter::flush() {
  if (std::fflush(file_) != 0)
    throw std::runtime_error("Cannot write " + path_.string() + ": " + std::strerror(errno) + ".");
}

bool TensorBoardWriter::is_gone() const {
  struct stat open {
  }, there{};
  return ::fstat(::fileno(file_), &open) == 0 &&
         (::stat(path_.c_str(), &there) != 0 || open.st_ino != there.st_ino || open.st_dev != there.st_dev);
}

}  // namespace cairn::agents
