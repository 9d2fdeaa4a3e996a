#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::agents {

/// Types of elements, a subset of what safetensors knows.
enum class DType { f32, f64, i32, i64, u8, u32, u64 };
std::string_view to_string(DType dtype);  ///< as safetensors spells it: `F32`
bool parse(std::string_view text, DType& dtype);
std::size_t size_of(DType dtype);  ///< bytes an element

/// Whether a file without the tensor `cairn.crc` is read: what `cairn export` writes for other programs has none.
enum class Checksum { required, where_there };

/// Named tensors plus text, in memory: what a checkpoint holds. Written as one safetensors file whose last tensor,
/// `cairn.crc`, is the CRC-32C of all bytes before it.
class Archive {
 public:
  /// A named array of any shape.
  struct Tensor {
    std::string name;                 ///< unique in its archive
    DType dtype;                      ///< of all elements
    std::vector<std::int64_t> shape;  ///< elements along each dimension; empty: one element
    std::vector<std::byte> bytes;     ///< little-endian, row-major
  };

  /// Adds a tensor; one dimension unless `shape` says otherwise. Throws std::invalid_argument for a name already there
  /// or beginning with `cairn.`, and for a shape of another number of elements.
  /// T is float, double, std::int32_t, std::int64_t, std::uint8_t, std::uint32_t or std::uint64_t.
  template <class T>
  void put(const std::string& name, std::span<const T> values, std::vector<std::int64_t> shape = {});
  /// The same of a list, in one dimension.
  template <class T>
  void put(const std::string& name, const std::vector<T>& values) {
    put(name, std::span<const T>(values));
  }
  /// The same of one number.
  template <class T>
  void put_value(const std::string& name, T value) {
    put(name, std::span<const T>(&value, 1));
  }

  /// Whether there is a tensor of that name.
  bool has(const std::string& name) const;
  /// All elements. Throws std::runtime_error naming the tensor when it is missing or of another type.
  template <class T>
  std::vector<T> get(const std::string& name) const;
  /// The one element of a tensor. Throws std::runtime_error for another number of them, and as `get` does.
  template <class T>
  T get_value(const std::string& name) const;
  /// Fills `values`; throws std::runtime_error when the number of elements differs.
  template <class T>
  void get_into(const std::string& name, std::span<T> values) const;

  /// All tensors, in the order in which they were put.
  const std::vector<Tensor>& tensors() const { return tensors_; }
  std::map<std::string, std::string> metadata;  ///< as safetensors stores it: text by name
  bool checked = false;                         ///< read from a file whose checksum was there, and right

 private:
  friend Archive read_archive(const std::filesystem::path& path, Checksum checksum);
  const Tensor& find(const std::string& name, DType dtype) const;

  std::vector<Tensor> tensors_;
  std::map<std::string, std::size_t> index_;
};

/// All elements of an Eigen matrix, column after column, as `put` takes them.
template <class Matrix>
std::span<const typename Matrix::Scalar> view(const Matrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

/// Writes to a temporary file beside `path`, syncs, renames, syncs the folder. Throws std::runtime_error naming the
/// file and the system's reason; what stood at `path` is then untouched.
void write_archive(const std::filesystem::path& path, const Archive& archive);

/// Reads and checks a file, treating it as hostile: within time and memory in proportion to the bytes that it has.
/// Throws std::runtime_error saying in one sentence what is wrong.
Archive read_archive(const std::filesystem::path& path, Checksum checksum = Checksum::required);

}  // namespace cairn::agents
