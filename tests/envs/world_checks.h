#pragma once

// What every world must satisfy, whatever it is about: the same seed gives the same bits, a restored snapshot continues
// as the original, an episode begins in a state where the world offers states, observations keep their bounds, bad
// actions and starts are refused, and a drawing stays in its frame.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "envs/canvas.h"
#include "envs/environment.h"
#include "tests/optim/out_of_range.h"

namespace cairn::envs::checks {

/// Keeps what is drawn: how many shapes, whether all is finite, and the extent of the points.
class RecordingCanvas : public Canvas {
 public:
  void view(Point from, Point to) override {
    ++views;
    view_first = view_first && shapes == 0;
    view_low = from;
    view_high = to;
  }
  void fill(std::span<const Point> polygon, Color) override {
    EXPECT_GE(polygon.size(), 3U);
    add(polygon, 0);
  }
  void stroke(std::span<const Point> line, float width, Color, bool) override {
    EXPECT_GE(line.size(), 2U);
    EXPECT_GT(width, 0);
    add(line, 0);
  }
  void disc(Point center, float radius, Color) override { add({&center, 1}, radius); }
  void ring(Point center, float radius, float, Color) override { add({&center, 1}, radius); }
  void text(Point at, float height, std::string_view text, Color) override {
    EXPECT_FALSE(text.empty());
    EXPECT_GT(height, 0);
    add({&at, 1}, 0);
  }
  void earned_at(Point at) override { earned = at; }

  std::optional<Point> earned;
  int views = 0, shapes = 0;
  bool view_first = true, finite = true;
  Point view_low{}, view_high{};
  Point low{1e9F, 1e9F}, high{-1e9F, -1e9F};
  std::vector<Point> points;

