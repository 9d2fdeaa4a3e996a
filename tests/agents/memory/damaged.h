#pragma once

#include "agents/archive/archive.h"

namespace cairn::agents {

/// A copy of the archive in which the tensor `name` holds `values`.
template <class T>
Archive damaged(const Archive& whole, const std::string& name, const std::vector<T>& values) {
  Archive copy;
  copy.metadata = whole.metadata;
  const auto put = [&]<class U>(const Archive::Tensor& tensor, U) {
    copy.put(tensor.name, std::span<const U>(whole.get<U>(tensor.name)), tensor.shape);
  };
  for (const Archive::Tensor& tensor : whole.tensors()) {
    if (tensor.name == name) copy.put(name, values);
    if (copy.has(tensor.name)) continue;
    if (tensor.dtype == DType::f32) put(tensor, float());
    if (tensor.dtype == DType::f64) put(tensor, double());
    if (tensor.dtype == DType::i32) put(tensor, std::int32_t());
    if (tensor.dtype == DType::i64) put(tensor, std::int64_t());
    if (tensor.dtype == DType::u8) put(tensor, std::uint8_t());
    if (tensor.dtype == DType::u32) put(tensor, std::uint32_t());
  }
  return copy;
}

}  // namespace cairn::agents
