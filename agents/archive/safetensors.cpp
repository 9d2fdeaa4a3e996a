// The safetensors format: eight bytes of header length, a JSON header (names, types, shapes, ranges of the data), the
// data. The format has no digest of its own; ours is the last tensor, over every byte before it.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>

#include "agents/archive/archive.h"
#include "agents/archive/atomic_file.h"
#include "agents/archive/crc32c.h"

namespace cairn::agents {

namespace {

using Path = std::filesystem::path;

// The format allows headers of 100 MB. The largest of ours, of checkpoints, have a tenth of a megabyte; parsing takes
// several times a header's own memory.
constexpr std::uint64_t largest_header = 16 << 20;
constexpr std::size_t most_texts = 10'000;  // of metadata
constexpr std::string_view crc_name = "cairn.crc", padding_name = "cairn.padding";

// --- writing

std::string json_text(std::string_view text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw std::invalid_argument("The name or text '" + std::string(text) + "' is not valid UTF-8.");
  }
}

void append_entry(std::string& header, std::string_view name, DType dtype, std::span<const std::int64_t> shape,
                  std::uint64_t& offset) {
  if (header.size() > 1) header += ',';
  header += json_text(name) + R"(:{"dtype":")" + std::string(to_string(dtype)) + R"(","shape":[)";
  std::uint64_t bytes = size_of(dtype);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    header += (i > 0 ? "," : "") + std::to_string(shape[i]);
    bytes *= static_cast<std::uint64_t>(shape[i]);
  }
  header += R"(],"data_offsets":[)" + std::to_string(offset) + ',' + std::to_string(offset + bytes) + "]}";
  offset += bytes;
}

}  // namespace

void write_archive(const Path& path, const Archive& archive) {
  // Wide elements first, so that every tensor lies at a multiple of its element's size, as readers that map the file
  // into memory want it; padding brings the checksum into line too.
  std::vector<const Archive::Tensor*> tensors;
  for (const Archive::Tensor& tensor : archive.tensors()) tensors.push_back(&tensor);
  std::ranges::stable_sort(tensors, std::greater(), [](const Archive::Tensor* t) { return size_of(t->dtype); });

  std::string header = "{";
  if (!archive.metadata.empty()) {
    header += R"("__metadata__":{)";
    for (const auto& [name, text] : archive.metadata)
      header += (header.back() == '{' ? "" : ",") + json_text(name) + ':' + json_text(text);
    header += '}';
  }
  std::uint64_t offset = 0;
  for (const Archive::Tensor* tensor : tensors)
    append_entry(header, tensor->name, tensor->dtype, tensor->shape, offset);
  const std::vector<std::byte> padding((4 - offset % 4) % 4);
  const auto padded = static_cast<std::int64_t>(padding.size());
  if (padded > 0) append_entry(header, padding_name, DType::u8, {&padded, 1}, offset);
  const std::int64_t one = 1;
  append_entry(header, crc_name, DType::u32, {&one, 1}, offset);
  header += '}';
  header.append((8 - header.size() % 8) % 8, ' ');
  if (header.size() > largest_header)
    throw std::runtime_error("Cannot write '" + path.string() + "': its header would exceed 16 MiB.");

  AtomicFile file(path);
  Crc32c crc;
  const auto write = [&](std::span<const std::byte> bytes) {
    crc.add(bytes.data(), bytes.size());
    file.write(bytes);
  };
  const std::uint64_t length = header.size();
  write(std::as_bytes(std::span(&length, 1)));
  write(std::as_bytes(std::span(header)));
  for (const Archive::Tensor* tensor : tensors) write(tensor->bytes);
  write(padding);
  const std::uint32_t checksum = crc.value();
  file.write(std::as_bytes(std::span(&checksum, 1)));
  file.commit();
}

// --- reading

namespace {

struct Entry {
  std::string name;
  DType dtype = DType::u8;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

/// Reads the header as it streams by and stops at the first thing out of place, so that no input, however deeply
/// nested, makes it hold more than the entries of a well-formed header.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<Entry> entries;
  std::map<std::string, std::string> metadata;
  std::string error;  ///< what is wrong, to follow "its header …"

