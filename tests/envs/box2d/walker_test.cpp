#include "envs/box2d/walker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "envs/box2d/walker_terrain.h"
#include "tests/envs/recording_canvas.h"
#include "tests/envs/world_checks.h"

namespace cairn::envs {
namespace {

using Observation = std::array<float, 24>;
using Action = std::array<float, 4>;

const EnvironmentFactory plain = [] { return std::make_unique<Walker>(); };
const EnvironmentFactory hardcore = [] { return std::make_unique<Walker>(WalkerOptions{.hardcore = true}); };

// --- Alignment: recorded episodes of Gymnasium, every random draw replayed
// ---------------------------------------------

nlohmann::json recorded() {
  std::ifstream file(std::string(CAIRN_TEST_DATA) + "/gymnasium/walker_starts.json");
  return nlohmann::json::parse(file).at("episodes");
}

// Only starts are compared: Gymnasium's Box2D 2.3.0 closes the hips, which begin 0.5 m open, otherwise than 2.4.1, so
// that joint speeds differ by up to 1.3 rated ones from the first action on.
TEST(WalkerAlignment, StartsAsRecordedOnTheRecordedGround) {
  int episodes = 0, boxes = 0;
  for (const nlohmann::json& episode : recorded()) {
    Walker walker({.hardcore = episode.at("hardcore")});
    const nlohmann::json& draws = episode.at("draws");
    std::size_t next = 0;
    walker.use_draws([&](double low, double high) {
      const nlohmann::json& draw = draws.at(next++);
      EXPECT_EQ(draw[0], low) << "draw " << next;
      EXPECT_EQ(draw[1], high) << "draw " << next;
      return draw[2].get<double>();
    });
    Observation observation;
    walker.reset(Random(), observation);
    EXPECT_EQ(next, draws.size()) << "every recorded draw is used, and no other";

    const WalkerTerrain& terrain = walker.terrain();
    const nlohmann::json& heights = episode.at("terrain");
    ASSERT_EQ(heights.size(), terrain.height.size());
    for (std::size_t i = 0; i < heights.size(); ++i)
      ASSERT_NEAR(terrain.height[i], heights[i].get<double>(), 1e-6) << "point " << i;
    const auto ours = terrain.boxes();
    const nlohmann::json& theirs = episode.at("boxes");
    ASSERT_EQ(ours.size(), theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i)
      for (const Point corner : ours[i])
        EXPECT_TRUE(std::ranges::any_of(theirs[i],
                                        [&](const nlohmann::json& p) {
                                          return std::abs(p[0].get<double>() - corner.x) < 1e-5 &&
                                                 std::abs(p[1].get<double>() - corner.y) < 1e-5;
                                        }))
            << "box " << i << " has no corner at " << corner.x << ", " << corner.y;
    for (std::size_t i = 0; i < observation.size(); ++i)
      EXPECT_NEAR(observation[i], episode.at("obs0")[i].get<double>(), 2e-6) << walker.spec().observation[i].name;
    ++episodes;
    boxes += static_cast<int>(ours.size());
  }
  EXPECT_EQ(episodes, 6);
  EXPECT_GT(boxes, 60);
}

struct Flights {
  double mean = 0, error = 0, length = 0;
  int fallen = 0, arrived = 0;
};
template <class Pilot>
Flights walk(Environment& walker, int episodes, Pilot&& pilot) {
  Flights flights;
  double sum = 0, squares = 0;
  Observation observation;
  Action action{};
  for (int episode = 0; episode < episodes; ++episode) {
    const auto number = static_cast<std::uint32_t>(episode);
    walker.reset(Random(5, Stream::evaluation, 0, number), observation);
    Random random(5, Stream::evaluation_policy, 0, number);
    double total = 0;
    Step step;
    while (!step.terminated && !step.truncated) {
      pilot(observation, action, random);
      step = walker.step(action, observation);
      total += step.reward;
    }
    flights.fallen += step.terminated && !step.success;
    flights.arrived += step.success;
    flights.length += static_cast<double>(walker.elapsed()) / episodes;
    sum += total;
    squares += total * total;
  }
  flights.mean = sum / episodes;
  flights.error = std::sqrt((squares / episodes - flights.mean * flights.mean) / episodes);
  return flights;
}
void anything(const Observation&, Action& action, Random& random) {
  for (float& throttle : action) throttle = random.uniform(-1, 1);
}

// Mean returns and their standard errors of the same walker re-implemented apart on Box2D 2.4.1, 1,000 episodes each.
// `tests/benchmarks/figures walker` repeats this with 1,000 episodes.
TEST(WalkerAlignment, PilotsScoreAsOnBox2D241) {
  const auto expect = [](const char* name, Flights ours, double mean, double deviation) {
    EXPECT_NEAR(ours.mean, mean, 3 * std::hypot(ours.error, deviation / std::sqrt(1000))) << name << " " << ours.error;
  };
  Walker walker;
  const Flights nothing = walk(walker, 40, [](auto&, auto& a, Random&) { a = {}; });
  expect("nothing", nothing, -92.05, 0.09);
  EXPECT_EQ(nothing.fallen, 40);
  const Flights heuristic = walk(walker, 50, [&](auto& o, auto& a, Random&) { walker.pilot(o, a); });
  expect("heuristic", heuristic, 112.0, 125);
  EXPECT_GT(heuristic.arrived, 0);
  EXPECT_GT(heuristic.fallen, 25);
  Observation o{};
  Action action{1, 1, 1, 1};
  walker.reset(Random(), o);
  ASSERT_TRUE(walker.pilot(o, action));
  EXPECT_EQ(action, Action{}) << "its first action is none, as published";
}

// Random play: as above, and never to the end, so that the upper end of Wilson's 95 % interval is
// 1.96²/(n + 1.96²) = 1.5 %.
TEST(WalkerAlignment, RandomPlayFallsAsOnBox2D241AndNeverArrives) {
  Walker walker;
  const int episodes = 253;
  const Flights random = walk(walker, episodes, anything);
  EXPECT_NEAR(random.mean, -101.2, 3 * std::hypot(random.error, 14 / std::sqrt(1000)));
  const double falls = static_cast<double>(random.fallen) / episodes;
  EXPECT_NEAR(falls, 0.70, 3 * std::sqrt(0.7 * 0.3 * (1.0 / episodes + 1.0 / 1000)));
  EXPECT_NEAR(random.length, 545, 3 * 700 * std::sqrt(1.0 / episodes + 1.0 / 1000));
  EXPECT_EQ(random.arrived, 0);
}

// --- Correctness
// --------------------------------------------------------------------------------------------------------

float hull_x(const Walker& walker) {
  return walker.state()[0];
}

TEST(Walker, DenseRewardIsProgressLessLeaningAndTorque) {
  Walker walker;
  Observation o;
  Action action;
  walker.reset(Random(1, Stream::environment), o);
  for (;;) {
    const double x = hull_x(walker), lean = std::abs(o[0]);
    walker.pilot(o, action);
    if (walker.elapsed() > 60) action = {1, 1, 1, 1};  // until here it walks, from here on it falls
    const Step step = walker.step(action, o);
    if (step.terminated || step.truncated) {
      EXPECT_TRUE(step.terminated);
      EXPECT_EQ(step.reward, -100.0F) << "a fall";
      break;
    }
    double price = 0;
    for (const float throttle : action) price += 0.028 * std::abs(throttle);
    EXPECT_NEAR(step.reward, 130.0 / 30 * (hull_x(walker) - x) - 5 * (std::abs(o[0]) - lean) - price, 1e-4);
  }
  EXPECT_GT(walker.elapsed(), 61);
}

TEST(Walker, SparseRewardPaysEachMilestoneOnceAndTheEndSucceeds) {
  Walker dense({.hardcore = true, .difficulty = 0.2}),
      sparse({.reward = Reward::sparse, .hardcore = true, .difficulty = 0.2, .milestones = 4});
  Observation a, b;
  Action action;
  int arrivals = 0, falls = 0, partly = 0;
  for (std::uint32_t episode = 0; episode < 20; ++episode) {
    dense.reset(Random(3, Stream::environment, 0, episode), a);
    sparse.reset(Random(3, Stream::environment, 0, episode), b);
    ASSERT_EQ(a, b);
    const double start = 14.0 / 3, end = sparse.state()[33];  // m, of the hull as published
    EXPECT_NEAR(end, start + 0.28 * 84, 1e-3);
    double total = 0, farthest = 0;
    Step x, y;
    while (!x.terminated && !x.truncated) {
      dense.pilot(a, action);
      x = dense.step(action, a);
      y = sparse.step(action, b);
      ASSERT_EQ(a, b);
      ASSERT_EQ(x.terminated, y.terminated);
      ASSERT_EQ(x.success, y.success);
      total += y.reward;
      if (!y.terminated) farthest = std::max(farthest, (hull_x(sparse) - start) / (end - start));
    }
    if (y.success) {
      EXPECT_EQ(total, 1.0);
      EXPECT_GT(hull_x(sparse), end);
      EXPECT_NE(x.reward, -100.0F);
    } else {
      EXPECT_EQ(total, std::floor(4 * farthest) / 4);
      EXPECT_LT(total, 1);
      partly += total > 0;
    }
    arrivals += y.success;
    falls += y.terminated && !y.success;
  }
  EXPECT_GT(arrivals, 0);
  EXPECT_GT(falls, 0);
  EXPECT_GT(partly, 0) << "a walk that ended between milestones";
}

TEST(Walker, LowerDifficultyBringsTheEndNearerAndFlattensTheGround) {
  Observation o;
  const auto roughness = [&](double difficulty, bool obstacles) {
    Walker walker({.hardcore = obstacles, .difficulty = difficulty});
    double sum = 0;
    for (std::uint32_t episode = 0; episode < 5; ++episode) {
      walker.reset(Random(6, Stream::environment, 0, episode), o);
      const auto& height = walker.terrain().height;
      for (std::size_t i = 1; i < height.size(); ++i) sum += std::abs(height[i] - height[i - 1]);
    }
    return sum;
  };
  EXPECT_NEAR(roughness(0, false), 0, 1e-3);
  EXPECT_NEAR(roughness(0, true), 0, 1e-3) << "no obstacle is left";
  EXPECT_LT(roughness(0.5, false), roughness(1, false));
  EXPECT_LT(roughness(0.5, true), roughness(1, true));
  Walker near({.difficulty = 0}), far;
  near.reset(Random(), o);
  far.reset(Random(), o);
  EXPECT_NEAR(near.state()[33], 4.667 + 8.4, 1e-3);
  EXPECT_NEAR(far.state()[33], 88.667, 1e-3);
}

TEST(Walker, BeamsMeasureTheWayToTheGround) {
  Walker walker({.difficulty = 0});
  Observation o;
  walker.reset(Random(7, Stream::environment), o);
  const double above = walker.state()[1] - WalkerTerrain::level;
  for (std::size_t beam = 0; beam < 10; ++beam)
    EXPECT_NEAR(o[14 + beam], std::min(1.0, above / std::cos(0.15 * static_cast<double>(beam)) / (160.0 / 30)), 1e-5);
}

TEST(Walker, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<Walker, WalkerOptions>()), 0);
}