 private:
  void add(std::span<const Point> corners, float radius) {
    ++shapes;
    finite = finite && std::isfinite(radius) && radius >= 0;
    for (const Point p : corners) {
      points.push_back(p);
      finite = finite && std::isfinite(p.x) && std::isfinite(p.y);
      low = {std::min(low.x, p.x - radius), std::min(low.y, p.y - radius)};
      high = {std::max(high.x, p.x + radius), std::max(high.y, p.y + radius)};
    }
  }
};

/// A random action of this world, with each index or the whole box possible.
inline std::vector<float> random_action(const Environment& world, Random& random) {
  std::vector<float> action(static_cast<std::size_t>(world.spec().action_size()));
  if (world.spec().discrete()) {
    action[0] = static_cast<float>(random.below(static_cast<std::uint32_t>(world.spec().actions())));
  } else {
    for (std::size_t i = 0; i < action.size(); ++i)
      action[i] = random.uniform(world.spec().action[i].low, world.spec().action[i].high);
  }
  return action;
}

struct Trace {
  std::vector<std::vector<float>> observations;
  std::vector<Step> steps;
};

/// Plays on with random actions from where the world stands, at most `steps` steps or to the episode's end.
inline Trace play(Environment& world, Random& random, int steps) {
  Trace trace;
  std::vector<float> observation(static_cast<std::size_t>(world.spec().observation_size()));
  for (int i = 0; i < steps; ++i) {
    trace.steps.push_back(world.step(random_action(world, random), observation));
    trace.observations.push_back(observation);
    if (trace.steps.back().terminated || trace.steps.back().truncated) break;
  }
  return trace;
}

inline void expect_same(const Trace& a, const Trace& b) {
  EXPECT_EQ(a.observations, b.observations);
  ASSERT_EQ(a.steps.size(), b.steps.size());
  for (std::size_t i = 0; i < a.steps.size(); ++i) {
    EXPECT_EQ(a.steps[i].reward, b.steps[i].reward);
    EXPECT_EQ(a.steps[i].terminated, b.steps[i].terminated);
    EXPECT_EQ(a.steps[i].truncated, b.steps[i].truncated);
    EXPECT_EQ(a.steps[i].success, b.steps[i].success);
  }
}

inline void deterministic(const EnvironmentFactory& factory, int steps = 200) {
  const auto a = factory(), b = factory();
  std::vector<float> observation(static_cast<std::size_t>(a->spec().observation_size())), other = observation;
  for (std::uint32_t episode = 0; episode < 3; ++episode) {
    if (episode == 2) {  // what was played before must not matter
      Random noise(99, Stream::policy);
      b->reset(Random(5, Stream::environment, 7, 7), other);
      play(*b, noise, 30);
    }
    a->reset(Random(1, Stream::environment, 0, episode), observation);
    b->reset(Random(1, Stream::environment, 0, episode), other);
    EXPECT_EQ(observation, other);
    Random actions_a(2, Stream::policy), actions_b(2, Stream::policy);
    expect_same(play(*a, actions_a, steps), play(*b, actions_b, steps));
  }
  const std::vector<float> last = observation;
  a->reset(Random(2, Stream::environment), observation);
  EXPECT_NE(observation, last) << "another seed must give another start";
}

inline void snapshots(const EnvironmentFactory& factory, int before = 25, int after = 60) {
  const auto a = factory(), b = factory();
  std::vector<float> observation(static_cast<std::size_t>(a->spec().observation_size())), restored = observation;
  a->reset(Random(3, Stream::environment), observation);
  Random actions(4, Stream::policy);
  const Trace lead = play(*a, actions, before);
  ASSERT_FALSE(lead.steps.back().terminated) << "the check needs an episode that is still running";
  const Snapshot snapshot = a->snapshot();
  b->restore(snapshot, restored);
  EXPECT_EQ(restored, lead.observations.back());
  EXPECT_EQ(b->elapsed(), before);
  Random rest_a = actions, rest_b = actions, rest_again = actions;
  const Trace onwards = play(*a, rest_a, after);
  expect_same(onwards, play(*b, rest_b, after));
  a->restore(snapshot, restored);  // into itself, after playing on
  expect_same(onwards, play(*a, rest_again, after));
}

inline void bounds(const EnvironmentFactory& factory, int episodes = 5) {
  const auto world = factory();
  const Spec& spec = world->spec();
  std::vector<float> observation(static_cast<std::size_t>(spec.observation_size()));
  Random actions(6, Stream::policy);
  for (int episode = 0; episode < episodes; ++episode) {
    world->reset(Random(7, Stream::environment, 0, static_cast<std::uint32_t>(episode)), observation);
    Trace trace = play(*world, actions, spec.horizon + 1);
    const Step& end = trace.steps.back();
    EXPECT_NE(end.terminated, end.truncated) << "an episode ends in one way";
    if (end.truncated) {
      EXPECT_EQ(static_cast<int>(trace.steps.size()), spec.horizon);
    }
    trace.observations.push_back(observation);
    for (const auto& seen : trace.observations)
      for (std::size_t i = 0; i < seen.size(); ++i) {
        ASSERT_TRUE(std::isfinite(seen[i])) << spec.observation[i].name;
        ASSERT_GE(seen[i], spec.observation[i].low) << spec.observation[i].name;
        ASSERT_LE(seen[i], spec.observation[i].high) << spec.observation[i].name;
      }
  }
}

inline void refusals(const EnvironmentFactory& factory) {
  const auto world = factory(), twin = factory();
  std::vector<float> observation(static_cast<std::size_t>(world->spec().observation_size())), other = observation;
  world->reset(Random(8, Stream::environment), observation);
  twin->reset(Random(8, Stream::environment), other);
  const auto size = static_cast<std::size_t>(world->spec().action_size());
  std::vector<std::vector<float>> bad{std::vector<float>(size, std::numeric_limits<float>::quiet_NaN()),
                                      std::vector<float>(size, std::numeric_limits<float>::infinity()),
                                      std::vector<float>(size + 1, 0.0F)};
  if (world->spec().discrete())
    for (const float index : {-1.0F, 0.5F, static_cast<float>(world->spec().actions())}) bad.push_back({index});
  for (const auto& action : bad) EXPECT_THROW(world->step(action, observation), std::invalid_argument);
  Random a(9, Stream::policy), b(9, Stream::policy);
  expect_same(play(*world, a, 20), play(*twin, b, 20));  // untouched by what it refused
}

/// Options out of range are refused from C++ too. Returns how many were tried.
template <class World, class Options>
int option_refusals() {
  return optim::for_each_out_of_range(Options{}, [](const std::string& key, const Options& options) {
    EXPECT_THROW(World{options}, std::invalid_argument) << key;
  });
}

/// Plays to a state, of an episode that still runs.
inline std::vector<float> visited_state(Environment& world, std::span<float> observation, int steps = 12) {
  world.reset(Random(13, Stream::environment), observation);
  Random actions(14, Stream::policy);
  const Trace lead = play(world, actions, steps);
  EXPECT_FALSE(lead.steps.back().terminated || lead.steps.back().truncated) << "the check needs a running episode";
  std::ranges::copy(lead.observations.back(), observation.begin());
  return world.state();
}

/// An episode that begins in a state shows it at once, and is settled by its start, on whichever thread.
inline void states(const EnvironmentFactory& factory, int steps = 60) {
  const auto visitor = factory(), world = factory();
  std::vector<float> there(static_cast<std::size_t>(world->spec().observation_size())), seen = there;
  const Start start{.random = Random(15, Stream::environment),
                    .difficulty = world->spec().difficulty ? 0.5 : 1,
                    .state = visited_state(*visitor, there)};
  ASSERT_EQ(start.state.size(), world->spec().state.size());
  world->reset(start, seen);
  EXPECT_EQ(seen, there);
  EXPECT_EQ(world->state(), start.state);
  EXPECT_EQ(world->elapsed(), 0);
  EXPECT_EQ(world->difficulty(), *start.difficulty);
  EXPECT_EQ(world->episode_start().state, start.state);

  Random actions(16, Stream::policy);
  const Random from_here = actions;
  const Trace lead = play(*world, actions, steps / 2);
  const Snapshot snapshot = world->snapshot();
  Random rest = actions;
  const Trace onwards = play(*world, rest, steps / 2);

  const auto other = factory();  // played on before, and on another thread
  Trace again_lead, again_onwards;
  std::thread([&] {
    std::vector<float> observation = seen;
    Random noise(17, Stream::policy);
    other->reset(Random(18, Stream::environment), observation);
    play(*other, noise, 20);
    Random repeated = from_here;
    other->reset(start, observation);
    again_lead = play(*other, repeated, steps / 2);
    again_onwards = play(*other, repeated, steps / 2);
  }).join();
  expect_same(lead, again_lead);
  expect_same(onwards, again_onwards);

  const auto restored = factory();
  restored->restore(snapshot, seen);
  EXPECT_EQ(seen, lead.observations.back());
  EXPECT_EQ(restored->difficulty(), *start.difficulty);
  Random rest_restored = actions;
  expect_same(onwards, play(*restored, rest_restored, steps / 2));

  world->reset(Random(13, Stream::environment), seen);  // a start without a state forgets the last one
  visitor->reset(Random(13, Stream::environment), there);
  EXPECT_EQ(seen, there);
  EXPECT_EQ(world->difficulty(), visitor->difficulty());
}

/// Starts that make no sense are refused, and the episode that runs goes on as if nothing had been asked.
inline void refused_starts(const EnvironmentFactory& factory) {
  const auto world = factory(), twin = factory();
  const Spec& spec = world->spec();
  std::vector<float> observation(static_cast<std::size_t>(spec.observation_size()));
  std::vector<Start> bad;
  for (const double difficulty : {-0.01, 1.01, std::numeric_limits<double>::quiet_NaN()})
    bad.push_back({.difficulty = difficulty});
  if (!spec.difficulty) bad.push_back({.difficulty = 0.5});
  if (spec.state.empty()) {
    bad.push_back({.state = {0.0F}});
    EXPECT_THROW(world->state(), std::logic_error);
    world->reset(Random(13, Stream::environment), observation);
    twin->reset(Random(13, Stream::environment), observation);
  } else {
    const std::vector<float> good = visited_state(*world, observation);
    visited_state(*twin, observation);
    const auto changed = [&](std::size_t i, float value) {
      Start start{.state = good};
      start.state[i] = value;
      bad.push_back(start);
    };
    for (std::size_t i = 0; i < good.size(); ++i) {
      for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                                -std::numeric_limits<float>::infinity()})
        changed(i, value);
      const auto [low, high] = std::pair(spec.state[i].low, spec.state[i].high);
      if (std::isfinite(low)) changed(i, low - 0.01F - 0.01F * std::abs(low));
      if (std::isfinite(high)) changed(i, high + 0.01F + 0.01F * std::abs(high));
    }
    bad.push_back({.state = good});
    bad.back().state.push_back(0);
    bad.push_back({.state = good});
    bad.back().state.pop_back();
    if (good.size() == 1) bad.pop_back();
  }
  for (const Start& start : bad) EXPECT_THROW(world->reset(start, observation), std::invalid_argument);
  Random a(9, Stream::policy), b(9, Stream::policy);
  expect_same(play(*world, a, 20), play(*twin, b, 20));
}

