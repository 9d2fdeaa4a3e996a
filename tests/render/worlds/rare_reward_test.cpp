#include "render/worlds/rare_reward.h"

#include <gtest/gtest.h>

#include <vector>

#include "envs/box2d/lander.h"

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

/// How bright a picture is within `reach` of a point, and where its brightness has its middle.
struct Glow {
  double sum = 0, x = 0, y = 0;
};
Glow glow_of(Point at, const Earned& earned, float age) {
  Picture picture(200, 200);
  draw_burst(picture, {0, 0, 200, 200}, at, earned, age);
  std::vector<std::uint8_t> pixels;
  picture.copy_rgba(pixels);
  Glow glow;
  for (int i = 0; i < 200 * 200; ++i) {
    const auto k = static_cast<std::size_t>(4 * i);
    const double light = pixels[k] + pixels[k + 1];
    glow.sum += light;
    glow.x += light * (i % 200);
    glow.y += light * (i / 200);  // NOLINT(bugprone-integer-division): the row
  }
  glow.x /= glow.sum;
  glow.y /= glow.sum;
  return glow;
}

TEST(RareReward, BurstsWhereItWasEarnedAndFades) {
  for (const Point at : {Point{60, 80}, {140, 110}}) {
    const Glow early = glow_of(at, {.reward = 1}, 0.2F), late = glow_of(at, {.reward = 1}, 0.8F);
    EXPECT_NEAR(early.x, at.x, 10);
    EXPECT_NEAR(early.y, at.y, 15);
    EXPECT_GT(early.sum, 2 * late.sum);
    EXPECT_GT(late.sum, 0);
  }
  EXPECT_EQ(glow_of({100, 100}, {.reward = 1}, 1).sum, 0) << "nothing is left of it";
}

TEST(RareReward, APunishmentHasNoSparksAndAnUnpaidSuccessNoNumber) {
  const double reward = glow_of({100, 100}, {.reward = 1}, 0.3F).sum;
  const double punishment = glow_of({100, 100}, {.reward = -1}, 0.3F).sum;
  EXPECT_GT(punishment, 0);
  EXPECT_LT(punishment, 0.2 * reward);
  const Glow paid = glow_of({100, 100}, {.reward = 1, .success = true}, 0.9F),
             unpaid = glow_of({100, 100}, {.reward = -1, .success = true}, 0.9F);
  EXPECT_GT(paid.sum, unpaid.sum);
  EXPECT_GT(unpaid.sum, 0);
}

TEST(RareReward, TheSentenceTurnsToWhatWasReached) {
  const envs::Spec lander = envs::Lander().spec();
  EXPECT_EQ(task_of(lander), "Bring a rocket to rest between two flags.");
  EXPECT_EQ(turned(lander, {.reward = 100, .success = true}), "Landed between the flags.");
  EXPECT_EQ(turned(lander, {.reward = 0.25F}), "+0.25 on the way.");
  EXPECT_EQ(turned({.id = "of a stranger"}, {.success = true}), "Success.");
}

}  // namespace
}  // namespace cairn::render
