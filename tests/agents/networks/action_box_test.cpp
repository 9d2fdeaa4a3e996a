#include "agents/networks/action_box.h"

#include <gtest/gtest.h>

namespace cairn::agents {
namespace {

TEST(ActionBox, GoesThereAndBack) {
  for (const auto& [low, high] : {std::pair{-2.0F, 2.0F}, {0.0F, 1.0F}, {-0.3F, 7.7F}}) {
    EXPECT_EQ(to_box(-1, low, high), low);
    EXPECT_EQ(to_box(1, low, high), high);
    EXPECT_FLOAT_EQ(to_box(0, low, high), (low + high) / 2);
    for (const float action : {-1.0F, -0.4F, 0.0F, 0.1F, 0.77F, 1.0F})
      EXPECT_NEAR(from_box(to_box(action, low, high), low, high), action, 1e-6F) << low << ' ' << high;
  }
}

TEST(ActionBox, WhatLiesBeyondEndsAtTheBounds) {
  EXPECT_EQ(from_box(9, -2, 2), 1);
  EXPECT_EQ(from_box(-9, -2, 2), -1);
  EXPECT_EQ(to_box(1.5F, 0, 3), 3);
}

}  // namespace
}  // namespace cairn::agents
