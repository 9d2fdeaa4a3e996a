#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::agents {

/// A scalar as a TensorBoard event file holds it.
struct Scalar {
  std::string tag;
  std::int64_t step = 0;
  float value = 0;
  bool operator==(const Scalar&) const = default;
};

/// Calls field(number, bytes or number as text) for each field of a protocol buffer.
template <class F>
void each_field(std::string_view message, F&& field) {
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(message[at++]);
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.size()) {
    const std::uint64_t key = varint();
    std::uint64_t number = 0;
    std::size_t size = key % 8 == 1 ? 8 : 4;
    if (key % 8 == 0) number = varint(), size = 0;
    if (key % 8 == 2) size = varint();
    field(static_cast<int>(key / 8), number, message.substr(at, size));
    at += size;
  }
}

/// The scalars of all event files of a folder, oldest file first, as TensorBoard has them: without those at or behind
/// the step at which a later process says that it starts.
inline std::vector<Scalar> read_scalars(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("events.out.tfevents.")) files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<Scalar> scalars;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::string data{std::istreambuf_iterator<char>(file), {}};
    for (std::size_t at = 0; at + 12 < data.size();) {
      std::uint64_t length = 0;
      std::memcpy(&length, data.data() + at, sizeof length);
      Scalar scalar;
      bool starts = false;
      each_field(std::string_view(data).substr(at + 12, length), [&](int field, std::uint64_t number, auto summary) {
        if (field == 2) scalar.step = static_cast<std::int64_t>(number);
        if (field == 7) starts = summary == "\x08\x01";
        if (field != 5) return;
        each_field(summary, [&](int, std::uint64_t, auto value) {
          each_field(value, [&](int part, std::uint64_t, std::string_view bytes) {
            if (part == 1) scalar.tag = bytes;
            if (part == 2) std::memcpy(&scalar.value, bytes.data(), sizeof scalar.value);
          });
        });
      });
      if (starts) std::erase_if(scalars, [&](const Scalar& one) { return one.step >= scalar.step; });
      if (!scalar.tag.empty()) scalars.push_back(scalar);
      at += 12 + length + 4;
    }
  }
  return scalars;
}

}  // namespace cairn::agents
