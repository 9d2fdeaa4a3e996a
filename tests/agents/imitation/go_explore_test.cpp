#include "agents/imitation/go_explore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../memory/damaged.h"
#include "../policy_gradient/learning.h"
#include "agents/policy_gradient/ppo.h"
#include "agents/training/evaluation.h"
#include "envs/box2d/point_maze.h"
#include "tests/optim/out_of_range.h"

namespace cairn::agents {
namespace {

/// A corridor of n cells. Of two actions one goes on, another in each cell; the other one ends the episode. Reaching
/// the end by chance takes 2ⁿ episodes.
class Code : public envs::Environment {
 public:
  explicit Code(int length, bool states = true)
      : Environment({.id = "code",
                     .observation = {{"x", "", 0, static_cast<float>(length)}},
                     .action_names = {"a", "b"},
                     .horizon = 1'000,
                     .state = states ? std::vector<envs::Component>{{"x", "", 0, static_cast<float>(length)}}
                                     : std::vector<envs::Component>{}}),
        length_(length) {}
  void draw(envs::Canvas&) const override {}

 protected:
  void start(envs::Random&) override { x_ = 0; }
  void start_in(std::span<const float> state) override { x_ = static_cast<int>(state[0]); }
  void write_state(std::span<float> state) const override { state[0] = static_cast<float>(x_); }
  void check_state(std::span<const float> state) const override {
    if (state[0] != std::floor(state[0]) || static_cast<int>(state[0]) >= length_)
      throw std::invalid_argument("code: no such place.");
  }
  envs::Step advance(std::span<const float> action) override {
    const bool right = static_cast<int>(action[0]) == 4 * x_ / length_ % 2;
    if (right) ++x_;
    const bool there = x_ == length_;
    return {.reward = there ? 1.0F : 0.0F, .terminated = there || !right, .truncated = false, .success = there};
  }
  void observe(std::span<float> observation) const override { observation[0] = static_cast<float>(x_); }

 private:
  int length_, x_ = 0;
};

/// Not to be gone back to: each step adds to x what is as likely to be a hundredth more or less, drawn in mid-episode,
/// and a state begins anew with other numbers. Success: beyond 0.5 by 2.
class Drift : public envs::Environment {
 public:
  Drift()
      : Environment({.id = "drift",
                     .observation = {{"x", "", -4, 4}},
                     .action_names = {"left", "right"},
                     .horizon = 60,
                     .state = {{"x", "", -4, 4}}}) {}
  void draw(envs::Canvas&) const override {}

 protected:
  void start(envs::Random&) override { x_ = 0; }
  void start_in(std::span<const float> state) override { x_ = state[0]; }
  void write_state(std::span<float> state) const override { state[0] = x_; }
  envs::Step advance(std::span<const float> action) override {
    x_ += (action[0] == 1 ? 0.1F : -0.1F) + random().uniform(-0.1F, 0.1F);
    x_ = std::clamp(x_, -4.0F, 4.0F);
    const bool there = x_ > 2 && std::fmod(x_, 0.1F) < 0.02F;
    return {.reward = there ? 1.0F : 0.0F, .terminated = there, .truncated = false, .success = there};
  }
  void observe(std::span<float> observation) const override { observation[0] = x_; }