inline void drawing(const EnvironmentFactory& factory, int steps = 200) {
  const auto world = factory();
  RecordingCanvas before_reset;
  world->draw(before_reset);
  EXPECT_TRUE(before_reset.finite);
  std::vector<float> observation(static_cast<std::size_t>(world->spec().observation_size()));
  world->reset(Random(10, Stream::environment), observation);
  Random actions(11, Stream::policy);
  RecordingCanvas first;
  world->draw(first);
  ASSERT_TRUE(first.earned) << "it must say where its reward is earned";
  EXPECT_TRUE(first.earned->x >= first.view_low.x && first.earned->x <= first.view_high.x &&
              first.earned->y >= first.view_low.y && first.earned->y <= first.view_high.y)
      << first.earned->x << ' ' << first.earned->y;
  bool moved = false;
  for (int i = 0; i < steps; ++i) {
    const Trace one = play(*world, actions, 1);
    RecordingCanvas canvas;
    world->draw(canvas);
    ASSERT_EQ(canvas.views, 1);
    ASSERT_TRUE(canvas.view_first);
    ASSERT_TRUE(canvas.finite);
    ASSERT_GE(canvas.shapes, 3);
    ASSERT_LT(canvas.view_low.x, canvas.view_high.x);
    ASSERT_LT(canvas.view_low.y, canvas.view_high.y);
    ASSERT_GE(canvas.low.x, canvas.view_low.x);
    ASSERT_GE(canvas.low.y, canvas.view_low.y);
    ASSERT_LE(canvas.high.x, canvas.view_high.x);
    ASSERT_LE(canvas.high.y, canvas.view_high.y);
    moved = moved ||
            !std::ranges::equal(canvas.points, first.points, [](Point p, Point q) { return p.x == q.x && p.y == q.y; });
    if (one.steps.back().terminated || one.steps.back().truncated) break;
  }
  EXPECT_TRUE(moved) << "the picture must show that something happens";
}

