#include "agents/files/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "agents/files/crc32c.h"

namespace cairn::agents {

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian");

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view crc_name = "cairn.crc";
constexpr std::uint64_t largest_header = 100'000'000;  // bytes, the format's own limit

struct Kind {
  DType dtype;
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<Kind, 7> kinds{{{DType::f32, "F32", 4},
                                     {DType::f64, "F64", 8},
                                     {DType::i32, "I32", 4},
                                     {DType::i64, "I64", 8},
                                     {DType::u8, "U8", 1},
                                     {DType::u32, "U32", 4},
                                     {DType::u64, "U64", 8}}};

const Kind& kind_of(DType dtype) {
  return kinds[static_cast<std::size_t>(dtype)];
}

template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::f32;
}
template <>
constexpr DType dtype_of<double>() {
  return DType::f64;
}
template <>
constexpr DType dtype_of<std::int32_t>() {
  return DType::i32;
}
template <>
constexpr DType dtype_of<std::int64_t>() {
  return DType::i64;
}
template <>
constexpr DType dtype_of<std::uint8_t>() {
  return DType::u8;
}
template <>
constexpr DType dtype_of<std::uint32_t>() {
  return DType::u32;
}
template <>
constexpr DType dtype_of<std::uint64_t>() {
  return DType::u64;
}

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
  throw std::runtime_error("Checkpoint " + path.string() + ": " + why);
}

[[noreturn]] void fail_errno(const std::filesystem::path& path, const std::string& what) {
  throw std::runtime_error(what + " " + path.string() + ": " + std::strerror(errno) + ".");
}

void write_all(int file, const void* data, std::size_t size, const std::filesystem::path& path) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t written = ::write(file, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_errno(path, "Cannot write");
    at += written;
    size -= static_cast<std::size_t>(written);
  }
}

// Elements of a shape; throws when a dimension is negative or the product does not fit.
std::uint64_t elements(const Json& shape) {
  std::uint64_t count = 1;
  for (const Json& dimension : shape) {
    if (!dimension.is_number_integer() || dimension < 0) throw std::invalid_argument("a dimension is no whole number");
    const auto size = dimension.get<std::uint64_t>();
    if (size != 0 && count > std::numeric_limits<std::uint64_t>::max() / size)
      throw std::invalid_argument("a shape is too large");
    count *= size;
  }
  return count;
}

// nlohmann keeps the last of two equal keys; a strict reader must refuse them.
Json parse_strictly(const std::string& text) {
  std::vector<std::set<std::string>> keys;
  const Json::parser_callback_t unique = [&keys](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      throw std::invalid_argument("the header names '" + parsed.get<std::string>() + "' twice");
    return true;
  };
  return Json::parse(text, unique);
}

}  // namespace

template <class T>
void Archive::put(const std::string& name, std::span<const T> values, std::vector<std::int64_t> shape) {
  if (has(name)) throw std::invalid_argument("The archive holds a tensor '" + name + "' already.");
  if (shape.empty()) shape = {static_cast<std::int64_t>(values.size())};
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  if (count != static_cast<std::int64_t>(values.size()))
    throw std::invalid_argument("Tensor '" + name + "' has " + std::to_string(values.size()) +
                                " elements, but its shape says " + std::to_string(count) + ".");
  index_[name] = tensors_.size();
  const auto bytes = std::as_bytes(values);
  tensors_.push_back({name, dtype_of<T>(), std::move(shape), {bytes.begin(), bytes.end()}});
}

bool Archive::has(const std::string& name) const {
  return index_.contains(name);
}

template <class T>
void Archive::get_into(const std::string& name, std::span<T> values) const {
  const auto found = index_.find(name);
  if (found == index_.end()) throw std::runtime_error("The checkpoint has no tensor '" + name + "'.");
  const Tensor& tensor = tensors_[found->second];
  if (tensor.dtype != dtype_of<T>())
    throw std::runtime_error("The checkpoint's tensor '" + name + "' is of type " +
                             std::string(kind_of(tensor.dtype).name) + ", not " +
                             std::string(kind_of(dtype_of<T>()).name) + ".");
  if (tensor.bytes.size() != values.size_bytes())
    throw std::runtime_error("The checkpoint's tensor '" + name + "' has " +
                             std::to_string(tensor.bytes.size() / sizeof(T)) + " elements, not " +
                             std::to_string(values.size()) + ".");
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
}

