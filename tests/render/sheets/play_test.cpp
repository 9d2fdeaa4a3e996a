#include "render/sheets/play.h"

#include <gtest/gtest.h>

#include <utility>

#include "envs/box2d/lander.h"
#include "pixels.h"
#include "scratch.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

struct Play : testing::Test {
  envs::Lander world;
  Controls controls{world.spec()};
  PlayStatus status{.phase = PlayStatus::Phase::flying,
                    .title = world.spec().summary,
                    .horizon = 1000,
                    .achieved = world.spec().achieved,
                    .kept = 2};
  Play() {
    std::vector<float> observation(static_cast<std::size_t>(world.spec().observation_size()));
    world.reset(envs::Random(1, envs::Stream::demonstration), observation);
  }
  Pixels drawn(const Held& held = {}) const {
    Picture picture(static_cast<int>(play_width), static_cast<int>(play_height));
    draw_play(picture, status, world, controls, held);
    const Scratch scratch;
    picture.write_png(scratch / "play.png");
    return Pixels(picture);
  }
};

TEST_F(Play, ShowsTheWorldAndTheKeysThatAreHeld) {
  const Pixels idle = drawn(), held = drawn({.left = true, .up = true});
  EXPECT_GT(idle.count(ground), 20'000) << "the moon";
  EXPECT_GT(held.count(blue), idle.count(blue) + 500);
}

TEST_F(Play, SaysWhenItBeginsAndHowItEnded) {
  const Pixels flying = drawn();
  status.phase = PlayStatus::Phase::ready;
  EXPECT_FALSE(drawn() == flying);
  status.phase = PlayStatus::Phase::over;
  const int green_before = drawn().count(green, 12);
  status.success = true;
  EXPECT_GT(drawn().count(green, 12), green_before + 100);
}

TEST_F(Play, ARareRewardBurstsWhereItWasEarned) {
  const int before = drawn().count(yellow, 12);
  status.earned = {.at = {10, 7}, .reward = 1};
  status.burst = 0.2F;
  EXPECT_GT(drawn().count(yellow, 12), before + 100);
}

TEST_F(Play, SaysWhatThereIsToReachAndWhoCanFlyTheSameStart) {
  const auto writing = [&](const Pixels& pixels, int top, int bottom) {  // on the left
    int lit = 0;
    for (int y = top; y < bottom; ++y)
      for (int x = 0; x < 500; ++x) lit += pixels.is(x, y, page_color, 20) ? 0 : 1;
    return lit;
  };
  status.kept = -1;
  EXPECT_EQ(writing(drawn(), 34, 46), 0);
  int before = 0;
  const auto adds = [&] {
    const int now = writing(drawn(), 34, 46);
    return now > std::exchange(before, now) + 50;
  };
  status.best = 231.4;
  EXPECT_TRUE(adds());
  status.target = 200;
  EXPECT_TRUE(adds());
  status.policy = "ppo";
  EXPECT_TRUE(adds());
  const int yellow_before = drawn().count(yellow, 12);
  status.by_policy = true;
  EXPECT_GT(drawn().count(yellow, 12), yellow_before + 100) << "the line below the world";
}

}  // namespace
}  // namespace cairn::render