 private:
  float x_ = 0;
};

const envs::EnvironmentFactory small_maze = [] {
  return std::make_unique<envs::PointMaze>(envs::PointMazeOptions{.map = envs::Maze::medium, .task = 3});
};
const envs::EnvironmentFactory drift = [] { return std::make_unique<Drift>(); };

envs::EnvironmentFactory code(int length, bool states = true) {
  return [=] { return std::make_unique<Code>(length, states); };
}

GoExploreOptions code_options(int length) {
  return {.bins = {length + 1}, .trip = 20, .hold = 1, .demonstrations = 3, .learner = {.memory = 1'000}};
}

void begin_search(GoExplore& agent, const envs::EnvironmentFactory& factory, envs::ThreadPool& pool,
                  std::int64_t steps = 1'000'000, int environments = 4) {
  agent.begin({.factory = factory, .environments = environments, .seed = 7, .total_steps = steps, .pool = &pool});
}

/// Trips until the first success was confirmed.
std::int64_t trips_to_success(int length, bool states) {
  envs::ThreadPool pool(1);
  const envs::EnvironmentFactory factory = code(length, states);
  GoExploreOptions options = code_options(length);
  options.demonstrations = 1;
  GoExplore agent(factory()->spec(), options, clipped_adam(1e-3));
  begin_search(agent, factory, pool);
  Telemetry telemetry;
  while (agent.exploring() && agent.steps() < 1'000'000) agent.iterate(telemetry);
  EXPECT_EQ(agent.found().size(), 1U);
  EXPECT_EQ(agent.diverged(), 0);
  EXPECT_EQ(agent.found()[0].actions.size(), static_cast<std::size_t>(length));
  return agent.trips();
}

// By chance 2ⁿ: 4e9 episodes for 32 cells.
TEST(GoExplore, FindsTheEndOfACorridorInAPowerOfItsLength) {
  for (const bool states : {true, false}) {
    const std::int64_t short_one = trips_to_success(16, states), long_one = trips_to_success(64, states);
    EXPECT_LT(short_one, 600) << "of 65,536 by chance";
    EXPECT_LT(long_one, 16 * std::max<std::int64_t>(short_one, 64)) << "at most the square of the length";
  }
}

TEST(GoExplore, ConfirmsByFlyingTheWholeWayAgainFromItsSeed) {
  envs::ThreadPool pool(1);
  GoExplore agent(small_maze()->spec(), {.bins = {16}, .learner = {.memory = 1'000}}, clipped_adam(1e-3));
  begin_search(agent, small_maze, pool, 200'000, 8);
  Telemetry telemetry;
  while (agent.exploring() && agent.steps() < 200'000) agent.iterate(telemetry);
  ASSERT_GE(agent.found().size(), 1U);
  for (const GoExplore::Found& found : agent.found()) {
    const auto world = small_maze();
    std::vector<float> observation(6);
    world->reset(envs::Random(7, envs::Stream::environment, found.root.column, found.root.episode), observation);
    envs::Step step;
    for (const float action : found.actions) {
      EXPECT_FALSE(step.terminated);
      step = world->step({&action, 1}, observation);
    }
    EXPECT_TRUE(step.success);
  }
  EXPECT_GT(metric(telemetry, "train/cells"), 50);
  EXPECT_GT(metric(telemetry, "train/found_at"), 0);
  EXPECT_EQ(metric(telemetry, "train/found"), static_cast<double>(agent.found().size()));
}

// Where a state does not hold all that goes on, most of what is found by states is not so.
TEST(GoExplore, DiscardsWhatDoesNotRepeatItself) {
  envs::ThreadPool pool(1);
  GoExplore agent(drift()->spec(), {.bins = {40}, .trip = 5, .demonstrations = 1'000, .learner = {.memory = 1'000}},
                  clipped_adam(1e-3));
  begin_search(agent, drift, pool);
  Telemetry telemetry;
  for (int i = 0; i < 20; ++i) agent.iterate(telemetry);
  EXPECT_GT(agent.diverged(), 0);
  EXPECT_EQ(metric(telemetry, "train/not_confirmed"), static_cast<double>(agent.diverged()));
}

TEST(GoExplore, MakesAPolicyOfWhatItFound) {
  envs::ThreadPool pool(1);
  const envs::EnvironmentFactory factory = code(16);
  GoExploreOptions options = code_options(16);
  options.learner = {.hidden = {128},
                     .learning_starts = 0,
                     .gradient_steps = 2,
                     .target_interval = 200,
                     .epsilon_initial = 0.02F,
                     .epsilon_final = 0.02F,
                     .normalise_observations = true,
                     .n_step = 3,
                     .demonstration_fraction = 0.5F,
                     .pretraining = 3'000};
  GoExplore agent(factory()->spec(), options, clipped_adam(3e-3));
  train(agent, factory, pool, 12'000, 4);
  EXPECT_FALSE(agent.exploring());
  EXPECT_EQ(evaluate(agent.policy(), factory, {.episodes = 10, .seed = 9}, pool).success_rate, 1);

  Ppo plain(factory()->spec(), {}, clipped_adam(3e-3));
  train(plain, factory, pool, 12'000, 4);
  EXPECT_EQ(evaluate(plain.policy(), factory, {.episodes = 10, .seed = 9}, pool).success_rate, 0);
}

// MountainCar offers states of its own; cells over place and speed find the way out that chance does not.
TEST(GoExplore, FindsItsWayOutOfTheValley) {
  envs::ThreadPool pool(1);
  GoExplore agent(car()->spec(), {.demonstrations = 1, .learner = {.memory = 1'000}}, clipped_adam(1e-3));
  begin_search(agent, car, pool);
  Telemetry telemetry;
  while (agent.exploring() && agent.steps() < 100'000) agent.iterate(telemetry);
  EXPECT_EQ(agent.found().size(), 1U);
}

TEST(GoExplore, ExploresOnForShorterWaysAndLearnsFromTheShortest) {
  envs::ThreadPool pool(1);
  GoExplore agent(car()->spec(), {.demonstrations = 2, .confirmed = 40, .spacing = 1, .learner = {.memory = 1'000}},
                  clipped_adam(1e-3));
  begin_search(agent, car, pool);
  Telemetry telemetry;
  while (agent.exploring() && agent.steps() < 1'000'000) agent.iterate(telemetry);
  ASSERT_FALSE(agent.exploring());
  std::vector<std::size_t> lengths;
  for (const GoExplore::Found& found : agent.found()) lengths.push_back(found.actions.size());
  ASSERT_GT(lengths.size(), 3U);
  const std::size_t first = lengths[0] + lengths[1];
  std::ranges::sort(lengths);
  ASSERT_LT(lengths[0] + lengths[1], first) << "shorter ones came later";
  Archive saved;
  agent.save(saved);
  EXPECT_EQ(saved.get<std::int64_t>("curriculum/flights/plays").size(), lengths[0] + lengths[1]) << "a start a step";
}

TEST(GoExplore, GoesOnToTheSameBitsAfterLoadingOnAnyNumberOfThreads) {
  const envs::EnvironmentFactory factory = code(24);
  GoExploreOptions options = code_options(24);
  options.learner.learning_starts = 200;
  options.learner.pretraining = 600;
  std::vector<std::vector<Archive::Tensor>> ends;
  for (const int threads : {1, 2, 4}) {
    envs::ThreadPool pool(threads);
    GoExplore whole(factory()->spec(), options, clipped_adam(1e-3));
    begin_search(whole, factory, pool, 20'000);
    Telemetry telemetry;
    bool explored = false, learned = false;  // resumed while exploring, while pretraining and later
    for (int i = 0; i < 12; ++i) {
      whole.iterate(telemetry);
      explored |= whole.exploring();
      learned |= !whole.exploring();
      Archive archive;
      whole.save(archive);
      GoExplore resumed(factory()->spec(), options, clipped_adam(1e-3));
      begin_search(resumed, factory, pool, 20'000);
      resumed.load(archive);
      EXPECT_EQ(resumed.exploring(), whole.exploring());
      EXPECT_EQ(resumed.steps(), whole.steps());
      expect_equal(state(whole), state(resumed));
      GoExplore again(factory()->spec(), options, clipped_adam(1e-3));
      begin_search(again, factory, pool, 20'000);
      again.load(archive);
      Telemetry other;
      resumed.iterate(telemetry);
      again.iterate(other);
      expect_equal(state(resumed), state(again));
    }
    EXPECT_TRUE(learned);
    ends.push_back(state(whole));
  }
  expect_equal(ends[0], ends[1]);
  expect_equal(ends[0], ends[2]);
}

TEST(GoExplore, ReportsTheSameMetricsThroughout) {
  envs::ThreadPool pool(1);
  const envs::EnvironmentFactory factory = code(12);
  GoExplore agent(factory()->spec(), code_options(12), clipped_adam(1e-3));
  begin_search(agent, factory, pool);
  Telemetry telemetry;
  const auto names = [&] {
    std::vector<std::string> all;
    for (const Telemetry::Metric& each : telemetry.metrics) all.emplace_back(each.name);
    return all;
  };
  agent.iterate(telemetry);
  const std::vector<std::string> first = names();
  for (int i = 0; i < 40 && agent.exploring(); ++i) agent.iterate(telemetry);
  agent.iterate(telemetry);
  EXPECT_FALSE(agent.exploring());
  EXPECT_EQ(names(), first);
  EXPECT_GT(metric(telemetry, "train/reach"), 0) << "episodes start along what was found";
  EXPECT_EQ(telemetry.steps, agent.steps());
}

TEST(GoExplore, RefusesDamage) {
  envs::ThreadPool pool(1);
  const envs::EnvironmentFactory factory = code(12);
  GoExplore agent(factory()->spec(), code_options(12), clipped_adam(1e-3));
  begin_search(agent, factory, pool);
  Telemetry telemetry;
  while (agent.exploring()) agent.iterate(telemetry);
  Archive saved;
  agent.save(saved);
  const auto refuses = [&](const char* name, auto values) {
    GoExplore other(factory()->spec(), code_options(12), clipped_adam(1e-3));
    begin_search(other, factory, pool);
    EXPECT_THROW(other.load(damaged(saved, name, values)), std::runtime_error) << name;
  };
  auto actions = saved.get<float>("found/actions");
  actions[3] = 1 - actions[3];
  refuses("found/actions", actions);  // it does not come to success any more
  actions[3] = 7;
  refuses("found/actions", actions);
  refuses("found/action_counts", std::vector<std::int64_t>{-1});
  refuses("explored", std::vector<std::int64_t>{1, -1, 1, 1, 1, 0, 0});
  refuses("explored", std::vector<std::int64_t>{1, 1, 1, 1, 1, 0, 2});
  auto states = saved.get<float>("cells/states");
  states[0] = 0.5F;
  refuses("cells/states", states);
}

TEST(GoExplore, RefusesOptionsAndWorldsThatDoNotSuit) {
  const envs::Spec spec = code(12)()->spec();
  const auto with = [&](const GoExploreOptions& options) { GoExplore(spec, options, clipped_adam(1e-3)); };
  EXPECT_THROW(with({.cells = "y"}), std::invalid_argument);
  EXPECT_THROW(with({.cells = "x", .bins = {3, 4}}), std::invalid_argument);
  EXPECT_THROW(GoExplore(tests::Follow().spec(), {}, clipped_adam(1e-3)), std::invalid_argument);
  EXPECT_GT(optim::for_each_out_of_range(GoExploreOptions{},
                                         [&](const auto& key, const GoExploreOptions& options) {
                                           EXPECT_THROW(with(options), std::invalid_argument) << key;
                                         }),
            0);
}

}  // namespace
}  // namespace cairn::agents
