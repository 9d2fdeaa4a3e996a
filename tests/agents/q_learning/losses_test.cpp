#include "agents/q_learning/losses.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace cairn::agents {
namespace {

TEST(HuberLoss, IsSquaredWithinAndLinearBeyondItsLimit) {
  for (const float sign : {1.0F, -1.0F}) {
    EXPECT_EQ(huber_loss(sign * 0.5F, 2).value, 0.125F);
    EXPECT_EQ(huber_loss(sign * 0.5F, 2).slope, sign * 0.5F);
    EXPECT_EQ(huber_loss(sign * 2, 2).value, 2);
    EXPECT_EQ(huber_loss(sign * 5, 2).value, 2 + 3 * 2);
    EXPECT_EQ(huber_loss(sign * 5, 2).slope, sign * 2);
    EXPECT_EQ(huber_loss(sign * 5, std::numeric_limits<float>::infinity()).value, 12.5F);
    EXPECT_EQ(huber_loss(sign * 5, std::numeric_limits<float>::infinity()).slope, sign * 5);
  }
}

TEST(MarginLoss, AsksOnlyForWhatIsMissing) {
  std::array<float, 3> slope{};
  const std::array<float, 3> ahead{0, 1, 0};
  EXPECT_EQ(margin_loss(ahead, 1, 0.75F, 2, slope), 0) << "ahead by more than the margin";
  EXPECT_EQ(slope, (std::array<float, 3>{}));
  const std::array<float, 3> behind{0.5F, 1, 0};
  EXPECT_EQ(margin_loss(behind, 1, 0.75F, 2, slope), 2 * (0.5F + 0.75F - 1));
  EXPECT_EQ(slope, (std::array<float, 3>{2, -2, 0})) << "the best of the others comes down, the shown one up";
  EXPECT_EQ(margin_loss(behind, 2, 0.75F, 1, slope), 1.75F);
  EXPECT_EQ(slope, (std::array<float, 3>{2, -1, -1})) << "added to what was there";
}

}  // namespace
}  // namespace cairn::agents
