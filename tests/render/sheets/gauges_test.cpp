#include "render/sheets/gauges.h"

#include <gtest/gtest.h>

#include "envs/box2d/lidar_nav.h"
#include "envs/classic/pendulum.h"
#include "pixels.h"
#include "policies.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

TEST(Gauges, OneABarForEachComponentOfAnAction) {
  const envs::Spec spec = envs::Lander({.continuous = true}).spec();
  const std::vector<float> action{0.25F, -3};
  const std::vector<Gauge> gauges = action_gauges(spec, action);
  ASSERT_EQ(gauges.size(), 2U);
  EXPECT_EQ(gauges[0].name, "main engine");
  EXPECT_EQ(gauges[0].said, "0.25");
  EXPECT_EQ(gauges[0].value, 0.25F);
  EXPECT_EQ(gauges[1].value, -1) << "clamped, as the world does";
  EXPECT_EQ(gauges[1].low, -1);
}

TEST(Gauges, OfDiscreteActionsTheTakenOneIsFull) {
  envs::Spec spec = envs::Lander().spec();
  const std::vector<float> third{2};
  std::vector<Gauge> gauges = action_gauges(spec, third);
  ASSERT_EQ(gauges.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(gauges[i].value, i == 2 ? 1 : 0);
  EXPECT_EQ(gauges[2].name, "main engine");
  spec.action_names.insert(spec.action_names.end(), 5, "more");
  gauges = action_gauges(spec, third);
  ASSERT_EQ(gauges.size(), 1U) << "of many, its name";
  EXPECT_EQ(gauges[0].name, "main engine");
  EXPECT_EQ(gauges[0].from, 2);
  EXPECT_EQ(gauges[0].value, 3);
  EXPECT_EQ(gauges[0].high, 9);
}

TEST(Gauges, VelocitiesHaveTheirUnitsAndReachToTheFastest) {
  const envs::Spec lander = envs::Lander().spec();
  const std::vector<float> seen{0, 1, -0.2F, 0.4F, 0, 0.1F, 0, 0}, largest{1, 1, 0.4F, 0.4F, 1, 0.1F, 1, 1};
  const std::vector<Gauge> gauges = velocity_gauges(lander, seen, largest);
  ASSERT_EQ(gauges.size(), 3U) << "vx, vy, angular velocity";
  EXPECT_EQ(gauges[0].name, "vx");
  EXPECT_EQ(gauges[0].said, "-1.00 m/s") << "0.2 of 5 m/s";
  EXPECT_FLOAT_EQ(gauges[0].value, -1);
  EXPECT_FLOAT_EQ(gauges[0].high, 2);
  EXPECT_EQ(gauges[2].said, "0.25 rad/s");

  const envs::Spec robot = envs::LidarNav().spec();
  std::vector<float> observation(robot.observation.size(), 0.5F);
  const std::vector<Gauge> driven = velocity_gauges(robot, observation, observation);
  ASSERT_EQ(driven.size(), 2U);
  EXPECT_EQ(driven[0].said, "1.00 m/s") << "it is shown less 0.5";
  observation.assign(observation.size(), -0.5F);
  EXPECT_EQ(velocity_gauges(robot, observation, observation)[0].said, "0.00 m/s");
}

TEST(Gauges, AreDrawnAsLongAsTheirValues) {
  ShownWorlds worlds([] { return std::make_unique<envs::Pendulum>(); }, 1, 1);
  worlds.set_policy(steady_policy(worlds.spec()));
  const auto orange_for = [&](float torque) {
    worlds.take_over(0, {torque});
    worlds.step();
    Picture picture(600, 100);
    draw_gauges(picture, {0, 0, 600, 100}, worlds, 0);
    return Pixels(picture).count(orange, 10);
  };
  const int strong = orange_for(2), weak = orange_for(-0.5F);
  EXPECT_GT(weak, 20);
  EXPECT_NEAR(strong, 4 * weak, weak);
  Picture early(600, 100), late(600, 100);
  draw_gauges(early, {0, 0, 600, 100}, worlds, 0);
  for (int i = 0; i < 100; ++i) worlds.step();
  draw_gauges(late, {0, 0, 600, 100}, worlds, 0);
  EXPECT_GT(Pixels(late).count(green, 10), Pixels(early).count(green, 10) + 100) << "time";
  EXPECT_GT(Pixels(late).count(blue, 10), 20) << "velocity";
}

}  // namespace
}  // namespace cairn::render
