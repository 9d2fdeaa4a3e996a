#include "envs/box2d/docking.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "../world_checks.h"

namespace cairn::envs {
namespace {

constexpr float pi = std::numbers::pi_v<float>, h = 0.05F;  // s, of the solver
constexpr float port = 4, nose = 1.4F;                      // m, from the station's and the capsule's centre

using Observation = std::array<float, 8>;
using Thrust = std::array<float, 3>;

const EnvironmentFactory discrete = [] { return std::make_unique<Docking>(); };
const EnvironmentFactory continuous = [] { return std::make_unique<Docking>(DockingOptions{.continuous = true}); };

/// The capsule with its nose so far ahead of and beside the port, moving straight at the port's face and turned by so
/// much from facing it, before a station that stands still.
std::vector<float> before_port(float ahead, float beside, float closing, float turned) {
  const float heading = pi + turned;
  return {port + ahead - nose * std::cos(heading), beside - nose * std::sin(heading), heading, -closing, 0, 0, 0, 0};
}

/// Drifts from a state for at most `steps` steps.
Step drift(Docking& world, const std::vector<float>& state, int steps = 10, double difficulty = 1) {
  Observation o{};
  world.reset(Start{.difficulty = difficulty, .state = state}, o);
  const Thrust nothing{};
  Step step;
  for (int i = 0; i < steps && !step.terminated; ++i)
    step = world.step({nothing.data(), static_cast<std::size_t>(world.spec().action_size())}, o);
  return step;
}

// Box2D's symplectic Euler steps: v = v0 + a t, x = x0 + v0 t + a t (t + h) / 2.
TEST(Docking, FliesByNewtonsLaw) {
  Docking world({.continuous = true});
  Observation o{};
  for (const Thrust& thrust : {Thrust{1, 0, 0}, Thrust{-0.4F, 0.7F, 0}, Thrust{0, 0, 0.5F}}) {
    world.reset(Start{.state = {20, 1, pi / 2, 0.1F, -0.2F, 0, 0, 0}}, o);
    constexpr int steps = 30;
    for (int i = 0; i < steps; ++i) world.step(thrust, o);
    const std::vector<float> state = world.state();
    constexpr float t = 0.1F * steps, half = t * (t + h) / 2;
    EXPECT_NEAR(state[3], 0.1F - 0.5F * thrust[1] * t, 1e-4);  // its left is the world's negative x
    EXPECT_NEAR(state[4], -0.2F + 0.5F * thrust[0] * t, 1e-4);
    EXPECT_NEAR(state[0], 20 + 0.1F * t - 0.5F * thrust[1] * half, 1e-3);
    EXPECT_NEAR(state[1], 1 - 0.2F * t + 0.5F * thrust[0] * half, 1e-3);
    EXPECT_NEAR(state[5], 0.2F * thrust[2] * t, 1e-4);
    EXPECT_NEAR(state[2], pi / 2 + 0.2F * thrust[2] * half, 1e-3);
  }
}

TEST(Docking, DiscreteActionsPushAlongTheCapsulesAxes) {
  const std::array<Thrust, 7> same{{{}, {1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}}};
  for (std::size_t i = 0; i < same.size(); ++i) {
    Docking by_index, by_thrust({.continuous = true});
    Observation a{}, b{};
    by_index.reset(Random(3, Stream::environment), a);
    by_thrust.reset(Random(3, Stream::environment), b);
    EXPECT_EQ(a, b);
    const auto index = static_cast<float>(i);
    for (int k = 0; k < 5; ++k) {
      by_index.step({&index, 1}, a);
      by_thrust.step(same[i], b);
      EXPECT_EQ(a, b) << i;
    }
  }
}

// What the port sees does not depend on where the station points.
TEST(Docking, SeesTheWorldFromThePort) {
  Docking world;
  Observation straight{}, turned{};
  world.reset(Start{.state = {15, 3, 2.5F, -0.4F, 0.3F, 0.1F, 0, 0.01F}}, straight);
  const float angle = 0.4F, c = std::cos(angle), s = std::sin(angle);
  world.reset(Start{.state = {c * 15 - s * 3, s * 15 + c * 3, 2.5F + angle, -c * 0.4F - s * 0.3F, -s * 0.4F + c * 0.3F,
                              0.1F, angle, 0.01F}},
              turned);
  for (std::size_t i = 0; i < straight.size(); ++i) EXPECT_NEAR(straight[i], turned[i], 2e-5) << i;
  // The nose is at (15, 3) + 1.4 (cos 2.5, sin 2.5), the port at (4, 0).
  EXPECT_NEAR(straight[0], (15 + nose * std::cos(2.5F) - port) / 10, 1e-5);
  EXPECT_NEAR(straight[1], (3 + nose * std::sin(2.5F)) / 10, 1e-5);
  EXPECT_NEAR(std::atan2(straight[5], straight[4]), 2.5F - pi, 1e-5);
  EXPECT_NEAR(straight[6], 0.09F, 1e-6);
  EXPECT_NEAR(straight[7], 0.01F / 0.015F, 1e-6);
}

// The port of a turning station moves; a capsule that stands still slides past it the other way.
TEST(Docking, SpeedIsRelativeToThePort) {
  Docking world;
  Observation o{};
  std::vector<float> state = before_port(5, 0, 0, 0);
  state.back() = 0.015F;
  world.reset(Start{.state = state}, o);
  EXPECT_NEAR(o[2], 0, 1e-6);
  EXPECT_NEAR(o[3], -0.015F * port, 1e-6);
}

TEST(Docking, TakesASlowStraightNoseAlone) {
  Docking world;
  EXPECT_TRUE(drift(world, before_port(0.6F, 0, 0.25F, 0)).success);
  EXPECT_FALSE(drift(world, before_port(0.6F, 0, 0.35F, 0), 30).success) << "too fast";
  EXPECT_FALSE(drift(world, before_port(0.6F, 0, 0.25F, 0.35F)).success) << "askew";
  EXPECT_TRUE(drift(world, before_port(0.6F, 0, 0.25F, -0.25F)).success);
  EXPECT_FALSE(drift(world, before_port(0.51F, 0.37F, 0.25F, 0), 3).success) << "outside the cone";
  EXPECT_TRUE(drift(world, before_port(0.51F, 0.2F, 0.25F, 0)).success);
}

// The gate is 3 m/s at difficulty 0, 0.3 m/s at 1, and the geometric mean between them at 0.5.
TEST(Docking, TheGateNarrowsWithDifficulty) {
  Docking world;
  for (const double difficulty : {0.0, 0.5, 1.0}) {
    const auto gate = static_cast<float>(3 * std::pow(0.1, difficulty));
    EXPECT_TRUE(drift(world, before_port(0.6F, 0, 0.97F * gate, 0), 10, difficulty).success) << difficulty;
    EXPECT_FALSE(drift(world, before_port(0.6F, 0, 1.03F * gate, 0), 10, difficulty).success) << difficulty;
  }
}

TEST(Docking, CrashesAndGettingLostEndTheEpisode) {
  Docking sparse, dense({.reward = Reward::dense});
  const std::vector<float> fast = before_port(0.6F, 0, 2, 0), away = {37.8F, 0, 0, 4, 0, 0, 0, 0},
                           panel = {5, 8, pi, -2, 0, 0, 0, 0};
  for (const std::vector<float>& state : {fast, away, panel}) {
    const Step step = drift(sparse, state, 40);
    EXPECT_TRUE(step.terminated);
    EXPECT_FALSE(step.success);
    EXPECT_EQ(step.reward, 0);
    const Step paid = drift(dense, state, 40);
    EXPECT_TRUE(paid.terminated);
    EXPECT_LT(paid.reward, -0.8F);
  }
}

TEST(Docking, DenseRewardIsWhatItsTermsSay) {
  Docking world({.reward = Reward::dense, .continuous = true});
  Observation o{};
  Random actions(4, Stream::policy);
  world.reset(Random(5, Stream::environment), o);
  for (int i = 0; i < 100; ++i) {
    const double before = 10 * std::hypot(o[0], o[1]);
    const std::vector<float> u = checks::random_action(world, actions);
    const Step step = world.step(u, o);
    const double after = 10 * std::hypot(o[0], o[1]), speed = std::hypot(o[2], o[3]);
    const double thrust = u[0] * u[0] + u[1] * u[1] + u[2] * u[2];
    ASSERT_FALSE(step.terminated);
    ASSERT_NEAR(step.reward,
                0.05 * (before - after) + 0.5 * (std::exp(-after / 2) - std::exp(-before / 2)) -
                    0.005 * std::exp(-after / 3) * speed * speed - 0.002 * thrust - 0.002,
                1e-5);
  }
  const Step slow = drift(world, before_port(0.55F, 0, 0.15F, 0)), fast = drift(world, before_port(0.55F, 0, 0.29F, 0));
  ASSERT_TRUE(slow.success && fast.success);
  EXPECT_NEAR(slow.reward - fast.reward, 0.5 * (0.29 - 0.15) / 0.3, 0.02) << "the slower the better";
}

TEST(Docking, DifficultySetsHowFarAwayAndHowAskewEpisodesStart) {
  Docking world;
  Observation o{};
  for (const double difficulty : {0.0, 0.5, 1.0}) {
    const double share = 0.1 + 0.9 * difficulty;  // of the largest bearing and error of the heading, 0.5 rad each
    double nearest = 100, farthest = 0, bearing = 0;
    for (std::uint32_t episode = 0; episode < 300; ++episode) {
      world.reset({.random = Random(6, Stream::environment, 0, episode), .difficulty = difficulty}, o);
      const double away = 10 * std::hypot(o[0], o[1]);
      nearest = std::min(nearest, away);
      farthest = std::max(farthest, away);
      bearing = std::max(bearing, double{std::abs(std::atan2(o[1], o[0]))});
      ASSERT_LE(std::abs(std::atan2(o[5], o[4])), 2 * 0.5 * share + 0.001);
      ASSERT_LE(std::abs(std::abs(o[7]) - 2.0 / 3), 1.0 / 3 + 1e-4) << "the station turns";
    }
    EXPECT_NEAR(nearest, 1 + 9 * difficulty, 0.4);
    EXPECT_NEAR(farthest, 2 + 28 * difficulty, 0.4);
    EXPECT_NEAR(bearing, 0.5 * share, 0.02);
  }
}

TEST(Docking, RefusesStatesInTheStationAndAtThePort) {
  Docking world;
  Observation o{};
  EXPECT_NO_THROW(world.reset(Start{.state = before_port(0.6F, 0, 0, 0)}, o));
  for (const std::vector<float>& bad : {before_port(0.4F, 0, 0, 0), std::vector<float>{1, 1, 0, 0, 0, 0, 0, 0}})
    EXPECT_THROW(world.reset(Start{.state = bad}, o), std::invalid_argument);
}

TEST(Docking, ThePilotDocksAndChanceDoesNot) {
  for (const bool is_continuous : {false, true}) {
    Docking world({.continuous = is_continuous});
    EXPECT_GE(checks::score(world, 50, true).success, 0.96) << is_continuous;
  }
  checks::seldom_by_chance(discrete);
}

TEST(Docking, IsAProperWorld) {
  checks::all(discrete);
  checks::all(continuous);
  checks::all([] { return std::make_unique<Docking>(DockingOptions{.reward = Reward::dense, .difficulty = 0}); });
}

TEST(Docking, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<Docking, DockingOptions>()), 0);
}

}  // namespace
}  // namespace cairn::envs
