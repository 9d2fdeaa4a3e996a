#include "agents/exploration/reverse_curriculum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "envs/canvas.h"
#include "players.h"
#include "tests/agents/small_worlds.h"

namespace cairn::agents {
namespace {

/// Twenty steps to the right lead from 0 to the goal. Its state is the place; its pilot goes right, unless there is
/// none.
class Corridor : public envs::Environment {
 public:
  explicit Corridor(bool piloted = true)
      : Environment({.id = "corridor",
                     .observation = {{"place", "", 0, 20}},
                     .action_names = {"left", "right"},
                     .horizon = 60,
                     .state = {{"place", "", 0, 20}}}),
        piloted_(piloted) {}
  void draw(envs::Canvas&) const override {}
  bool pilot(std::span<const float>, std::span<float> action) const override {
    action[0] = 1;
    return piloted_;
  }

 protected:
  void start(envs::Random&) override { place_ = 0; }
  void start_in(std::span<const float> state) override { place_ = state[0]; }
  void write_state(std::span<float> state) const override { state[0] = place_; }
  envs::Step advance(std::span<const float> action) override {
    place_ = std::max(0.0F, place_ + (action[0] == 1 ? 1.0F : -1.0F));
    const bool there = place_ >= 20;
    return {.reward = there ? 1.0F : 0.0F, .terminated = there, .success = there};
  }
  void observe(std::span<float> observation) const override { observation[0] = place_; }