// --- Determinism, starts and drawing
// ------------------------------------------------------------------------------------

TEST(Walker, KeepsEveryWorldsPromises) {
  for (const EnvironmentFactory& factory : {plain, hardcore}) checks::all(factory);
}

TEST(Walker, KeepsEveryWorldsPromisesWhereItPaysForMilestones) {
  const EnvironmentFactory sparse = [] {
    return std::make_unique<Walker>(WalkerOptions{.reward = Reward::sparse, .hardcore = true, .difficulty = 0.4});
  };
  checks::all(sparse);
}

TEST(Walker, AStateKeepsTheTrackItsEndAndWhatIsPassed) {
  Walker visitor({.reward = Reward::sparse, .hardcore = true, .difficulty = 0.2}), walker({.hardcore = true});
  Observation o, seen;
  Action action;
  for (std::uint32_t episode = 0;; ++episode) {
    ASSERT_LT(episode, 20U) << "one walk must pass a milestone";
    visitor.reset(Random(9, Stream::environment, 0, episode), o);
    Step step;
    while (!step.terminated && step.reward == 0) {
      visitor.pilot(o, action);
      step = visitor.step(action, o);
    }
    if (!step.terminated) break;
  }
  EXPECT_EQ(visitor.state()[32], 1);
  walker.reset({.random = Random(3, Stream::environment), .state = visitor.state()}, seen);
  EXPECT_EQ(seen, o);
  EXPECT_EQ(walker.state(), visitor.state());
  EXPECT_EQ(walker.terrain().obstacle, visitor.terrain().obstacle);
}