  bool null() override { return refuse("null"); }
  bool boolean(bool) override { return refuse("true or false"); }
  bool number_integer(number_integer_t) override { return refuse("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return refuse("a number with a fraction or too large");
  }
  bool binary(binary_t&) override { return refuse("binary data"); }

  bool number_unsigned(number_unsigned_t number) override {
    if (place_ == Place::shape) {
      if (number > std::numeric_limits<std::int64_t>::max()) return refuse("an extent that is too large");
      if (entries.back().shape.size() == 16) return refuse("more than 16 dimensions");
      entries.back().shape.push_back(static_cast<std::int64_t>(number));
      return true;
    }
    if (place_ == Place::offsets && offsets_ < 2) {
      (offsets_++ == 0 ? entries.back().begin : entries.back().end) = number;
      return true;
    }
    return refuse("a number");
  }

  bool string(string_t& text) override {
    if (place_ == Place::metadata) {
      metadata[key_] = std::move(text);
      return true;
    }
    if (place_ != Place::dtype) return refuse("text");
    place_ = Place::entry;
    return parse(text, entries.back().dtype) || refuse("the unknown type '" + shortened(text) + "'");
  }

  bool start_object(std::size_t) override {
    switch (place_) {
      case Place::outside:
        place_ = Place::top;
        return true;
      case Place::value:
        if (key_ == "__metadata__") {
          place_ = Place::metadata;
        } else {
          place_ = Place::entry;
          entries.emplace_back().name = key_;
          seen_.clear();
        }
        return true;
      default:
        return refuse("an object");
    }
  }

  bool key(string_t& name) override {
    switch (place_) {
      case Place::top:
        if (!names_.insert(name).second) return refuse("'" + shortened(name) + "' twice");
        key_ = std::move(name);
        place_ = Place::value;
        return true;
      case Place::metadata:
        if (metadata.contains(name)) return refuse("'" + shortened(name) + "' twice");
        if (metadata.size() == most_texts) return refuse("more than " + std::to_string(most_texts) + " texts");
        key_ = std::move(name);
        return true;
      default:  // of an entry
        if (!seen_.insert(name).second) return refuse("'" + shortened(name) + "' twice");
        if (name == "dtype") {
          place_ = Place::dtype;
        } else if (name == "shape") {
          place_ = Place::before_shape;
        } else if (name == "data_offsets") {
          place_ = Place::before_offsets;
        } else {
          return refuse("the unknown key '" + shortened(name) + "'");
        }
        return true;
    }
  }

  bool end_object() override {
    if (place_ == Place::entry && seen_.size() != 3) return refuse("an entry without dtype, shape or data_offsets");
    place_ = place_ == Place::top ? Place::outside : Place::top;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::before_shape) {
      place_ = Place::shape;
    } else if (place_ == Place::before_offsets) {
      place_ = Place::offsets;
      offsets_ = 0;
    } else {
      return refuse("a list");
    }
    return true;
  }

  bool end_array() override {
    if (place_ == Place::offsets && offsets_ != 2) return refuse("an incomplete pair of offsets");
    place_ = Place::entry;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
    error = "is not valid JSON at its byte " + std::to_string(position);
    return false;
  }

 private:
  /// Where in the header the next token stands.
  enum class Place { outside, top, value, metadata, entry, dtype, before_shape, shape, before_offsets, offsets };

  static std::string shortened(const std::string& text) { return text.size() <= 40 ? text : text.substr(0, 40) + "…"; }
  bool refuse(const std::string& what) {
    error = "holds " + what + " where it must not";
    if (place_ >= Place::entry) error += " (tensor '" + shortened(entries.back().name) + "')";
    return false;
  }

