#include "optim/layout.h"

#include <gtest/gtest.h>

namespace cairn::optim {
namespace {

TEST(Layout, LaysBlocksOneBehindTheOther) {
  Layout layout;
  EXPECT_EQ(layout.add("weight", 2, 3, {"weight", "head/value"}), 0);
  EXPECT_EQ(layout.add("bias", 2, 1, {"bias"}), 6);
  EXPECT_EQ(layout.size, 8);
  EXPECT_EQ(layout.find("bias").offset, 6);
  EXPECT_EQ(layout.find("weight").size(), 6);
}

TEST(Layout, RefusesANameTwiceAndOneThatIsNotThere) {
  Layout layout;
  layout.add("weight", 2, 3, {});
  EXPECT_THROW(layout.add("weight", 1, 1, {}), std::invalid_argument);
  EXPECT_EQ(layout.size, 6);
  EXPECT_THROW(layout.find("bias"), std::out_of_range);
}

TEST(Block, KnowsItsTagsAsWholeWords) {
  const Block block{.name = "weight", .offset = 0, .rows = 1, .cols = 1, .tags = {"weight", "head/value"}};
  EXPECT_TRUE(block.has_tag("head/value"));
  EXPECT_FALSE(block.has_tag("head"));
}

}  // namespace
}  // namespace cairn::optim
