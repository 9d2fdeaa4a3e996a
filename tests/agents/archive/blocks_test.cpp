#include "agents/archive/blocks.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace cairn::agents {
namespace {

optim::Layout small_layout() {
  optim::Layout layout;
  layout.add("0/weight", 2, 1, {"weight"});
  layout.add("0/bias", 2, 1, {"bias"});
  return layout;
}

TEST(Blocks, ComeBackAsTheyWere) {
  const optim::Layout layout = small_layout();
  const std::vector<float> values{1, 2, 3, 4};
  Archive archive;
  put_blocks(archive, "network/", layout, values);
  EXPECT_EQ(archive.get<float>("network/0/bias"), (std::vector<float>{3, 4}));
  std::vector<float> read(4);
  get_blocks(archive, "network/", layout, read);
  EXPECT_EQ(read, values);
}

TEST(Blocks, RefuseAnotherSizeAndAMissingOne) {
  Archive archive;
  put_blocks(archive, "", small_layout(), std::vector<float>{1, 2, 3, 4});
  optim::Layout larger;
  larger.add("0/weight", 2, 2, {"weight"});
  std::vector<float> read(4);
  EXPECT_THROW(get_blocks(archive, "", larger, read), std::runtime_error);
  EXPECT_THROW(get_blocks(archive, "target/", small_layout(), read), std::runtime_error);
}

}  // namespace
}  // namespace cairn::agents
