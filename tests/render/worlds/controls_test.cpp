#include "render/worlds/controls.h"

#include <gmock/gmock.h>

#include "envs/box2d/lander.h"
#include "envs/box2d/point_maze.h"
#include "envs/classic/acrobot.h"
#include "envs/classic/cart_pole.h"
#include "envs/classic/pendulum.h"

namespace cairn::render {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

TEST(Controls, FollowTheNamesOfDiscreteActions) {
  Controls lander(envs::Lander().spec());
  EXPECT_THAT(lander.action({}), ElementsAre(0));
  EXPECT_THAT(lander.action({.left = true}), ElementsAre(1));
  EXPECT_THAT(lander.action({.up = true}), ElementsAre(2));
  EXPECT_THAT(lander.action({.right = true}), ElementsAre(3));
  EXPECT_THAT(lander.action({.down = true}), ElementsAre(0)) << "nothing lies there";
  EXPECT_THAT(lander.action({.left = true, .right = true}), ElementsAre(0)) << "both at once say nothing";
  const float one = lander.action({.left = true, .up = true})[0], other = lander.action({.left = true, .up = true})[0];
  EXPECT_EQ(one + other, 3) << "the left and the main engine by turns";
  EXPECT_NE(one, other);
  EXPECT_THAT(lander.action({.x = 0.9F}), ElementsAre(3)) << "the stick";
  EXPECT_THAT(lander.action({.x = 0.3F}), ElementsAre(0));
  EXPECT_THAT(lander.action({.left = true, .digit = 3}), ElementsAre(2)) << "a digit is the action itself";
  std::vector<std::string> shown;
  for (const Controls::Key& key : lander.keys()) shown.push_back(key.key + ": " + key.does);
  EXPECT_THAT(shown, ElementsAre("Left: left engine", "Right: right engine", "Up: main engine"));
  EXPECT_EQ(lander.note(), "");
}

TEST(Controls, TakeTwoArrowsForActionsThatSayTwoDirections) {
  const envs::Spec spec = envs::PointMaze(envs::PointMazeOptions{}).spec();
  Controls maze(spec);
  EXPECT_EQ(spec.action_names[static_cast<std::size_t>(maze.action({.left = true, .down = true})[0])], "left and down");
  EXPECT_EQ(spec.action_names[static_cast<std::size_t>(maze.action({.up = true})[0])], "up");
  EXPECT_EQ(spec.action_names[static_cast<std::size_t>(maze.action({})[0])], "none");
  Controls acrobot(envs::Acrobot().spec());
  EXPECT_THAT(acrobot.action({.left = true}), ElementsAre(0));
  EXPECT_THAT(acrobot.action({}), ElementsAre(1));
  EXPECT_THAT(acrobot.action({.right = true}), ElementsAre(2));
}

TEST(Controls, GoOnWithTheLastActionWhereNoneIsIdle) {
  Controls cart(envs::CartPole().spec());
  EXPECT_THAT(cart.action({.right = true}), ElementsAre(1));
  EXPECT_THAT(cart.action({}), ElementsAre(1));
  EXPECT_THAT(cart.action({.left = true}), ElementsAre(0));
  EXPECT_THAT(cart.action({}), ElementsAre(0));
  EXPECT_THAT(cart.note(), testing::HasSubstr("the last one goes on"));
}

TEST(Controls, HaveDigitsForNamesThatTellNoDirection) {
  Controls odd({.id = "odd", .action_names = {"stay", "jump"}});
  EXPECT_TRUE(odd.keys().empty());
  EXPECT_EQ(odd.note(), "1 stay   2 jump");
  EXPECT_THAT(odd.action({.digit = 2}), ElementsAre(1));
  EXPECT_THAT(odd.action({.digit = 9}), ElementsAre(0)) << "there are not so many";
}

TEST(Controls, LayContinuousActionsOnAxes) {
  Controls pendulum(envs::Pendulum().spec());
  EXPECT_THAT(pendulum.action({.left = true}), ElementsAre(-2));
  EXPECT_THAT(pendulum.action({.x = 0.5F}), ElementsAre(FloatEq(1)));
  EXPECT_THAT(pendulum.action({}), ElementsAre(0)) << "a stick at rest";
  Controls lander(envs::Lander({.continuous = true}).spec());
  EXPECT_THAT(lander.action({.right = true, .up = true}), ElementsAre(1, 1));
  EXPECT_THAT(lander.action({.left = true}), ElementsAre(0, -1));
  Controls oven({.id = "oven", .action = {{"heat", "W", 10, 20}}});
  EXPECT_THAT(oven.action({}), ElementsAre(10)) << "as near to nothing as there is";
  EXPECT_THAT(oven.action({.right = true}), ElementsAre(20));
}

}  // namespace
}  // namespace cairn::render
