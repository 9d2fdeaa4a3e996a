#include "envs/box2d/car_track.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "envs/box2d/car_track_road.h"
#include "tests/envs/world_checks.h"

namespace cairn::envs {
namespace {

using Observation = std::array<float, 32>;
using Action = std::array<float, 3>;

constexpr std::size_t omega_at = 30, on_road_at = 35, asked_at = 40, paid_at = 41, draws_at = 42, touched_at = 66;

const EnvironmentFactory continuous = [] { return std::make_unique<CarTrack>(); };
const EnvironmentFactory discrete = [] { return std::make_unique<CarTrack>(CarTrackOptions{.continuous = false}); };

// --- Alignment: recorded episodes of Gymnasium, every random draw replayed
// ---------------------------------------------

const nlohmann::json& recorded() {
  static const nlohmann::json file = [] {
    std::ifstream stream(std::string(CAIRN_TEST_DATA) + "/gymnasium/car_drives.json");
    return nlohmann::json::parse(stream);
  }();
  return file;
}

const nlohmann::json& track_of(int seed) {
  for (const nlohmann::json& track : recorded().at("tracks"))
    if (track.at("seed") == seed) return track;
  throw std::out_of_range("no such track");
}

/// Starts an episode with the recorded draws of all attempts at a road.
void replay(CarTrack& car, const nlohmann::json& track, std::span<float> observation) {
  std::vector<double> draws;
  for (const nlohmann::json& attempt : track.at("attempts"))
    for (const double draw : attempt) draws.push_back(draw);
  std::size_t next = 0;
  car.use_draws([&](double low, double high) {
    const double draw = draws.at(next++);
    EXPECT_GE(draw, low);
    EXPECT_LT(draw, high);
    return draw;
  });
  car.reset(Random(), observation);
  EXPECT_EQ(next, draws.size()) << "every recorded draw is used, and no other";
}

TEST(CarTrackAlignment, BuildsTheRecordedRoads) {
  int roads = 0;
  for (const nlohmann::json& track : recorded().at("tracks")) {
    CarTrack car;
    Observation observation;
    replay(car, track, observation);
    const Road& road = car.road();
    const nlohmann::json& places = track.at("places");
    ASSERT_EQ(road.tiles(), places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      ASSERT_NEAR(road.places[i].heading, places[i][0].get<double>(), 6e-6) << i;
      ASSERT_NEAR(road.places[i].x, places[i][1].get<double>(), 6e-4) << i;
      ASSERT_NEAR(road.places[i].y, places[i][2].get<double>(), 6e-4) << i;
    }
    const auto tile = road.tile(5);
    for (std::size_t corner = 0; corner < 4; ++corner) {
      EXPECT_NEAR(tile[corner].x, track.at("tile")[2 * corner].get<double>(), 6e-4);
      EXPECT_NEAR(tile[corner].y, track.at("tile")[2 * corner + 1].get<double>(), 6e-4);
    }
    const std::vector<int> sides = road.kerbs();
    std::vector<int> kerbs;
    for (int i = 0; i < static_cast<int>(sides.size()); ++i)
      if (sides[static_cast<std::size_t>(i)] != 0) kerbs.push_back(i);
    EXPECT_EQ(kerbs, track.at("kerbs").get<std::vector<int>>());
    ++roads;
  }
  EXPECT_EQ(roads, 3);
}

// Up to the step in which the steering reaches its limit: there Gymnasium's Box2D 2.3.0 overshoots for a step, 2.4.1
// stops, and drives part.
TEST(CarTrackAlignment, DrivesAsRecordedUntilTheSteeringReachesItsLimit) {
  // Largest differences of Box2D 2.4.1 from Gymnasium's 2.3.0: m, rad, m/s, rad/s.
  constexpr double place = 3e-5, angle = 1.3e-6, velocity = 6e-5, omega = 3e-5, slack = 1.1;
  int steps = 0;
  for (const nlohmann::json& episode : recorded().at("episodes")) {
    const std::string where = episode.at("name").get<std::string>() + " on road " + episode.at("seed").dump();
    CarTrack car({.continuous = episode.at("continuous")});
    Observation observation;
    replay(car, track_of(episode.at("seed")), observation);
    const auto compare = [&](const nlohmann::json& hull, std::size_t from) {
      const std::vector<float> state = car.state();
      const std::array<double, 6> most{place, place, angle, velocity, velocity, velocity};
      for (std::size_t i = 0; i < 6; ++i)
        ASSERT_NEAR(state[i], hull[from + i].get<double>(), slack * most[i]) << where << ", component " << i;
    };
    compare(episode.at("reset"), 0);
    const nlohmann::json& actions = episode.at("actions");
    auto row = episode.at("steps").begin();
    for (std::size_t i = 0; i < actions.size(); ++i) {
      const std::vector<float> action =
          actions[i].is_array() ? actions[i].get<std::vector<float>>() : std::vector<float>{actions[i].get<float>()};
      const Step step = car.step(action, observation);
      ASSERT_FALSE(step.terminated);
      if (row == episode.at("steps").end() || (*row)[0] != i) continue;
      compare(*row, 1);
      const std::vector<float> state = car.state();
      for (std::size_t wheel = 0; wheel < 4; ++wheel)
        ASSERT_NEAR(state[omega_at + wheel], (*row)[7 + wheel].get<double>(), slack * omega) << where << ", step " << i;
      ASSERT_NEAR(0.4 * observation[3], (*row)[11].get<double>(), 5e-6) << where << ", step " << i;
      ASSERT_NEAR(step.reward, (*row)[12].get<double>(), 1e-6) << where << ", step " << i;
      ASSERT_EQ(car.tiles_touched(), (*row)[13].get<int>()) << where << ", step " << i;
      ++row;
      ++steps;
    }
    EXPECT_EQ(row, episode.at("steps").end());
  }
  EXPECT_GT(steps, 200);
}

struct Drives {
  double mean = 0, error = 0, length = 0, out = 0, laps = 0;
};
template <class Pilot>
Drives drive(CarTrack& car, int episodes, Pilot&& pilot) {
  Drives drives;
  double sum = 0, squares = 0;
  Observation observation;
  Action action{};
  const auto size = static_cast<std::size_t>(car.spec().action_size());
  for (int episode = 0; episode < episodes; ++episode) {
    const auto number = static_cast<std::uint32_t>(episode);
    car.reset(Random(5, Stream::evaluation, 0, number), observation);
    Random random(5, Stream::evaluation_policy, 0, number);
    double total = 0;
    Step step;
    while (!step.terminated && !step.truncated) {
      pilot(observation, action, random);
      step = car.step({action.data(), size}, observation);
      total += step.reward;
    }
    drives.out += static_cast<double>(step.terminated && !step.success) / episodes;
    drives.laps += static_cast<double>(step.success) / episodes;
    drives.length += static_cast<double>(car.elapsed()) / episodes;
    sum += total;
    squares += total * total;
  }
  drives.mean = sum / episodes;
  drives.error = std::sqrt((squares / episodes - drives.mean * drives.mean) / episodes);
  return drives;
}

void expect_as_in_gymnasium(const char* name, const Drives& ours, double mean, double deviation) {
  EXPECT_NEAR(ours.mean, mean, 3 * std::hypot(ours.error, deviation / std::sqrt(50))) << name << " +- " << ours.error;
}

// Gymnasium's mean returns and their deviations over 50 episodes of pilots that look at nothing.
TEST(CarTrackAlignment, BlindPilotsScoreAsInGymnasium) {
  CarTrack car, five({.continuous = false});
  expect_as_in_gymnasium("nothing", drive(car, 20, [](auto&, auto& a, Random&) { a = {}; }), -93.3, 0.5);
  const Drives full = drive(car, 25, [](auto&, auto& a, Random&) { a = {0, 1, 0}; });
  expect_as_in_gymnasium("full gas", full, -21, 23);
  EXPECT_NEAR(full.out, 0.20, 3 * std::sqrt(0.2 * 0.8 * (1 / 25.0 + 1 / 50.0)));
  const Drives gas = drive(five, 40, [](auto&, auto& a, Random&) { a[0] = 3; });
  expect_as_in_gymnasium("gas, discrete", gas, -50, 38);
  EXPECT_NEAR(gas.out, 1, 1e-9);
  EXPECT_NEAR(gas.length, 334, 30);
}

TEST(CarTrackAlignment, RandomPlayScoresAsInGymnasiumAndDrivesNoLap) {
  CarTrack car, five({.continuous = false});
  const Drives anything = drive(car, 15, [](auto&, auto& a, Random& random) {
    a = {random.uniform(-1, 1), random.uniform(0, 1), random.uniform(0, 1)};
  });
  expect_as_in_gymnasium("uniform", anything, -34, 5);
  const Drives any =
      drive(five, 15, [](auto&, auto& a, Random& random) { a[0] = static_cast<float>(random.below(5)); });
  expect_as_in_gymnasium("uniform, discrete", any, -57, 4);
  EXPECT_EQ(anything.laps + any.laps, 0);
}

// A waypoint pilot in Gymnasium, 50 episodes: 919.0 +- 7.3, all of them laps, and 898.8 +- 28.9, 82 % laps.
TEST(CarTrackAlignment, ThePilotDrivesLapsAsFastAsOneInGymnasium) {
  CarTrack car, five({.continuous = false});
  const Drives by_throttle = drive(car, 20, [&](auto& o, auto& a, Random&) { car.pilot(o, a); });
  expect_as_in_gymnasium("pilot", by_throttle, 919.0, 7.3);
  EXPECT_GE(by_throttle.laps, 0.9);
  const Drives by_five = drive(five, 20, [&](auto& o, auto& a, Random&) { five.pilot(o, a); });
  expect_as_in_gymnasium("pilot, discrete", by_five, 898.8, 28.9);
  EXPECT_GT(by_five.laps, 0.5);
}

// --- Correctness
// --------------------------------------------------------------------------------------------------------

TEST(CarTrack, GasBrakeAndSteeringDoWhatTheySay) {
  CarTrack car;
  Observation o;
  car.reset(Random(1, Stream::environment), o);
  const auto play = [&](Action action, int steps) {
    for (int i = 0; i < steps; ++i) car.step(action, o);
  };
  play({0, 0.1F, 0}, 60);
  const float fast = 50 * o[0];
  EXPECT_GT(fast, 10) << "m/s";
  EXPECT_NEAR(o[1], 0, 0.02) << "straight on";
  play({1, 0, 0}, 15);
  EXPECT_LT(o[2], -0.1F) << "steering to the right turns clockwise";
  EXPECT_NEAR(o[3], -1, 0.01) << "the steering is at its limit";
  play({0, 0, 1}, 40);
  EXPECT_LT(50 * o[0], 0.2F * fast) << "m/s, wheels locked";
  for (std::size_t wheel = 4; wheel < 8; ++wheel) EXPECT_LT(std::abs(o[wheel]), 0.05F);
}

TEST(CarTrack, WheelsGripLessOnGrass) {
  CarTrack car;
  Observation o;
  car.reset(Random(1, Stream::environment), o);
  const auto force = [&] {  // N on each wheel, by what full brakes take off the car's speed in a step
    Start start{.random = Random(), .state = car.state()};
    for (std::size_t body = 0; body < 5; ++body) {
      const float heading = start.state[2];
      start.state[6 * body + 3] = -40 * std::sin(heading);
      start.state[6 * body + 4] = 40 * std::cos(heading);
    }
    const std::vector<float> before = start.state;
    car.reset(start, o);
    car.step(Action{0, 0, 1}, o);
    const std::vector<float> after = car.state();
    return (std::hypot(before[3], before[4]) - std::hypot(after[3], after[4])) * 7.3 / 0.02 / 4;
  };
  EXPECT_NEAR(force(), 400, 8);
  Start lawn{.random = Random(), .state = car.state()};
  const float away = 300 - lawn.state[0];
  for (std::size_t body = 0; body < 5; ++body) lawn.state[6 * body] += away;
  for (std::size_t wheel = 0; wheel < 4; ++wheel) lawn.state[on_road_at + wheel] = 0;
  car.reset(lawn, o);
  EXPECT_EQ(o[8] + o[9] + o[10] + o[11], 0.0F);
  EXPECT_NEAR(force(), 240, 5);
}

TEST(CarTrack, TheObservationPointsToTheRoadAhead) {
  CarTrack car;
  Observation o;
  car.reset(Random(2, Stream::environment), o);
  const std::vector<float> state = car.state();
  const Road::Place& place = car.road().places[car.road().after(static_cast<std::size_t>(state[39]), 10)];
  const double x = place.x - state[0], y = place.y - state[1], heading = state[2];
  EXPECT_NEAR(40 * o[26], std::cos(heading) * x + std::sin(heading) * y, 1e-3);
  EXPECT_NEAR(40 * o[27], -std::sin(heading) * x + std::cos(heading) * y, 1e-3);
  EXPECT_GT(o[27], 0) << "ahead";
}

TEST(CarTrack, SparseRewardPaysPartsOfTheLapOnceAndTheLapSucceeds) {
  CarTrack dense({.difficulty = 0.3}), sparse({.reward = Reward::sparse, .difficulty = 0.3, .milestones = 4});
  Observation a, b;
  Action action{};
  for (std::uint32_t episode = 0; episode < 3; ++episode) {
    dense.reset(Random(3, Stream::environment, 0, episode), a);
    sparse.reset(Random(3, Stream::environment, 0, episode), b);
    ASSERT_EQ(a, b);
    const auto tiles = static_cast<double>(dense.road().tiles());
    const int asked = static_cast<int>(std::lround(0.37 * tiles));
    double total = 0, sum = 0;
    Step x, y;
    while (!x.terminated && !x.truncated) {
      dense.pilot(a, action);
      x = dense.step(action, a);
      y = sparse.step(action, b);
      ASSERT_EQ(a, b);
      ASSERT_EQ(x.success, y.success);
      sum += x.reward;
      total += y.reward;
      ASSERT_EQ(total, 0.25 * std::min(4, 4 * sparse.tiles_touched() / asked));
      ASSERT_NEAR(sum, 1000 * dense.tiles_touched() / tiles - 0.1 * dense.elapsed(), 1e-2);
    }
    EXPECT_TRUE(y.success);
    EXPECT_EQ(total, 1);
    EXPECT_GE(sparse.tiles_touched(), asked);
    EXPECT_LE(sparse.tiles_touched(), asked + 3);
  }
}

TEST(CarTrack, LeavingTheFieldEndsTheEpisodeForMinusHundred) {
  CarTrack car({.continuous = false}), sparse({.reward = Reward::sparse, .continuous = false});
  Observation o;
  const float gas = 3;
  for (CarTrack* each : {&car, &sparse}) {
    each->reset(Random(4, Stream::environment), o);
    Step step;
    while (!step.terminated && !step.truncated) step = each->step({&gas, 1}, o);
    EXPECT_TRUE(step.terminated);
    EXPECT_FALSE(step.success);
    EXPECT_EQ(step.reward, each == &car ? -100.0F : 0.0F);
    EXPECT_GT(std::max(std::abs(each->state()[0]), std::abs(each->state()[1])), 2000.0F / 6);
  }
}

TEST(CarTrack, LowerDifficultyAsksForFewerTilesAndGentlerTurns) {
  Observation o;
  const auto roads = [&](double difficulty) {
    CarTrack car({.difficulty = difficulty});
    double sharp = 0, tiles = 0;
    for (std::uint32_t episode = 0; episode < 20; ++episode) {
      car.reset(Random(6, Stream::environment, 0, episode), o);
      const Road& road = car.road();
      EXPECT_NEAR(car.state()[asked_at], (0.1 + 0.9 * difficulty) * static_cast<double>(road.tiles()), 0.51);
      for (std::size_t i = 1; i < road.tiles(); ++i)
        sharp += std::abs(road.places[i].heading - road.places[i - 1].heading) > 0.15;
      tiles += static_cast<double>(road.tiles());
    }
    return sharp / tiles;
  };
  const double easy = roads(0), middle = roads(0.5), published = roads(1);
  EXPECT_LT(easy, middle);
  EXPECT_LT(middle, published);
}

TEST(CarTrack, RefusesOptionsOutOfRange) {
  EXPECT_GT((checks::option_refusals<CarTrack, CarTrackOptions>()), 0);
}

// --- Determinism, starts and drawing
// ------------------------------------------------------------------------------------

TEST(CarTrack, KeepsEveryWorldsPromises) {
  const EnvironmentFactory sparse = [] {
    return std::make_unique<CarTrack>(CarTrackOptions{.reward = Reward::sparse, .difficulty = 0.4});
  };
  for (const EnvironmentFactory& factory : {continuous, discrete, sparse}) checks::all(factory);
}

TEST(CarTrack, ADriveBegunInAStateGoesOnAsTheOneThatWasThere) {
  CarTrack visitor, car;
  Observation o, seen;
  Action action;
  visitor.reset(Random(9, Stream::environment), o);
  for (int i = 0; i < 150; ++i) {
    visitor.pilot(o, action);
    visitor.step(action, o);
  }
  car.reset({.random = Random(3, Stream::environment), .state = visitor.state()}, seen);
  EXPECT_EQ(seen, o);
  EXPECT_EQ(car.tiles_touched(), visitor.tiles_touched());
  for (int i = 0; i < 30; ++i) {
    visitor.pilot(o, action);
    const Step there = visitor.step(action, o), here = car.step(action, seen);
    ASSERT_EQ(here.reward, there.reward) << i;
    for (std::size_t k = 0; k < o.size(); ++k) ASSERT_NEAR(seen[k], o[k], 0.01) << i << " at " << k;
  }
}

TEST(CarTrack, RefusesStatesThatMakeNoSense) {
  CarTrack visitor, car;
  Observation o;
  visitor.reset(Random(9, Stream::environment, 1, 2), o);
  const auto refuses = [&](std::size_t component, float value, const char* what) {
    Start start{.state = visitor.state()};
    start.state[component] = value;
    EXPECT_THAT([&] { car.reset(start, o); }, testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr(what)));
  };
  refuses(0, 400, "'hull x'");
  refuses(12, visitor.state()[12] + 20, "more than 5 m away");
  refuses(on_road_at, 0.5F, "whole numbers");
  refuses(asked_at, 500, "no tile that far");
  refuses(39, 500, "no tile that far");
  refuses(touched_at + 31, 1, "no tile that far");
  refuses(touched_at, 0.5F, "whole numbers");
  refuses(paid_at, 7, "no more tiles");
  refuses(asked_at, 1, "the lap is driven");
  Start open{.state = visitor.state()};
  Random random(8, Stream::environment);
  std::array<double, Road::draws> draws{};
  do {
    for (std::size_t c = 0; c < 12; ++c) {
      draws[2 * c] = random.uniform(0, 0.5F);
      draws[2 * c + 1] = random.uniform(50, 150);
    }
  } while (Road::make(draws));  // one in seventeen makes none
  std::ranges::copy(draws, open.state.begin() + draws_at);
  EXPECT_THAT([&] { car.reset(open, o); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("no closed road")));
}

}  // namespace
}  // namespace cairn::envs
