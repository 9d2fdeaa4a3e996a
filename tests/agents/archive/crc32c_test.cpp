#include "agents/archive/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace cairn::agents {
namespace {

TEST(Crc32c, IsTheCastagnoliChecksum) {
  Crc32c crc;
  crc.add("1234", 4);
  crc.add("56789", 5);
  EXPECT_EQ(crc.value(), 0xe3069283);
}

TEST(Crc32c, IsTheSameInPieces) {
  const std::string text = "a checkpoint's bytes";
  Crc32c whole, pieces;
  whole.add(text.data(), text.size());
  for (std::size_t i = 0; i < text.size(); i += 7)
    pieces.add(text.data() + i, std::min<std::size_t>(7, text.size() - i));
  EXPECT_EQ(whole.value(), pieces.value());
}

}  // namespace
}  // namespace cairn::agents
