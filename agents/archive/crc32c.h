#pragma once

#include <boost/crc.hpp>
#include <cstddef>
#include <cstdint>

namespace cairn::agents {

/// CRC-32C (Castagnoli), what TensorBoard records and checkpoints are checked with.
class Crc32c {
 public:
  /// Takes in `size` more bytes.
  void add(const void* data, std::size_t size) { crc_.process_bytes(data, size); }
  /// The checksum of all bytes so far.
  std::uint32_t value() const { return crc_.checksum(); }

 private:
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc_;
};

}  // namespace cairn::agents
