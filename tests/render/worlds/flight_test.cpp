#include "render/worlds/flight.h"

#include <gtest/gtest.h>

#include "agents/training/evaluation.h"
#include "pixels.h"
#include "policies.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

TEST(Flight, IsTheEpisodeThatAnEvaluationFlies) {
  const agents::Policy policy = steady_policy(lander()->spec());
  envs::ThreadPool pool(1);
  const auto evaluation = agents::evaluate(policy, lander, {.episodes = 3, .seed = 5}, pool);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const Flight flight = fly(policy, lander, 5, i);
    EXPECT_EQ(flight.episode_return, evaluation.returns[i]);
    EXPECT_EQ(static_cast<int>(flight.rewards.size()), evaluation.lengths[i]);
    EXPECT_EQ(flight.frames.size(), flight.rewards.size() + 1);
    EXPECT_EQ(flight.success, evaluation.successes[i] != 0);
    EXPECT_TRUE(flight.terminated);
  }
}

TEST(Flight, OfAPilotIsTheEpisodeThatItsEvaluationFlies) {
  envs::ThreadPool pool(1);
  for (const agents::Pilot pilot : agents::pilots) {
    const auto evaluation = agents::evaluate(pilot, lander, {.episodes = 3, .seed = 5}, pool);
    for (std::uint32_t i = 0; i < 3; ++i) {
      const Flight flight = fly(pilot, lander, 5, i);
      EXPECT_EQ(flight.episode_return, evaluation.returns[i]) << agents::to_string(pilot);
      EXPECT_EQ(static_cast<int>(flight.rewards.size()), evaluation.lengths[i]) << agents::to_string(pilot);
    }
  }
}

TEST(Flight, IsDrawnWithItsWayAndItsEnd) {
  const Flight flight = fly(steady_policy(lander()->spec()), lander, 5, 0);
  Picture whole(600, 400), end(600, 400);
  draw_flight(whole, {0, 0, 600, 400}, flight);
  Flight last{.frames = {flight.frames.back()}, .rewards = {}};
  draw_flight(end, {0, 0, 600, 400}, last);
  const Pixels pixels(whole), end_pixels(end);
  EXPECT_GT(pixels.count(ground), 20'000);
  EXPECT_GT(pixels.count(yellow, 10), 100) << "flags";
  EXPECT_LT(pixels.count(sky), end_pixels.count(sky) - 500) << "earlier exposures cover some of the sky";
}

TEST(Flight, OfAWorldWhoseEverythingMovesIsDrawnToo) {
  Picture picture(300, 200);
  draw_flight(picture, {0, 0, 300, 200}, fly(steady_policy(cart_pole()->spec()), cart_pole, 1, 0));
  EXPECT_GT(Pixels(picture).count(vermilion, 10), 50) << "the fallen pole";
}

}  // namespace
}  // namespace cairn::render
