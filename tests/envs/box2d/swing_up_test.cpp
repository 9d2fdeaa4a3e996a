#include "envs/box2d/swing_up.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "../recording_canvas.h"
#include "../world_checks.h"

namespace cairn::envs {
namespace {

constexpr double gravity = 9.81, cart = 1.0, pole = 0.1, half = 0.5;
constexpr float none = 1;  // the discrete action

using Observation = std::array<float, 5>;

double angle(const Observation& o) {
  return std::atan2(static_cast<double>(o[3]), static_cast<double>(o[2]));
}

/// Kinetic and potential energy of cart and rod, J.
double energy(const Observation& o) {
  const double v = o[1], theta = angle(o), omega = o[4];
  const double vx = v + half * omega * std::cos(theta), vy = -half * omega * std::sin(theta);
  return 0.5 * cart * v * v + 0.5 * pole * (vx * vx + vy * vy) + 0.5 * pole / 12 * omega * omega +
         pole * gravity * half * std::cos(theta);
}

const EnvironmentFactory discrete = [] { return std::make_unique<SwingUp>(); };
const EnvironmentFactory continuous = [] { return std::make_unique<SwingUp>(SwingUpOptions{.continuous = true}); };

// Small swings of the hanging pole under a free cart: (4/3 l - m l / (M + m)) θ'' = -g θ.
TEST(SwingUp, HangingPoleSwingsWithTheKnownPeriod) {
  SwingUp world;
  Observation o{};
  world.reset(Random(4, Stream::environment), o);
  const auto lean = [&] { return std::remainder(angle(o) - std::numbers::pi, 2 * std::numbers::pi); };
  std::vector<double> crossings;
  double before = lean();
  for (int i = 1; i <= 400; ++i) {
    world.step({&none, 1}, o);
    const double now = lean();
    if (before < 0 && now >= 0) crossings.push_back(0.02 * (i - now / (now - before)));
    before = now;
  }
  ASSERT_GE(crossings.size(), 3U);
  const double period = (crossings.back() - crossings.front()) / static_cast<double>(crossings.size() - 1);
  const double expected = 2 * std::numbers::pi * std::sqrt((4.0 / 3 * half - pole * half / (cart + pole)) / gravity);
  EXPECT_NEAR(period, expected, 0.02 * expected);
}

TEST(SwingUp, FreeMotionKeepsEnergyAndMomentum) {
  SwingUp world({.difficulty = 0.5});  // the pole lies flat at first, and falls
  Observation o{};
  world.reset(Random(5, Stream::environment), o);
  const double start = energy(o);
  double fastest = 0;
  for (int i = 0; i < 100; ++i) {
    world.step({&none, 1}, o);
    fastest = std::max(fastest, static_cast<double>(std::abs(o[4])));
    ASSERT_NEAR(energy(o), start, 0.04) << "step " << i;
    const double momentum = (cart + pole) * o[1] + pole * half * o[4] * std::cos(angle(o));
    ASSERT_NEAR(momentum, 0, 0.01);
  }
  EXPECT_GT(fastest, 4) << "it fell";
}

TEST(SwingUp, APushMovesTheCartByNewtonsLaw) {
  for (const float push : {-1.0F, 0.25F, 1.0F}) {
    SwingUp world({.continuous = true});
    Observation o{}, free{};
    world.reset(Random(6, Stream::environment), o);
    SwingUp other({.continuous = true});
    other.reset(Random(6, Stream::environment), free);
    const float nothing = 0;
    world.step({&push, 1}, o);
    other.step({&nothing, 1}, free);
    // Of hanging pole and cart: a = F / (M + m - 3/4 m cos²θ), as the rod turns about its hinge.
    const double cosine = std::cos(angle(o));
    const double a = 10.0 * static_cast<double>(push) / (cart + pole - 0.75 * pole * cosine * cosine);
    EXPECT_NEAR(o[1] - free[1], 0.02 * a, 0.01 * std::abs(0.02 * a));
  }
}

TEST(SwingUp, TheTrackEndsStopTheCart) {
  SwingUp world;
  Observation o{};
  world.reset(Random(7, Stream::environment), o);
  const float right = 2;
  for (int i = 0; i < 150; ++i) world.step({&right, 1}, o);
  EXPECT_NEAR(o[0], 1.8, 0.02);
  EXPECT_NEAR(o[1], 0, 0.02);
}

TEST(SwingUp, PaysOnlyWhileBalancedAndSucceedsAfterTwoSeconds) {
  SwingUp sparse, dense({.reward = Reward::dense});
  Observation o{}, p{};
  int in_a_row = 0, paid = 0;
  sparse.reset(Random(8, Stream::environment), o);
  dense.reset(Random(8, Stream::environment), p);
  for (int i = 0; i < 500; ++i) {
    std::array<float, 1> action{};
    ASSERT_TRUE(sparse.pilot(o, action));
    const Step step = sparse.step(action, o), other = dense.step(action, p);
    EXPECT_EQ(o, p);
    const bool balanced = o[2] >= 0.95F && std::abs(o[4]) <= 2;
    in_a_row = balanced ? in_a_row + 1 : 0;
    paid += balanced;
    ASSERT_EQ(step.reward, balanced ? 1 : 0) << i;
    ASSERT_EQ(step.success, in_a_row >= 100) << i;
    ASSERT_NEAR(other.reward, 0.5 * (1 + o[2]), 1e-6);
    ASSERT_EQ(step.truncated, i == 499);
    ASSERT_FALSE(step.terminated);
  }
  EXPECT_GT(paid, 200);
}

TEST(SwingUp, DifficultyMovesTheStartTowardsUpright) {
  for (const double difficulty : {0.0, 0.3, 1.0}) {
    SwingUp world({.difficulty = difficulty});
    for (std::uint32_t episode = 0; episode < 20; ++episode) {
      Observation o{};
      world.reset(Random(9, Stream::environment, 0, episode), o);
      EXPECT_NEAR(std::cos(angle(o)), std::cos(difficulty * std::numbers::pi), 0.11);
    }
  }
}

TEST(SwingUp, AStartsDifficultyIsThatOfAWorldWithThisDifficulty) {
  SwingUp easy({.difficulty = 0.1}), world;
  Observation a{}, b{};
  easy.reset(Random(9, Stream::environment), a);
  world.reset({.random = Random(9, Stream::environment), .difficulty = 0.1}, b);
  EXPECT_EQ(a, b);
  Random actions(5, Stream::policy), again(5, Stream::policy);
  const checks::Trace trace = checks::play(easy, actions, 500);
  checks::expect_same(trace, checks::play(world, again, 500));
  EXPECT_GT(std::ranges::count_if(trace.steps, [](const Step& step) { return step.reward > 0; }), 0);
}

TEST(SwingUp, GoesOnFromAStateAsItWouldHave) {
  SwingUp visitor, world;
  Observation o{}, seen{};
  visitor.reset(Random(8, Stream::environment), o);
  std::array<float, 1> action{};
  for (int i = 0; i < 70; ++i) {
    visitor.pilot(o, action);
    visitor.step(action, o);
  }
  world.reset({.random = {}, .state = visitor.state()}, seen);
  EXPECT_EQ(seen, o);
  for (int i = 0; i < 20; ++i) {
    visitor.pilot(o, action);
    visitor.step(action, o);
    world.step(action, seen);
    for (std::size_t k = 0; k < 5; ++k) ASSERT_NEAR(seen[k], o[k], 0.01) << i << " component " << k;
  }
}

TEST(SwingUp, CountsOnTheStepsBalancedOfAState) {
  SwingUp world;
  Observation o{};
  world.reset({.random = {}, .state = {0, 0, 0, 0, 98}}, o);  // upright
  EXPECT_FALSE(world.step({&none, 1}, o).success);
  EXPECT_TRUE(world.step({&none, 1}, o).success);
  EXPECT_THROW(world.reset(Start{.state = {0, 0, 0, 0, 0.5F}}, o), std::invalid_argument);
}

TEST(SwingUp, ThePilotBalancesAndChanceDoesNot) {
  for (const bool is_continuous : {false, true}) {
    SwingUp world({.continuous = is_continuous});
    const auto piloted = checks::score(world, 30, true), random = checks::score(world, 100, false);
    EXPECT_EQ(piloted.success, 1) << is_continuous;
    EXPECT_GT(piloted.mean_return, 300);
    EXPECT_EQ(random.success, 0);
    EXPECT_LT(random.mean_return, 3) << "of 500";
  }
}

TEST(SwingUp, IsAProperWorld) {
  checks::all(discrete);
  checks::all(continuous);
  checks::all([] { return std::make_unique<SwingUp>(SwingUpOptions{.difficulty = 0}); });
}

TEST(SwingUp, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<SwingUp, SwingUpOptions>()), 0);
}

TEST(SwingUp, ItsPictureSaysWhatTheArcIs) {
  SwingUp world;
  std::vector<float> observation(5);
  world.reset(Random(1, Stream::environment), observation);
  RecordingCanvas canvas;
  world.draw(canvas);
  EXPECT_EQ(canvas.words(), "upright");
}

}  // namespace
}  // namespace cairn::envs
