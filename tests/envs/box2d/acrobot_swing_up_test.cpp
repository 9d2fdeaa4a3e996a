#include "envs/box2d/acrobot_swing_up.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "../recording_canvas.h"
#include "../world_checks.h"

namespace cairn::envs {
namespace {

constexpr float none = 1;  // the discrete action

using Observation = std::array<float, 6>;
using Motion = std::array<double, 4>;  // angles from upright, clockwise, and their velocities

const EnvironmentFactory discrete = [] { return make_swing_up({.links = 2}); };
const EnvironmentFactory continuous = [] { return make_swing_up({.links = 2, .continuous = true}); };

/// Two rods of 1 m and 1 kg, damped joints, torque `u` between them; from Lagrange's equations in absolute angles:
///     m11 a1 + m12 a2 = q1 - k sin(d) w2² + 1.5 g sin(t1),  m12 a1 + m22 a2 = q2 + k sin(d) w1² + 0.5 g sin(t2)
/// with d = t1 - t2, k = 1/2, m12 = k cos(d).
Motion slope(const Motion& at, double u) {
  constexpr double g = 9.81, k = 0.5, m11 = 0.25 + 0.0956 + 1, m22 = 0.25 + 0.0953, c = 0.05;
  const auto [t1, t2, w1, w2] = at;
  const double d = t1 - t2, m12 = k * std::cos(d);
  const double at_elbow = u - c * (w2 - w1);
  const double f1 = -c * w1 - at_elbow - k * std::sin(d) * w2 * w2 + 1.5 * g * std::sin(t1);
  const double f2 = at_elbow + k * std::sin(d) * w1 * w1 + 0.5 * g * std::sin(t2);
  const double determinant = m11 * m22 - m12 * m12;
  return {w1, w2, (m22 * f1 - m12 * f2) / determinant, (m11 * f2 - m12 * f1) / determinant};
}

/// One Runge-Kutta step of fourth order, as MuJoCo makes it.
Motion moved(const Motion& at, double u, double dt) {
  const auto plus = [&](const Motion& by, double h) {
    Motion sum = at;
    for (std::size_t i = 0; i < 4; ++i) sum[i] += h * by[i];
    return sum;
  };
  const Motion a = slope(at, u), b = slope(plus(a, dt / 2), u), c = slope(plus(b, dt / 2), u),
               d = slope(plus(c, dt), u);
  Motion next = at;
  for (std::size_t i = 0; i < 4; ++i) next[i] += dt / 6 * (a[i] + 2 * b[i] + 2 * c[i] + d[i]);
  return next;
}

TEST(AcrobotSwingUp, MovesByLagrangesEquations) {
  for (const std::array<float, 2> start : {std::array<float, 2>{2.6F, 3.4F}, {1.2F, 2.0F}, {-3, -1.5F}}) {
    AcrobotSwingUp world({.links = 2, .continuous = true});
    Observation o{};
    world.reset(Start{.state = {start[0], start[1], 0.5F, -0.5F, 0}}, o);
    Motion truth{static_cast<double>(start[0]), static_cast<double>(start[1]), 0.5, -0.5};
    for (int i = 0; i < 100; ++i) {
      const float action = i < 40 ? 1.0F : (i < 70 ? -0.7F : 0.0F);
      world.step({&action, 1}, o);
      truth = moved(truth, 2 * static_cast<double>(action), 0.01);
      const std::vector<float> now = world.state();
      for (std::size_t k = 0; k < 2; ++k) ASSERT_NEAR(now[k], truth[k], 0.05) << "angle " << k << " step " << i;
      for (std::size_t k = 2; k < 4; ++k) ASSERT_NEAR(now[k], truth[k], 0.4) << "velocity " << k << " step " << i;
    }
  }
}

TEST(AcrobotSwingUp, ShowsAnglesFromUprightAndJointVelocities) {
  AcrobotSwingUp world({.links = 2});
  Observation o{};
  world.reset(Start{.state = {0.4F, -1.1F, 2, 3, 0}}, o);
  const Observation expected{std::sin(0.4F), std::sin(-1.1F), std::cos(0.4F), std::cos(-1.1F), 2, 1};
  for (std::size_t i = 0; i < o.size(); ++i) EXPECT_NEAR(o[i], expected[i], 1e-6) << i;
}

TEST(AcrobotSwingUp, PaysWhileTheTipIsInPlaceAndSucceedsAfterTwoSeconds) {
  AcrobotSwingUp world({.links = 2});
  Observation o{};
  world.reset(Start{.state = {0, 0, 0, 0, 198}}, o);  // upright, and balanced to the bit
  const Step first = world.step({&none, 1}, o), second = world.step({&none, 1}, o);
  EXPECT_EQ(first.reward, 1);
  EXPECT_FALSE(first.success);
  EXPECT_TRUE(second.success);
  // Both links lean by 0.15 rad: the tip is 0.3 m away, outside of 0.2 m and inside the easiest 0.5 m.
  for (const double difficulty : {0.0, 1.0}) {
    world.reset(Start{.difficulty = difficulty, .state = {0.15F, 0.15F, 0, 0, 100}}, o);
    EXPECT_EQ(world.step({&none, 1}, o).reward, difficulty == 0 ? 1 : 0);
    EXPECT_EQ(world.state()[4], difficulty == 0 ? 101 : 0);
  }
}

TEST(AcrobotSwingUp, DenseRewardIsTheHeightOfTheTip) {
  AcrobotSwingUp world({.links = 2, .reward = Reward::dense});
  Observation o{};
  world.reset(Random(4, Stream::environment), o);
  for (int i = 0; i < 50; ++i) {
    const Step step = world.step({&none, 1}, o);
    ASSERT_NEAR(step.reward, 0.5 + 0.25 * (o[2] + o[3]), 1e-6);
  }
}

TEST(AcrobotSwingUp, StartsAnywhereButInPlace) {
  for (const double difficulty : {0.0, 0.5, 1.0}) {
    AcrobotSwingUp world({.links = 2, .difficulty = difficulty});
    const double spread = 0.5 + (3.14159265 - 0.5) * difficulty, zone = 0.5 - 0.3 * difficulty;
    double farthest = 0;
    for (std::uint32_t episode = 0; episode < 500; ++episode) {
      Observation o{};
      world.reset(Random(5, Stream::environment, 0, episode), o);
      const std::vector<float> state = world.state();
      ASSERT_LE(std::abs(state[0]), spread + 1e-5);
      ASSERT_LE(std::abs(state[1] - state[0]), spread + 1e-5);
      ASSERT_GT(std::hypot(o[0] + o[1], o[2] + o[3] - 2), zone);
      farthest = std::max(farthest, static_cast<double>(std::abs(state[0])));
    }
    EXPECT_GT(farthest, 0.95 * spread);
  }
}

TEST(AcrobotSwingUp, IsMadeForTwoLinksOnly) {
  EXPECT_EQ(make_swing_up({.links = 1})->spec().observation_size(), 5);
  EXPECT_EQ(make_swing_up({.links = 2})->spec().observation_size(), 6);
  EXPECT_EQ(make_swing_up({.links = 2})->spec().id, "swing_up");
  EXPECT_THROW(AcrobotSwingUp({.links = 1}), std::invalid_argument);
  EXPECT_THROW(SwingUp({.links = 2}), std::invalid_argument);
  EXPECT_THROW(make_swing_up({.links = 3}), std::invalid_argument);
}

TEST(AcrobotSwingUp, ChanceNeverBalances) {
  EXPECT_EQ(checks::score(*discrete(), 100, false).success, 0);
}

TEST(AcrobotSwingUp, IsAProperWorld) {
  checks::all(discrete);
  checks::all(continuous);
  checks::all([] { return make_swing_up({.links = 2, .difficulty = 0}); });
}

TEST(AcrobotSwingUp, RefusesStatesThatCannotBe) {
  AcrobotSwingUp world({.links = 2});
  Observation o{};
  EXPECT_THROW(world.reset(Start{.state = {0, 0, 0, 0, 0.5F}}, o), std::invalid_argument);
}

TEST(AcrobotSwingUp, ItsPictureSaysWhatTheTargetAndTheArcAre) {
  AcrobotSwingUp world({.links = 2});
  std::vector<float> observation(static_cast<std::size_t>(world.spec().observation_size()));
  world.reset(Random(1, Stream::environment), observation);
  const std::vector<float> left{0};
  world.step(left, observation);
  RecordingCanvas canvas;
  world.draw(canvas);
  EXPECT_EQ(canvas.words(), "for the tip, torque");
}

}  // namespace
}  // namespace cairn::envs