inline void all(const EnvironmentFactory& factory) {
  deterministic(factory);
  snapshots(factory, 8);
  if (!factory()->spec().state.empty()) states(factory);
  bounds(factory);
  refusals(factory);
  refused_starts(factory);
  drawing(factory);
}

/// Share of episodes in which some step succeeded, and the mean return, flown by `pilot()` or at random.
struct Score {
  double success = 0, mean_return = 0;
};
inline Score score(Environment& world, int episodes, bool piloted, std::uint64_t seed = 12) {
  Score total;
  std::vector<float> observation(static_cast<std::size_t>(world.spec().observation_size()));
  Random random(seed, Stream::policy);
  for (int episode = 0; episode < episodes; ++episode) {
    world.reset(Random(seed, Stream::environment, 0, static_cast<std::uint32_t>(episode)), observation);
    bool success = false;
    for (;;) {
      std::vector<float> action = random_action(world, random);
      if (piloted) {
        EXPECT_TRUE(world.pilot(observation, action));
      }
      const Step step = world.step(action, observation);
      success = success || step.success;
      total.mean_return += step.reward;
      if (step.terminated || step.truncated) break;
    }
    total.success += success;
  }
  total.success /= episodes;
  total.mean_return /= episodes;
  return total;
}

/// Actions at random, drawn anew at each step, hardly ever succeed: of the share that does, the upper end of Wilson's
/// 95 % interval is at most 1.5 %.
inline void seldom_by_chance(const EnvironmentFactory& factory) {
#ifndef CAIRN_SANITIZED  // the physics of thousands of episodes, at a tenth of its speed
  constexpr double episodes = 2000, z = 1.96;
  const double share = score(*factory(), static_cast<int>(episodes), false).success;
  const double middle = share + z * z / (2 * episodes);
  const double spread = z * std::sqrt(share * (1 - share) / episodes + z * z / (4 * episodes * episodes));
  EXPECT_LE((middle + spread) / (1 + z * z / episodes), 0.015) << "by chance " << share;
#else
  static_cast<void>(factory);
#endif
}

}  // namespace cairn::envs::checks
