#include "render/window/world_hand.h"

#include <gtest/gtest.h>

namespace cairn::render {
namespace {

using Kind = Event::Kind;

TEST(WorldHand, MagnifiesWhatLiesUnderTheWheelAndShowsAllAgain) {
  WorldHand hand;
  hand.worlds = {{0, 0, 100, 50}, {200, 0, 100, 50}};
  hand.answer({.kind = Kind::turned, .turns = 1}, {150, 10});
  EXPECT_EQ(hand.part.factor, 1) << "between the worlds";
  hand.answer({.kind = Kind::turned, .turns = 3}, {275, 25});
  EXPECT_NEAR(hand.part.factor, 1.953125F, 1e-5F);
  EXPECT_NEAR(hand.part.middle.x, 0.75F - 0.25F / 1.953125F, 1e-5F) << "what lies at three quarters stays there";
  EXPECT_NEAR(hand.part.middle.y, 0.5F, 1e-5F);

  const Point middle = hand.part.middle;
  hand.answer({.kind = Kind::clicked}, {20, 20});
  hand.answer({.kind = Kind::moved}, {30, 15});
  EXPECT_NEAR(hand.part.middle.x, middle.x - 0.1F / 1.953125F, 1e-5F) << "the world follows the hand";
  EXPECT_NEAR(hand.part.middle.y, middle.y - 0.1F / 1.953125F, 1e-5F);
  hand.answer({.kind = Kind::let_go}, {30, 15});
  const Point let_go = hand.part.middle;
  hand.answer({.kind = Kind::moved}, {60, 40});
  EXPECT_EQ(hand.part.middle.x, let_go.x);

  hand.answer({.kind = Kind::clicked}, {20, 20});  // the second one soon after the first
  EXPECT_EQ(hand.part.factor, 1);
  EXPECT_EQ(hand.part.middle.x, 0.5F);
}

}  // namespace
}  // namespace cairn::render
