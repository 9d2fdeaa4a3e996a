#include "render/worlds/gamepad.h"

#include <gtest/gtest.h>

namespace cairn::render {
namespace {

void expect_stick(const Gamepad& pad, float x, float y) {
  const Stick stick = stick_of(pad);
  EXPECT_FLOAT_EQ(stick.x, x);
  EXPECT_FLOAT_EQ(stick.y, y);
}

TEST(Gamepad, TheStickIsReadDownwardsAndMeansUpwards) {
  expect_stick({}, 0, 0);
  expect_stick({.x = 0.7F}, 0.7F, 0);
  expect_stick({.x = -1, .y = -0.5F}, -1, 0.5F);
  expect_stick({.y = 1}, 0, -1);
}

TEST(Gamepad, TheCrossIsAsGoodAndBothAddUpToAllThereIs) {
  expect_stick({.cross_x = 1, .cross_y = -1}, 1, 1);
  expect_stick({.x = 0.8F, .y = 0.9F, .cross_x = 1, .cross_y = 1}, 1, -1);
  expect_stick({.x = 0.5F, .cross_x = -1}, -0.5F, 0);
}

TEST(Gamepad, AStickThatNearlyRestsDoes) {
  expect_stick({.x = 0.15F, .y = -0.19F}, 0, 0);
  expect_stick({.x = 0.15F, .cross_x = -1}, -1, 0);  // nor does it weaken the cross
  expect_stick({.x = 0.21F, .y = 0.1F}, 0.21F, 0);   // each axis by itself
}

TEST(Gamepad, TheButtonIsUpWhateverTheStickSays) {
  expect_stick({.button = true}, 0, 1);
  expect_stick({.x = -0.6F, .y = 1, .button = true}, -0.6F, 1);
}

}  // namespace
}  // namespace cairn::render