template <class T>
std::vector<T> Archive::get(const std::string& name) const {
  const auto found = index_.find(name);
  std::vector<T> values(found == index_.end() ? 0 : tensors_[found->second].bytes.size() / sizeof(T));
  get_into<T>(name, values);
  return values;
}

template <class T>
T Archive::get_value(const std::string& name) const {
  T value{};
  get_into<T>(name, std::span<T>(&value, 1));
  return value;
}

void write_archive(const std::filesystem::path& path, const Archive& archive) {
  Json header = Json::object();
  if (!archive.metadata.empty()) header["__metadata__"] = archive.metadata;
  std::uint64_t offset = 0;
  const auto describe = [&](const std::string& name, DType dtype, const std::vector<std::int64_t>& shape,
                            std::uint64_t size) {
    header[name] = {{"dtype", kind_of(dtype).name}, {"shape", shape}, {"data_offsets", {offset, offset + size}}};
    offset += size;
  };
  for (const Archive::Tensor& tensor : archive.tensors())
    describe(tensor.name, tensor.dtype, tensor.shape, tensor.bytes.size());
  describe(std::string(crc_name), DType::u32, {1}, 4);
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();

  Crc32c crc;
  crc.add(&length, sizeof length);
  crc.add(text.data(), text.size());
  for (const Archive::Tensor& tensor : archive.tensors()) crc.add(tensor.bytes.data(), tensor.bytes.size());
  const std::uint32_t sum = crc.value();

  const std::filesystem::path temporary = path.string() + ".tmp";
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) fail_errno(temporary, "Cannot create");
  bool open = true;
  try {
    write_all(file, &length, sizeof length, temporary);
    write_all(file, text.data(), text.size(), temporary);
    for (const Archive::Tensor& tensor : archive.tensors())
      write_all(file, tensor.bytes.data(), tensor.bytes.size(), temporary);
    write_all(file, &sum, sizeof sum, temporary);
    if (::fsync(file) != 0) fail_errno(temporary, "Cannot write");
    open = false;
    if (::close(file) != 0) fail_errno(temporary, "Cannot write");
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail_errno(path, "Cannot write");
  } catch (...) {
    if (open) ::close(file);
    ::unlink(temporary.c_str());
    throw;
  }
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
}

Archive read_archive(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) fail_errno(path, "Cannot open");
  const std::streamoff end = file.tellg();
  if (end < 0 || std::filesystem::is_directory(path)) fail(path, "it is no file.");
  const auto size = static_cast<std::uint64_t>(end);
  file.seekg(0);
  std::uint64_t length = 0;
  if (size < sizeof length || !file.read(reinterpret_cast<char*>(&length), sizeof length))
    fail(path, "it is cut short: " + std::to_string(size) + " bytes hold no header.");
  if (length > largest_header || length > size - sizeof length)
    fail(path,
         "its header claims " + std::to_string(length) + " bytes, more than the file holds or the format allows.");
  std::string text(length, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(length))) fail(path, "its header cannot be read.");
  if (text.empty() || text.front() != '{') fail(path, "its header is no JSON object.");

  Crc32c crc;
  crc.add(&length, sizeof length);
  crc.add(text.data(), text.size());
  const std::uint64_t data_size = size - sizeof length - length;
  Archive archive;
  try {
    const Json header = parse_strictly(text);
    struct Part {
      std::uint64_t begin, end;
      std::string name;
      DType dtype;
      std::vector<std::int64_t> shape;
    };
    std::vector<Part> parts;
    for (const auto& [name, value] : header.items()) {
      if (name == "__metadata__") {
        for (const auto& [key, word] : value.items()) {
          if (!word.is_string()) throw std::invalid_argument("metadata '" + key + "' is no text");
          archive.metadata[key] = word.get<std::string>();
        }
        continue;
      }
      const auto kind = std::ranges::find(kinds, value.at("dtype").get<std::string>(), &Kind::name);
      if (kind == kinds.end()) throw std::invalid_argument("tensor '" + name + "' is of an unknown type");
      const Json& offsets = value.at("data_offsets");
      if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
          !offsets[1].is_number_unsigned() || !value.at("shape").is_array() || value.size() != 3)
        throw std::invalid_argument("tensor '" + name + "' is described wrongly");
      const auto begin = offsets[0].get<std::uint64_t>(), stop = offsets[1].get<std::uint64_t>();
      const std::uint64_t count = elements(value["shape"]);
      if (begin > stop || stop > data_size || count > data_size || count * kind->bytes != stop - begin)
        throw std::invalid_argument("tensor '" + name + "' does not lie within the file as its shape says");
      parts.push_back({begin, stop, name, kind->dtype, value["shape"].get<std::vector<std::int64_t>>()});
    }
    std::ranges::stable_sort(parts, {}, &Part::begin);
    std::uint64_t at = 0;
    for (const Part& part : parts) {
      if (part.begin != at) throw std::invalid_argument("tensor '" + part.name + "' leaves a gap or overlaps another");
      at = part.end;
    }
    if (at != data_size) throw std::invalid_argument("its tensors end before or after the file does");
    if (parts.empty() || parts.back().name != crc_name || parts.back().dtype != DType::u32 ||
        parts.back().end - parts.back().begin != 4)
      throw std::invalid_argument("it does not end with a checksum");
    for (const Part& part : parts) {
      Archive::Tensor tensor{part.name, part.dtype, part.shape, std::vector<std::byte>(part.end - part.begin)};
      if (!file.read(reinterpret_cast<char*>(tensor.bytes.data()), static_cast<std::streamsize>(tensor.bytes.size())))
        throw std::invalid_argument("tensor '" + part.name + "' cannot be read");
      if (part.name == crc_name) {
        std::uint32_t sum = 0;
        std::memcpy(&sum, tensor.bytes.data(), sizeof sum);
        if (sum != crc.value()) throw std::invalid_argument("its checksum is wrong: the file is damaged");
        break;
      }
      crc.add(tensor.bytes.data(), tensor.bytes.size());
      archive.index_[tensor.name] = archive.tensors_.size();
      archive.tensors_.push_back(std::move(tensor));
    }
  } catch (const nlohmann::json::exception&) {
    fail(path, "its header is no valid JSON description of tensors.");
  } catch (const std::invalid_argument& error) {
    fail(path, std::string(error.what()) + ".");
  }
  return archive;
}

