#include "envs/box2d/key_rooms.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "../world_checks.h"

namespace cairn::envs {
namespace {

constexpr float none = 0, right = 1, up = 3, use = 9;  // discrete actions
constexpr std::size_t held = 4, open = 5, first_ray = 6;
constexpr float sight = 6;  // m

// The fixed layout of three rooms: keys at (2.5, -1.05) and (5.5, 1.05), doors at (3, 0.9) and (6, -0.9), the goal at
// (8.4, 0.9).
class KeyRoomsTest : public testing::Test {
 protected:
  KeyRooms world;
  std::vector<float> o = std::vector<float>(6 + 64);

  void begin(const std::vector<float>& state) { world.reset(Start{.state = state}, o); }
  Step act(float action, int times = 1) {
    Step step;
    for (int i = 0; i < times; ++i) step = world.step({&action, 1}, o);
    return step;
  }
  bool may_use() const {
    std::array<float, 10> legal{};
    world.mask(legal);
    for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(legal[i], 1);
    return legal[9] == 1;
  }
  /// Length, and which of door, key and goal it ends at (0: a wall).
  std::pair<float, int> ray(std::size_t i) const {
    const float* numbers = o.data() + first_ray + 4 * i;
    int kind = 0;
    for (int k = 1; k <= 3; ++k)
      if (numbers[k] == 1) kind = k;
    return {sight * numbers[0], kind};
  }
};

// Box2D's damping: v' = (v + h a) / (1 + h c), twice a step.
TEST_F(KeyRoomsTest, APushMovesTheDiscByNewtonsLaw) {
  begin({0.5F, 0, 0, 0, 0, 0});
  float v = 0, x = 0.5F;
  for (int i = 0; i < 6; ++i) {
    act(right);
    for (int k = 0; k < 2; ++k) {
      v = (v + 0.025F * 10) / (1 + 0.025F * 2);
      x += 0.025F * v;
    }
    ASSERT_NEAR(o[0], x, 1e-5);
    ASSERT_NEAR(o[2], v, 1e-5);
  }
}

TEST_F(KeyRoomsTest, RaysEndWhereTheGeometrySays) {
  using Ray = std::pair<float, int>;
  const auto expect_ray = [&](std::size_t i, Ray expected) {
    EXPECT_NEAR(ray(i).first, expected.first, 1e-5) << i;
    EXPECT_EQ(ray(i).second, expected.second) << i;
  };
  begin({1, 0, 0, 0, 0, 0});
  expect_ray(0, {2, 0});                    // the wall at x = 3
  expect_ray(2, {1.5F * std::sqrt(2), 0});  // up at 45 degrees
  expect_ray(4, {1.5F, 0});                 // the wall above
  expect_ray(8, {1, 0});                    // the wall at x = 0
  begin({1.5F, 0.9F, 0, 0, 0, 0});
  expect_ray(0, {1.5F, 1});  // the closed door
  begin({1.5F, 0.9F, 0, 0, 0, 1});
  expect_ray(0, {4 - std::sqrt(0.2F * 0.2F - 0.15F * 0.15F), 2});  // through the open one to the next key
  begin({4.5F, 0.9F, 0, 0, 0, 1});
  expect_ray(8, {4.5F, 0});  // back through it
  begin({2.5F, 0.5F, 0, 0, 0, 0});
  expect_ray(12, {1.55F - 0.2F, 2});  // the key
  begin({2.5F, 0.5F, 0, 0, 1, 0});
  expect_ray(12, {2, 0});  // taken
  begin({8.4F, -1, 0, 0, 0, 2});
  expect_ray(4, {1.9F - 0.3F, 3});  // the goal
}

TEST_F(KeyRoomsTest, AKeyIsTakenByTouch) {
  begin({2.5F, -0.6F, 0, 0, 0, 0});
  EXPECT_EQ(o[held], 0);
  float down = 7;
  for (int i = 0; i < 10 && o[held] == 0; ++i) world.step({&down, 1}, o);
  EXPECT_EQ(o[held], 1);
  EXPECT_NEAR(o[1], -1.05 + 0.35, 0.08) << "where disc and key touch";
}

TEST_F(KeyRoomsTest, UseIsLegalOnlyWithTheKeyAndWithinReach) {
  begin({2.6F, 0.9F, 0, 0, 0, 0});
  EXPECT_FALSE(may_use()) << "without the key";
  begin({2.45F, 0.9F, 0, 0, 1, 0});
  EXPECT_FALSE(may_use()) << "out of reach";
  begin({2.6F, 0.9F, 0, 0, 1, 0});
  EXPECT_TRUE(may_use());
  act(use);
  EXPECT_EQ(o[open], 1);
  EXPECT_EQ(o[held], 0) << "the key is used up";
  EXPECT_FALSE(may_use());
}

TEST_F(KeyRoomsTest, AnIllegalUseDoesNothing) {
  KeyRooms twin;
  std::vector<float> other = o;
  const std::vector<float> state{2.4F, 0.3F, 1, 2, 1, 0};
  begin(state);
  twin.reset(Start{.state = state}, other);
  act(use);
  twin.step({&none, 1}, other);
  EXPECT_EQ(o, other);
}

TEST_F(KeyRoomsTest, ADoorIsAWallUntilItIsOpened) {
  begin({2.6F, 0.9F, 0, 0, 1, 0});
  act(right, 30);
  EXPECT_NEAR(o[0], 3 - 0.15, 0.02);
  act(use);
  act(right, 30);
  EXPECT_GT(o[0], 4);
  begin({2.6F, 0, 0, 0, 1, 0});  // beside the door
  act(right, 30);
  EXPECT_NEAR(o[0], 3 - 0.15, 0.02);
}

TEST_F(KeyRoomsTest, TheGoalEndsTheEpisode) {
  begin({8.4F, 0.3F, 0, 0, 0, 2});
  Step step;
  for (int i = 0; i < 20 && !step.terminated; ++i) step = act(up);
  EXPECT_TRUE(step.terminated);
  EXPECT_TRUE(step.success);
  EXPECT_EQ(step.reward, 1);
}

TEST(KeyRooms, AFixedLayoutStaysAndADrawnOneDoesNot) {
  KeyRooms drawn({.rooms = 4, .layout = RoomLayout::drawn});
  std::vector<float> o(6 + 64);
  std::vector<float> last;
  for (std::uint32_t episode = 0; episode < 300; ++episode) {
    drawn.reset(Random(3, Stream::environment, 0, episode), o);
    const std::vector<float> state = drawn.state();
    const std::vector<float> layout(state.begin() + 6, state.end());
    ASSERT_EQ(layout.size(), 3U * 3 + 2);
    EXPECT_NE(layout, last);
    last = layout;
    for (std::size_t i = 0; i < 3; ++i) {
      const float left = 3 * static_cast<float>(i), x = layout[3 * i], y = layout[3 * i + 1], door = layout[3 * i + 2];
      ASSERT_TRUE(x > left + 0.34F && x < left + 2.66F && std::abs(y) < 1.16F) << "a key within its room";
      ASSERT_LE(std::abs(door), 1.1F);
      if (i > 0) {
        ASSERT_GE(std::hypot(x - left, y - layout[3 * i - 1]), 0.999F) << "not in the way in";
      }
    }
    ASSERT_GE(std::hypot(layout[9] - 9, layout[10] - layout[8]), 0.999F);
    ASSERT_GE(std::hypot(o[0] - layout[0], o[1] - layout[1]), 0.999F) << "the start away from the first key";
  }
  EXPECT_EQ(KeyRooms().spec().state.size(), 6U);
}

TEST(KeyRooms, DifficultySetsHowManyDoorsAreAhead) {
  KeyRooms world({.rooms = 5});
  std::vector<float> o(6 + 64);
  const std::pair<double, int> ahead[] = {{0.0, 0}, {0.25, 1}, {0.3, 2}, {0.5, 2}, {1.0, 4}};
  for (const auto& [difficulty, doors] : ahead)
    for (std::uint32_t episode = 0; episode < 50; ++episode) {
      world.reset({.random = Random(4, Stream::environment, 0, episode), .difficulty = difficulty}, o);
      const auto passed = static_cast<float>(4 - doors);
      ASSERT_EQ(o[open], passed);
      ASSERT_TRUE(o[0] > 3 * passed && o[0] < 3 * passed + 3) << "it starts before the first closed door";
      ASSERT_GE(std::hypot(o[0] - 14.4F, o[1] - 0.9F), 0.99F) << "no episode starts at the goal";
    }
}

// Progress telescopes: start to key, door, key, door, goal, in straight lines, over 4 m a room.
TEST(KeyRooms, DenseRewardAddsUpToTheWay) {
  KeyRooms world({.reward = Reward::dense});
  std::vector<float> o(6 + 64);
  for (std::uint32_t episode = 0; episode < 5; ++episode) {
    world.reset(Random(5, Stream::environment, 0, episode), o);
    const auto leg = [](double x, double y, double to_x, double to_y) { return std::hypot(to_x - x, to_y - y); };
    const double way = leg(o[0], o[1], 2.5, -1.05) + leg(2.5, -1.05, 3, 0.9) + leg(3, 0.9, 5.5, 1.05) +
                       leg(5.5, 1.05, 6, -0.9) + leg(6, -0.9, 8.4, 0.9);
    double sum = 0;
    float action = 0;
    Step step;
    while (!step.terminated && !step.truncated) {
      world.pilot(o, {&action, 1});
      step = world.step({&action, 1}, o);
      sum += step.reward;
    }
    ASSERT_TRUE(step.success);
    // Taking a key or opening a door from beside it skips its last bit, which counts as progress.
    EXPECT_NEAR(sum, 1 + (way - leg(o[0], o[1], 8.4, 0.9)) / 12, 1e-3);
  }
}

TEST(KeyRooms, GoesOnFromAStateAsItWouldHave) {
  for (const RoomLayout layout : {RoomLayout::fixed, RoomLayout::drawn}) {
    KeyRooms visitor({.layout = layout}), world({.layout = layout});
    std::vector<float> o(6 + 64), seen = o;
    float action = 0;
    visitor.reset(Random(6, Stream::environment), o);
    while (o[open] < 1) {
      visitor.pilot(o, {&action, 1});
      ASSERT_FALSE(visitor.step({&action, 1}, o).truncated);
    }
    world.reset(Start{.state = visitor.state()}, seen);
    EXPECT_EQ(seen, o);
    Step step;
    for (int i = 0; i < 30; ++i) {
      visitor.pilot(o, {&action, 1});
      visitor.step({&action, 1}, o);
      world.step({&action, 1}, seen);
      for (std::size_t k = 0; k < 6; ++k) ASSERT_NEAR(seen[k], o[k], 1e-3) << i;
    }
  }
}

TEST(KeyRooms, RefusesStatesThatCannotBe) {
  KeyRooms world;
  std::vector<float> o(6 + 64);
  for (const std::vector<float>& bad : {std::vector<float>{1, 0, 0, 0, 0.5F, 0},
                                        {1, 0, 0, 0, 0, 0.5F},
                                        {1, 0, 0, 0, 1, 2},
                                        {4, 0, 0, 0, 0, 0},
                                        {8.4F, 0.8F, 0, 0, 0, 2}})
    EXPECT_THROW(world.reset(Start{.state = bad}, o), std::invalid_argument);
}

TEST(KeyRooms, ThePilotArrivesAndChanceDoesNot) {
  for (const int rooms : {3, 6})
    for (const RoomLayout layout : {RoomLayout::fixed, RoomLayout::drawn})
      for (const bool continuous : {false, true}) {
        KeyRooms world({.rooms = rooms, .layout = layout, .continuous = continuous});
        EXPECT_GE(checks::score(world, 40, true).success, 0.95) << rooms << to_string(layout) << continuous;
      }
  checks::seldom_by_chance([] { return std::make_unique<KeyRooms>(); });
}

TEST(KeyRooms, IsAProperWorld) {
  for (const RoomLayout layout : {RoomLayout::fixed, RoomLayout::drawn})
    for (const bool continuous : {false, true})
      checks::all(
          [=] { return std::make_unique<KeyRooms>(KeyRoomsOptions{.layout = layout, .continuous = continuous}); });
  checks::all([] { return std::make_unique<KeyRooms>(KeyRoomsOptions{.rooms = 2, .reward = Reward::dense}); });
  EXPECT_TRUE(KeyRooms().spec().masks);
  EXPECT_FALSE(KeyRooms({.continuous = true}).spec().masks);
}

TEST(KeyRooms, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<KeyRooms, KeyRoomsOptions>()), 0);
}

}  // namespace
}  // namespace cairn::envs