TEST(Walker, AWalkBegunInAStateStaysNearTheOneThatWasThere) {
  Walker visitor, walker;
  Observation o, seen;
  Action action;
  visitor.reset(Random(9, Stream::environment), o);
  for (int i = 0; i < 40; ++i) {
    visitor.pilot(o, action);
    visitor.step(action, o);
  }
  walker.reset({.random = Random(3, Stream::environment), .state = visitor.state()}, seen);
  for (int i = 0; i < 5; ++i) {
    visitor.step(action, o);
    walker.step(action, seen);
    for (const std::size_t k : {0U, 2U, 3U, 4U, 6U, 9U, 11U}) ASSERT_NEAR(seen[k], o[k], 0.05) << i << " at " << k;
  }
}

TEST(Walker, RefusesStatesThatMakeNoSense) {
  Walker visitor({.hardcore = true}), walker({.hardcore = true});
  Observation o;
  visitor.reset(Random(9, Stream::environment, 1, 2), o);
  const auto refuses = [&](std::size_t component, float value, const char* what) {
    Start start{.state = visitor.state()};
    start.state[component] = value;
    EXPECT_THAT([&] { walker.reset(start, o); },
                testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr(what)));
  };
  refuses(0, 89, "'hull x'");
  refuses(7, 100, "leg of a state lies more than 3 m away");
  refuses(30, 0.5F, "0 or 1");
  refuses(32, 0.5F, "whole numbers");
  refuses(32, 10, "'milestones passed'");
  refuses(300, 0.5F, "whole numbers");
  refuses(300, 9, "'obstacle 66'");
  Start buried{.state = visitor.state()};
  for (std::size_t body = 0; body < 5; ++body) buried.state[6 * body + 1] -= 3;
  EXPECT_THAT([&] { walker.reset(buried, o); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("under the ground")));
  Start late{.state = visitor.state()};
  late.state[33] = 20;
  for (std::size_t body = 0; body < 5; ++body) late.state[6 * body] += 20;
  EXPECT_THAT([&] { walker.reset(late, o); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("beyond the end")));
}