template void Archive::put<float>(const std::string&, std::span<const float>, std::vector<std::int64_t>);
template std::vector<float> Archive::get<float>(const std::string&) const;
template float Archive::get_value<float>(const std::string&) const;
template void Archive::get_into<float>(const std::string&, std::span<float>) const;
template void Archive::put<double>(const std::string&, std::span<const double>, std::vector<std::int64_t>);
template std::vector<double> Archive::get<double>(const std::string&) const;
template double Archive::get_value<double>(const std::string&) const;
template void Archive::get_into<double>(const std::string&, std::span<double>) const;
template void Archive::put<std::int32_t>(const std::string&, std::span<const std::int32_t>, std::vector<std::int64_t>);
template std::vector<std::int32_t> Archive::get<std::int32_t>(const std::string&) const;
template std::int32_t Archive::get_value<std::int32_t>(const std::string&) const;
template void Archive::get_into<std::int32_t>(const std::string&, std::span<std::int32_t>) const;
template void Archive::put<std::int64_t>(const std::string&, std::span<const std::int64_t>, std::vector<std::int64_t>);
template std::vector<std::int64_t> Archive::get<std::int64_t>(const std::string&) const;
template std::int64_t Archive::get_value<std::int64_t>(const std::string&) const;
template void Archive::get_into<std::int64_t>(const std::string&, std::span<std::int64_t>) const;
template void Archive::put<std::uint8_t>(const std::string&, std::span<const std::uint8_t>, std::vector<std::int64_t>);
template std::vector<std::uint8_t> Archive::get<std::uint8_t>(const std::string&) const;
template std::uint8_t Archive::get_value<std::uint8_t>(const std::string&) const;
template void Archive::get_into<std::uint8_t>(const std::string&, std::span<std::uint8_t>) const;
template void Archive::put<std::uint32_t>(const std::string&, std::span<const std::uint32_t>,
                                          std::vector<std::int64_t>);
template std::vector<std::uint32_t> Archive::get<std::uint32_t>(const std::string&) const;
template std::uint32_t Archive::get_value<std::uint32_t>(const std::string&) const;
template void Archive::get_into<std::uint32_t>(const std::string&, std::span<std::uint32_t>) const;
template void Archive::put<std::uint64_t>(const std::string&, std::span<const std::uint64_t>,
                                          std::vector<std::int64_t>);
template std::vector<std::uint64_t> Archive::get<std::uint64_t>(const std::string&) const;
template std::uint64_t Archive::get_value<std::uint64_t>(const std::string&) const;
template void Archive::get_into<std::uint64_t>(const std::string&, std::span<std::uint64_t>) const;

}  // namespace cairn::agents
