#include "envs/classic/acrobot.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "../recording_canvas.h"
#include "../world_checks.h"

namespace cairn::envs {
namespace {

using State = std::array<double, 4>;

// The two equations of motion as a linear system in the accelerations, solved by Cramer's rule: another route than the
// world's elimination. Links of 1 m and 1 kg, centres at 0.5 m, inertias 1 kg m² about the centres.
State derivative(const State& s, double torque) {
  const auto [t1, t2, w1, w2] = s;
  const double g = 9.8, c = std::cos(t2), k = std::sin(t2);
  const double m11 = 0.25 + (1 + 0.25 + c) + 2, m12 = 0.25 + 0.5 * c + 1, m22 = 0.25 + 1;
  const double gravity2 = 0.5 * g * std::sin(t1 + t2), gravity1 = 1.5 * g * std::sin(t1) + gravity2;
  const double r1 = 0.5 * k * (w2 * w2 + 2 * w1 * w2) - gravity1;
  const double r2 = torque - 0.5 * k * w1 * w1 - gravity2;
  const double determinant = m11 * m22 - m12 * m12;
  return {w1, w2, (m22 * r1 - m12 * r2) / determinant, (m11 * r2 - m12 * r1) / determinant};
}

State runge_kutta(const State& s, double torque, double h) {
  const auto along = [&](const State& k, double step) {
    State moved = s;
    for (std::size_t i = 0; i < 4; ++i) moved[i] += step * k[i];
    return moved;
  };
  const State k1 = derivative(s, torque), k2 = derivative(along(k1, h / 2), torque),
              k3 = derivative(along(k2, h / 2), torque), k4 = derivative(along(k3, h), torque);
  State next = s;
  for (std::size_t i = 0; i < 4; ++i) next[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  return next;
}

double energy(const State& s) {
  const auto [t1, t2, w1, w2] = s;
  const double c = std::cos(t2);
  const double kinetic = 0.5 * (3.5 + c) * w1 * w1 + (1.25 + 0.5 * c) * w1 * w2 + 0.5 * 1.25 * w2 * w2;
  return kinetic - 9.8 * (1.5 * std::cos(t1) + 0.5 * std::cos(t1 + t2));
}

TEST(Acrobot, EveryStepFollowsThePublishedEquations) {
  Acrobot world;
  Random random(1, Stream::policy);
  std::array<float, 6> o{};
  bool arrived = false;
  for (std::uint32_t episode = 0; episode < 5; ++episode) {
    world.reset(Random(1, Stream::environment, 0, episode), o);
    for (;;) {
      const State before{std::atan2(o[1], o[0]), std::atan2(o[3], o[2]), o[4], o[5]};
      float action = static_cast<float>(random.below(3));
      if (random.below(4) > 0) world.pilot(o, {&action, 1});
      const State expected = runge_kutta(before, action - 1, 0.2);
      const Step step = world.step({&action, 1}, o);
      const double pi = std::numbers::pi;
      const std::array<double, 6> seen{std::cos(expected[0]),
                                       std::sin(expected[0]),
                                       std::cos(expected[1]),
                                       std::sin(expected[1]),
                                       std::clamp(expected[2], -4 * pi, 4 * pi),
                                       std::clamp(expected[3], -9 * pi, 9 * pi)};
      for (std::size_t i = 0; i < 6; ++i) ASSERT_NEAR(o[i], seen[i], 2e-5) << i;
      const double tip = -std::cos(expected[0]) - std::cos(expected[0] + expected[1]);
      if (std::abs(tip - 1) > 1e-4) {
        ASSERT_EQ(step.terminated, tip > 1);
      }
      ASSERT_EQ(step.reward, step.terminated ? 0.0F : -1.0F);
      arrived = arrived || step.terminated;
      if (step.terminated || step.truncated) break;
    }
  }
  EXPECT_TRUE(arrived);
}

TEST(Acrobot, TheEquationsKeepTheEnergyWithoutTorque) {
  State s{1.0, -0.5, 0.3, 0.7};
  const double before = energy(s);
  for (int i = 0; i < 2000; ++i) s = runge_kutta(s, 0, 0.005);
  EXPECT_NEAR(energy(s), before, 1e-5);
}

TEST(Acrobot, StartsHangingAndThePilotLiftsTheTip) {
  Acrobot world;
  std::array<float, 6> o{};
  world.reset(Random(2, Stream::environment), o);
  EXPECT_GT(o[0], std::cos(0.1F));
  EXPECT_GT(o[2], std::cos(0.1F));
  const checks::Score pilot = checks::score(world, 50, true);
  EXPECT_EQ(pilot.success, 1);
  EXPECT_GT(pilot.mean_return, -100);
  EXPECT_LT(checks::score(world, 50, false).success, 0.3);
}

TEST(Acrobot, NoiseIsDrawnFromTheEpisode) {
  Acrobot noisy({.torque_noise = 0.5}), plain;
  std::array<float, 6> o{}, p{};
  noisy.reset(Random(3, Stream::environment), o);
  plain.reset(Random(3, Stream::environment), p);
  EXPECT_EQ(o, p);
  const float action = 1;
  noisy.step({&action, 1}, o);
  plain.step({&action, 1}, p);
  EXPECT_NE(o, p);
  checks::deterministic([] { return std::make_unique<Acrobot>(AcrobotOptions{.torque_noise = 0.5}); });
}

TEST(Acrobot, KeepsEveryWorldsPromises) {
  checks::all([] { return std::make_unique<Acrobot>(); });
}

TEST(Acrobot, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<Acrobot, AcrobotOptions>()), 0);
}

TEST(Acrobot, ItsPictureExplainsItself) {
  const Acrobot world;
  RecordingCanvas canvas;
  world.draw(canvas);
  EXPECT_EQ(canvas.words(), "height to be passed");
}

}  // namespace
}  // namespace cairn::envs
