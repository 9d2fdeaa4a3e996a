#include "render/worlds/shown_worlds.h"

#include <gtest/gtest.h>

#include "pixels.h"
#include "policies.h"
#include "render/drawing/picture_canvas.h"

namespace cairn::render {
namespace {

TEST(ShownWorlds, StandStillUntilThereIsAPolicy) {
  ShownWorlds worlds(cart_pole, 3, 1);
  worlds.step();
  EXPECT_EQ(worlds.world(0).episode_return, 0);
  worlds.set_policy(steady_policy(worlds.spec()));
  worlds.step();
  EXPECT_EQ(worlds.world(0).episode_return, 1);
}

TEST(ShownWorlds, RestAtTheEndOfAnEpisodeThenBeginAnother) {
  ShownWorlds worlds(cart_pole, 3, 1);
  worlds.set_policy(steady_policy(worlds.spec()));
  worlds.set_best_actions(true);
  int flown = 0;
  for (; !worlds.world(1).ended; ++flown) {
    ASSERT_LT(flown, 50);
    worlds.step();
  }
  const double at_end = worlds.world(1).episode_return;
  EXPECT_TRUE(worlds.world(1).last.terminated);
  int rest = 0;
  for (; worlds.world(1).ended; ++rest) {
    EXPECT_EQ(worlds.world(1).episode_return, at_end);
    ASSERT_LT(rest, 100);
    worlds.step();
  }
  EXPECT_GT(rest, 10);
  EXPECT_EQ(worlds.world(1).episode, 2U);
  EXPECT_EQ(worlds.world(1).episode_return, 0);
}

TEST(ShownWorlds, APersonsActionFliesOneWorldUntilItIsGivenBack) {
  ShownWorlds both(cart_pole, 2, 1), policy_only(cart_pole, 2, 1);
  for (ShownWorlds* worlds : {&both, &policy_only}) {
    worlds->set_policy(steady_policy(worlds->spec()));  // always pushes right
    worlds->set_best_actions(true);
  }
  both.take_over(0, {0});
  both.step();
  policy_only.step();
  EXPECT_EQ(both.world(0).environment->snapshot().actions, std::vector<float>{0});
  EXPECT_EQ(both.world(1).environment->snapshot().actions, policy_only.world(1).environment->snapshot().actions);
  both.step();
  EXPECT_EQ(both.world(0).environment->snapshot().actions, (std::vector<float>{0, 0}));
  both.give_back();
  both.step();
  EXPECT_EQ(both.world(0).environment->snapshot().actions, (std::vector<float>{0, 0, 1}));
}

TEST(ShownWorlds, APolicyFliesOneWorldAsItWouldAll) {
  ShownWorlds all(cart_pole, 2, 1), one(cart_pole, 2, 1);
  const auto policy = std::make_shared<const agents::Policy>(steady_policy(all.spec()));
  all.set_policy(*policy);
  one.set_policy(1, policy);
  for (ShownWorlds* worlds : {&all, &one})
    for (int i = 0; i < 5; ++i) worlds->step();
  EXPECT_EQ(one.world(0).episode_return, 0) << "it has none";
  EXPECT_EQ(one.world(1).environment->snapshot().actions, all.world(1).environment->snapshot().actions);
  EXPECT_TRUE(std::ranges::equal(one.observation(1), all.observation(1)));
  one.restart();
  EXPECT_EQ(one.world(1).episode, 2U);
  EXPECT_EQ(one.world(1).episode_return, 0);
}

TEST(ShownWorlds, BetweenTwoStepsAWorldIsDrawnOnItsWay) {
  const auto drawn = [](const ShownWorlds& worlds) {
    Sketch sketch;
    worlds.draw(0, sketch);
    return sketch.middle_of_different(Sketch()).x;
  };
  ShownWorlds smooth(cart_pole, 1, 1), plain(cart_pole, 1, 1);
  for (ShownWorlds* worlds : {&smooth, &plain}) worlds->set_policy(steady_policy(worlds->spec()));
  for (int i = 0; i < 4; ++i) plain.step();
  smooth.advance(4.75);
  const float before = drawn(plain);
  plain.step();
  const float after = drawn(plain);
  ASSERT_NE(before, after);
  smooth.advance(0.25);
  EXPECT_EQ(smooth.world(0).episode_return, 5);
  EXPECT_NEAR(drawn(smooth), before, 1e-5);
  smooth.advance(0.5);
  EXPECT_EQ(smooth.world(0).episode_return, 5);
  EXPECT_NEAR(drawn(smooth), (before + after) / 2, 1e-5);
  smooth.step();
  plain.step();
  EXPECT_EQ(drawn(smooth), drawn(plain)) << "after a single step it stands where it is";
}

TEST(ShownWorlds, ARareRewardIsRemembered) {
  const envs::EnvironmentFactory sparse = [] {
    return std::make_unique<envs::Lander>(envs::LanderOptions{.reward = envs::Reward::sparse, .difficulty = 0});
  };
  ShownWorlds worlds(sparse, 1, 1);
  worlds.set_policy(steady_policy(worlds.spec()));
  std::vector<float> action(1);
  bool flashed = false;
  for (int i = 0; i < 3000 && !flashed; ++i) {  // the world's own pilot lands now and then
    worlds.take_over(0, action);
    worlds.step();
    worlds.world(0).environment->pilot(worlds.observation(0), action);
    flashed = worlds.world(0).since_reward == 0;
  }
  EXPECT_TRUE(flashed);
  const std::uint32_t episode = worlds.world(0).episode;
  EXPECT_EQ(worlds.world(0).earned.reward, 1);
  EXPECT_TRUE(worlds.world(0).success);
  EXPECT_TRUE(worlds.world(0).earned.success);
  Sketch now;
  worlds.draw(0, now);
  const Point hull = now.place_of_reward(now), at = worlds.world(0).earned.at;
  EXPECT_NEAR(at.x, hull.x, 1e-4) << "where it stands";
  EXPECT_NEAR(at.y, hull.y, 1e-4);
  EXPECT_EQ(worlds.seconds_since_reward(0), 0);
  for (int i = 0; i < 26; ++i) worlds.step();
  EXPECT_NEAR(worlds.seconds_since_reward(0), 0.5, 1e-6);
  Picture bursting(200, 150), plain(200, 150);
  const Box shown = worlds.draw(0, bursting, {0, 0, 200, 150}, 0);
  PictureCanvas canvas(plain, {0, 0, 200, 150});
  worlds.draw(0, canvas);
  EXPECT_EQ(shown.width, canvas.shown().width);
  EXPECT_FALSE(Pixels(bursting) == Pixels(plain));
  for (int i = 0; i < 60; ++i) worlds.step();
  EXPECT_EQ(worlds.world(0).episode, episode + 1);
  EXPECT_GT(worlds.seconds_since_reward(0), 100) << "what an earlier episode earned is over";
}

}  // namespace
}  // namespace cairn::render