 private:
  bool piloted_;
  float place_ = 0;
};

const envs::EnvironmentFactory corridor = [] { return std::make_unique<Corridor>(); };
const envs::EnvironmentFactory without_pilot = [] { return std::make_unique<Corridor>(false); };

double left(const envs::Start& start) {
  return start.state.empty() ? 20 : 20.0 - static_cast<double>(start.state[0]);
}

/// Reaches the goal from within `skill` steps of it.
Players::Play walker(double skill) {
  return [skill](const envs::Start& start, envs::Random& random) {
    return Players::Outcome{left(start) <= skill && random.uniform_double() < 0.8};
  };
}

struct Reverse : Players {  // a player of corridors
  Reverse(Curriculum& curriculum, int columns, Play play) : Players(curriculum, columns, std::move(play), corridor) {}
};

TEST(ReverseCurriculum, MovesBackFromTheGoalAsFarAsTheSkillGoes) {
  ReverseCurriculum curriculum(*corridor(), {.demos = 3, .spacing = 2});
  Reverse players(curriculum, 4, walker(0));
  EXPECT_EQ(curriculum.reach(), 2);
  for (int i = 0; i < 100; ++i) players.iterate();
  EXPECT_EQ(curriculum.reach(), 2) << "nothing succeeds";
  players.set_play(walker(8));
  for (int i = 0; i < 200; ++i) players.iterate();
  EXPECT_EQ(curriculum.reach(), 10) << "the first distance at which nothing succeeds";
  const Standings shown = curriculum.standings();
  EXPECT_EQ(shown.place, "steps before the end");
  ASSERT_FALSE(shown.levels.empty());
  for (const Standing& each : shown.levels) EXPECT_EQ(each.success > 0.5, each.place <= 8) << each.place;
  int usual = 0, close = 0, all = 0;
  for (int i = 0; i < 100; ++i)
    for (const envs::Start& start : players.iterate()) {
      ++all;
      usual += start.state.empty() ? 1 : 0;
      close += !start.state.empty() && left(start) < 10 ? 1 : 0;
      EXPECT_TRUE(start.state.empty() || left(start) <= 10);
    }
  EXPECT_NEAR(usual, 0.2 * all, 0.05 * all);
  EXPECT_NEAR(close, 0.4 * all * 0.9, 0.08 * all) << "half of the others, most of them not from the farthest";
  players.set_play(walker(100));
  for (int i = 0; i < 400; ++i) players.iterate();
  EXPECT_GT(curriculum.reach(), 20) << "beyond the whole flight";
  usual = all = 0;
  for (int i = 0; i < 100; ++i)
    for (const envs::Start& start : players.iterate()) {
      ++all;
      usual += start.state.empty() ? 1 : 0;
    }
  EXPECT_NEAR(usual, 0.5 * all, 0.06 * all) << "then half of the episodes start as the world says";
}

// Agents that walk at random find a goal that is twenty steps away in one of some thousand episodes. Visited states
// take them there: what lies behind a success comes first.
TEST(ReverseCurriculum, TakesStatesThatLedToSuccessFromTraining) {
  ReverseCurriculum curriculum(*without_pilot(), {.demos = 0, .visited = true, .starts = 32});
  constexpr int columns = 8;
  curriculum.begin({.factory = without_pilot, .environments = columns, .seed = 1});
  envs::VectorEnvironment worlds(without_pilot, columns, 1, envs::Stream::environment,
                                 [&](int column, std::uint32_t episode, envs::Start usual) {
                                   return curriculum.choose(column, episode, std::move(usual));
                                 });
  envs::Random random(1, envs::Stream::policy);
  Eigen::MatrixXf actions(1, columns);
  std::vector<envs::Episode> finished;
  int successes = 0, from_state = 0;
  for (int iteration = 0; iteration < 2000; ++iteration) {
    for (int step = 0; step < 16; ++step) {
      for (int i = 0; i < columns; ++i) actions(0, i) = random.uniform() < 0.5F ? 0 : 1;
      worlds.step(0, actions);
    }
    finished.clear();
    worlds.take_finished(finished);
    if (iteration >= 1000)
      for (const envs::Episode& episode : finished) {
        successes += episode.success ? 1 : 0;
        from_state += episode.from_state ? 1 : 0;
      }
    curriculum.learn(finished, worlds);
  }
  EXPECT_GT(curriculum.visited(), 8U);
  EXPECT_LE(curriculum.visited(), 32U);
  EXPECT_GT(from_state, 1000);
  EXPECT_GT(successes, from_state / 10) << "starts that are too hard gave way";
}

TEST(ReverseCurriculum, GoesOnAsIfNeverStopped) {
  const ReverseCurriculumOptions options{.demos = 2, .visited = true, .spacing = 3, .window = 8, .starts = 8};
  ReverseCurriculum whole(*corridor(), options), resumed(*corridor(), options);
  Reverse players(whole, 4, walker(10));
  for (int i = 0; i < 60; ++i) players.iterate();
  resumed.begin({.factory = corridor, .environments = 4, .seed = Players::seed});
  EXPECT_FALSE(choose_alike(whole, resumed, 4));
  resumed.load(saved(whole));
  const envs::VectorEnvironment worlds(corridor, 4, Players::seed);  // where nobody steps
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(choose_alike(whole, resumed, 4));
    players.iterate();
    resumed.learn(players.finished(), worlds);
  }
  EXPECT_GT(whole.visited(), 0U);
}

TEST(ReverseCurriculum, RefusesArchivesThatDoNotFit) {
  ReverseCurriculum curriculum(*corridor(), {.demos = 2, .visited = true, .spacing = 5, .starts = 4});
  Reverse players(curriculum, 2, walker(10));
  for (int i = 0; i < 20; ++i) players.iterate();
  const Archive good = saved(curriculum);
  const auto count = good.get<std::int64_t>("curriculum/visited/ids").size();
  ASSERT_GT(count, 1U);
  EXPECT_NO_THROW(curriculum.load(good));
  using Counts = std::vector<std::int64_t>;
  using Numbers = std::vector<float>;
  for (const Archive& bad :
       {with(good, "curriculum/reach", Counts{0}), with(good, "curriculum/reach", Counts{30}),
        with(good, "curriculum/flights/plays", Counts{1}), with(good, "curriculum/visited/ids", Counts(count, 0)),
        with(good, "curriculum/visited/states", Numbers(count, 21)),
        with(good, "curriculum/visited/states", Numbers(count, NAN)),
        with(good, "curriculum/visited/states", Numbers(count + 1, 1)),
        with(good, "curriculum/running/from", Counts{0, 3}), with(good, "curriculum/running/noted", Numbers{1}),
        with(with(good, "curriculum/running/from", Counts{1, 1}), "curriculum/running/places", Counts{0, 8})})
    EXPECT_THROW(curriculum.load(bad), std::runtime_error);
}

TEST(ReverseCurriculum, RefusesWorldsWithoutStatesOrFlights) {
  const auto refusal = [](const envs::Environment& of, const ReverseCurriculumOptions& options) -> std::string {
    try {
      ReverseCurriculum curriculum(of, options);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal(tests::OneState(), {}), ::testing::HasSubstr("those of 'one_state' cannot begin in one."));
  EXPECT_EQ(refusal(*without_pilot(), {}),
            "The curriculum 'reverse' needs flights to start from, and 'corridor' has no hand-written pilot; "
            "'reverse:demos=0,visited=true' does without.");
  EXPECT_THAT(refusal(*corridor(), {.demos = 0}), ::testing::HasSubstr("nowhere to start from"));
  EXPECT_THAT(refusal(*corridor(), {.low = 0.9}), ::testing::HasSubstr("'low' cannot be 0.9"));
  EXPECT_THAT(refusal(*corridor(), {.spacing = 0}), ::testing::HasSubstr("'spacing' cannot be 0"));
  EXPECT_EQ(refusal(*corridor(), {}), "");
  ReverseCurriculum far(*corridor(), {.spacing = 21});
  EXPECT_THROW(far.begin({.factory = corridor, .environments = 1, .seed = 1}), std::invalid_argument)
      << "no flight is so long";
}

}  // namespace
}  // namespace cairn::agents