  Place place_ = Place::outside;
  std::string key_;
  std::set<std::string> names_, seen_;
  int offsets_ = 0;
};

[[noreturn]] void refuse(const Path& path, const std::string& what) {
  throw std::runtime_error("Cannot read '" + path.string() + "': " + what + ".");
}

class InputFile {
 public:
  explicit InputFile(const Path& path) : path_(path) {
    // Without blocking: opening a pipe would otherwise wait for someone to write into it.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) refuse(path, std::generic_category().message(errno));
    struct stat status {};
    const bool regular = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
    if (!regular) {
      ::close(descriptor_);
      refuse(path, "it is not a regular file");
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  ~InputFile() { ::close(descriptor_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::uint64_t size() const { return size_; }
  void read(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t got = ::read(descriptor_, bytes.data(), bytes.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) refuse(path_, std::generic_category().message(errno));
      if (got == 0) refuse(path_, "it became shorter while it was read");
      bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
  }

 private:
  Path path_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

std::uint64_t physical_memory() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Sorts the entries by where their data lies and checks that they tile `data_size` bytes: no hole, no overlap, nothing
/// beyond the end, and each as long as its shape says.
void check_ranges(const Path& path, std::vector<Entry>& entries, std::uint64_t data_size) {
  std::ranges::sort(entries, {}, [](const Entry& e) { return std::pair(e.begin, e.end); });
  std::uint64_t position = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != position || entry.end < entry.begin)
      refuse(path, "the data of its tensor '" + entry.name + "' leaves a hole or overlaps another's");
    if (entry.end > data_size)
      refuse(path, "it is cut short: the tensor '" + entry.name + "' ends at byte " + std::to_string(entry.end) +
                       " of the data, which has " + std::to_string(data_size));
    std::uint64_t bytes = size_of(entry.dtype);
    bool overflow = false;
    for (const std::int64_t extent : entry.shape)
      overflow |= __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes);
    if (overflow || bytes != entry.end - entry.begin)
      refuse(path, "the shape of its tensor '" + entry.name + "' does not fit the tensor's data");
    position = entry.end;
  }
  if (position != data_size)
    refuse(path, "it holds " + std::to_string(data_size - position) + " bytes that belong to no tensor");
}

}  // namespace

Archive read_archive(const Path& path, Checksum checksum) {
  InputFile file(path);
  if (file.size() > physical_memory())  // it may be a sparse file, which costs its maker nothing
    refuse(path, "it claims " + std::to_string(file.size()) + " bytes, more than this machine has memory");
  if (file.size() < 8) refuse(path, "it has " + std::to_string(file.size()) + " bytes, too few for a safetensors file");
  std::uint64_t length = 0;
  file.read(std::as_writable_bytes(std::span(&length, 1)));
  if (length > largest_header || length > file.size() - 8)
    refuse(path,
           "its header claims " + std::to_string(length) + " bytes, more than the file has or than is read (16 MiB)");

  Crc32c crc;
  crc.add(&length, sizeof length);
  HeaderReader header;
  {
    std::string text(length, '\0');
    file.read(std::as_writable_bytes(std::span(text)));
    crc.add(text.data(), text.size());
    if (!text.starts_with('{')) refuse(path, "its header is not a JSON object, so it is no safetensors file");
    if (!nlohmann::json::sax_parse(text, &header)) refuse(path, "its header " + header.error);
  }
  std::vector<Entry>& entries = header.entries;
  check_ranges(path, entries, file.size() - 8 - length);
  const bool has_checksum = !entries.empty() && entries.back().name == crc_name && entries.back().dtype == DType::u32 &&
                            entries.back().end - entries.back().begin == 4;
  if (!has_checksum && checksum == Checksum::required) refuse(path, "its last tensor is not the checksum 'cairn.crc'");

  Archive archive;
  archive.metadata = std::move(header.metadata);
  archive.checked = has_checksum;
  if (has_checksum) entries.pop_back();
  for (Entry& entry : entries) {
    std::vector<std::byte> bytes(entry.end - entry.begin);
    file.read(bytes);
    crc.add(bytes.data(), bytes.size());
    if (entry.name == padding_name) continue;
    archive.index_.emplace(entry.name, archive.tensors_.size());
    archive.tensors_.push_back({std::move(entry.name), entry.dtype, std::move(entry.shape), std::move(bytes)});
  }
  if (!has_checksum) return archive;
  std::uint32_t stated = 0;
  file.read(std::as_writable_bytes(std::span(&stated, 1)));
  if (stated != crc.value()) refuse(path, "its checksum does not match, so it is damaged");
  return archive;
}

}  // namespace cairn::agents
