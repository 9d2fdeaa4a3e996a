#include "render/worlds/rare_reward.h"

#include <gtest/gtest.h>

#include <vector>

namespace cairn::render {
namespace {

TEST(RareReward, SeesTheOneAmongManySteps) {
  RareReward watch;
  for (int i = 0; i < 300; ++i) EXPECT_FALSE(watch.seen(0));
  EXPECT_TRUE(watch.seen(1));
  EXPECT_FALSE(watch.seen(0));
}

TEST(RareReward, SaysNothingBeforeItHasSeenEnoughNorWhereEveryStepPays) {
  RareReward early, dense;
  EXPECT_FALSE(early.seen(1));
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(dense.seen(-0.1F));
}

TEST(RareReward, IsLessThanATwentieth) {
  EXPECT_TRUE(is_rare(4, 100));
  EXPECT_FALSE(is_rare(5, 100));
}

TEST(RareReward, FlashesInTheMiddleOfTheWorldAndFades) {
  const auto yellow_after = [](float brightness) {
    Picture picture(100, 100);
    draw_flash(picture, {0, 0, 100, 100}, 1, brightness, 12);
    std::vector<std::uint8_t> pixels;
    picture.copy_rgba(pixels);
    int red = 0;
    for (std::size_t i = 0; i < pixels.size(); i += 4) red += pixels[i];
    return red;
  };
  EXPECT_GT(yellow_after(1), yellow_after(0.3F));
  EXPECT_GT(yellow_after(0.3F), 0);
}

}  // namespace
}  // namespace cairn::render