TEST(Walker, TheGroundReachesBothSidesOfThePictureFromTheBeginning) {
  Walker world;
  Observation observation;
  world.reset(Random(1, Stream::environment), observation);
  RecordingCanvas canvas;
  world.draw(canvas);
  const auto [left, right] = std::ranges::minmax(canvas.ground(), {}, &Point::x);
  EXPECT_EQ(left.x, canvas.low().x);
  EXPECT_EQ(right.x, canvas.high().x);
}

TEST(Walker, DrawsObstaclesFlagsAndBeamsInsideItsViewAllTheWay) {
  for (const bool obstacles : {false, true}) {
    Walker walker({.reward = Reward::sparse, .hardcore = obstacles});
    Observation o;
    walker.reset(Random(4, Stream::environment), o);
    for (const float x : {0.1F, 12.0F, 40.0F, 75.0F, 88.6F}) {  // put down along the track
      Start start{.random = Random(4, Stream::environment), .state = walker.state()};
      const float lift = walker.terrain().height_at(x) + 3 - start.state[1], away = x - start.state[0];
      for (std::size_t body = 0; body < 5; ++body) {
        start.state[6 * body] += away;
        start.state[6 * body + 1] += lift;
      }
      walker.reset(start, o);
      checks::RecordingCanvas canvas;
      walker.draw(canvas);
      EXPECT_TRUE(canvas.finite);
      EXPECT_GE(canvas.low.x, canvas.view_low.x) << x;
      EXPECT_GE(canvas.low.y, canvas.view_low.y) << x;
      EXPECT_LE(canvas.high.x, canvas.view_high.x) << x;
      EXPECT_LE(canvas.high.y, canvas.view_high.y) << x;
    }
  }
}

}  // namespace
}  // namespace cairn::envs
