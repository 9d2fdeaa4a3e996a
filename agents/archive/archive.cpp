#include "agents/archive/archive.h"

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <type_traits>

namespace cairn::agents {

static_assert(std::endian::native == std::endian::little, "tensors are kept as the file stores them");

namespace {

template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, double>) return DType::f64;
  if constexpr (std::is_same_v<T, std::int32_t>) return DType::i32;
  if constexpr (std::is_same_v<T, std::int64_t>) return DType::i64;
  if constexpr (std::is_same_v<T, std::uint8_t>) return DType::u8;
  if constexpr (std::is_same_v<T, std::uint32_t>) return DType::u32;
  if constexpr (std::is_same_v<T, std::uint64_t>) return DType::u64;
}

constexpr std::array dtypes{DType::f32, DType::f64, DType::i32, DType::i64, DType::u8, DType::u32, DType::u64};

}  // namespace

std::string_view to_string(DType dtype) {
  constexpr std::array<std::string_view, 7> names{"F32", "F64", "I32", "I64", "U8", "U32", "U64"};
  return names[static_cast<std::size_t>(dtype)];
}

bool parse(std::string_view text, DType& dtype) {
  for (const DType candidate : dtypes)
    if (text == to_string(candidate)) {
      dtype = candidate;
      return true;
    }
  return false;
}

std::size_t size_of(DType dtype) {
  constexpr std::array<std::size_t, 7> sizes{4, 8, 4, 8, 1, 4, 8};
  return sizes[static_cast<std::size_t>(dtype)];
}

template <class T>
void Archive::put(const std::string& name, std::span<const T> values, std::vector<std::int64_t> shape) {
  if (name == "__metadata__" || name.starts_with("cairn."))
    throw std::invalid_argument("The tensor name '" + name + "' is kept for the file's own use.");
  if (shape.empty()) shape = {static_cast<std::int64_t>(values.size())};
  std::int64_t elements = 1;
  for (const std::int64_t extent : shape) elements *= extent;
  if (elements != static_cast<std::int64_t>(values.size()))
    throw std::invalid_argument("The tensor '" + name + "' has " + std::to_string(values.size()) +
                                " elements, but its shape holds " + std::to_string(elements) + ".");
  if (!index_.emplace(name, tensors_.size()).second)
    throw std::invalid_argument("The archive already holds a tensor '" + name + "'.");
  const auto bytes = std::as_bytes(values);
  tensors_.push_back({name, dtype_of<T>(), std::move(shape), {bytes.begin(), bytes.end()}});
}

bool Archive::has(const std::string& name) const {
  return index_.contains(name);
}

const Archive::Tensor& Archive::find(const std::string& name, DType dtype) const {
  const auto entry = index_.find(name);
  if (entry == index_.end()) throw std::runtime_error("The archive lacks the tensor '" + name + "'.");
  const Tensor& tensor = tensors_[entry->second];
  if (tensor.dtype != dtype)
    throw std::runtime_error("The tensor '" + name + "' holds " + std::string(to_string(tensor.dtype)) + " where " +
                             std::string(to_string(dtype)) + " is expected.");
  return tensor;
}

template <class T>
std::vector<T> Archive::get(const std::string& name) const {
  const Tensor& tensor = find(name, dtype_of<T>());
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

template <class T>
T Archive::get_value(const std::string& name) const {
  T value;
  get_into(name, std::span<T>(&value, 1));
  return value;
}

template <class T>
void Archive::get_into(const std::string& name, std::span<T> values) const {
  const Tensor& tensor = find(name, dtype_of<T>());
  if (tensor.bytes.size() != values.size_bytes())
    throw std::runtime_error("The tensor '" + name + "' has " + std::to_string(tensor.bytes.size() / sizeof(T)) +
                             " elements where " + std::to_string(values.size()) + " are expected.");
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
}

template void Archive::put(const std::string&, std::span<const float>, std::vector<std::int64_t>);
template void Archive::put(const std::string&, std::span<const double>, std::vector<std::int64_t>);
template void Archive::put(const std::string&, std::span<const std::int32_t>, std::vector<std::int64_t>);
template void Archive::put(const std::string&, std::span<const std::int64_t>, std::vector<std::int64_t>);
template void Archive::put(const std::string&, std::span<const std::uint8_t>, std::vector<std::int64_t>);
template void Archive::put(const std::string&, std::span<const std::uint32_t>, std::vector<std::int64_t>);
template void Archive::put(const std::string&, std::span<const std::uint64_t>, std::vector<std::int64_t>);

template std::vector<float> Archive::get(const std::string&) const;
template std::vector<double> Archive::get(const std::string&) const;
template std::vector<std::int32_t> Archive::get(const std::string&) const;
template std::vector<std::int64_t> Archive::get(const std::string&) const;
template std::vector<std::uint8_t> Archive::get(const std::string&) const;
template std::vector<std::uint32_t> Archive::get(const std::string&) const;
template std::vector<std::uint64_t> Archive::get(const std::string&) const;

template float Archive::get_value(const std::string&) const;
template double Archive::get_value(const std::string&) const;
template std::int32_t Archive::get_value(const std::string&) const;
template std::int64_t Archive::get_value(const std::string&) const;
template std::uint8_t Archive::get_value(const std::string&) const;
template std::uint32_t Archive::get_value(const std::string&) const;
template std::uint64_t Archive::get_value(const std::string&) const;

template void Archive::get_into(const std::string&, std::span<float>) const;
template void Archive::get_into(const std::string&, std::span<double>) const;
template void Archive::get_into(const std::string&, std::span<std::int32_t>) const;
template void Archive::get_into(const std::string&, std::span<std::int64_t>) const;
template void Archive::get_into(const std::string&, std::span<std::uint8_t>) const;
template void Archive::get_into(const std::string&, std::span<std::uint32_t>) const;
template void Archive::get_into(const std::string&, std::span<std::uint64_t>) const;

}  // namespace cairn::agents
