#include "agents/exploration/learnability_curriculum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "envs/classic/cart_pole.h"
#include "players.h"

namespace cairn::agents {
namespace {

const envs::CountingWorld world(11);  // its own difficulty is 0.75

/// Easy below 0.25, never above 0.5, now and then in between.
Players::Outcome play(const envs::Start& start, envs::Random& random) {
  const double p = *start.difficulty < 0.25 ? 1 : *start.difficulty < 0.5 ? 0.5 : 0;
  return {random.uniform_double() < p};
}

TEST(LearnabilityCurriculum, PlaysLevelsThatSucceedNowAndThen) {
  LearnabilityCurriculum curriculum(world, {.levels = 64});
  Players players(curriculum, 8, play);
  int all = 0, learnable = 0;
  for (int i = 0; i < 600; ++i) {
    for (const envs::Start& start : players.iterate()) {
      if (i < 300) continue;
      ++all;
      learnable += *start.difficulty >= 0.25 && *start.difficulty < 0.5 ? 1 : 0;
    }
  }
  EXPECT_GT(learnable, 0.6 * all) << "a third without a curriculum";
  EXPECT_LE(curriculum.kept().size(), 64U);
  for (const auto& kept : curriculum.kept()) {
    const bool hopeless = kept.outcomes.plays >= 4 && *kept.outcomes.learnability() == 0;
    EXPECT_FALSE(hopeless) << "a level without anything to learn keeps no place";
  }
}

TEST(LearnabilityCurriculum, ShowsTheLevelsThatItKeeps) {
  LearnabilityCurriculum curriculum(world, {.levels = 16});
  Players players(curriculum, 8, play);
  for (int i = 0; i < 100; ++i) players.iterate();
  const Standings shown = curriculum.standings();
  ASSERT_EQ(shown.levels.size(), curriculum.kept().size());
  for (std::size_t i = 0; i < shown.levels.size(); ++i) {
    EXPECT_EQ(shown.levels[i].place, curriculum.kept()[i].level.difficulty);
    EXPECT_EQ(shown.levels[i].plays, curriculum.kept()[i].outcomes.plays);
    EXPECT_EQ(shown.levels[i].success, curriculum.kept()[i].outcomes.rate());
  }
}

TEST(LearnabilityCurriculum, PlaysALevelAgainWithItsRandomNumbersAndDifficulty) {
  LearnabilityCurriculum curriculum(world, {.levels = 16});
  Players players(curriculum, 4, play);
  std::set<std::array<std::uint64_t, 6>> seen;
  int again = 0, all = 0;
  for (int i = 0; i < 200; ++i)
    for (const envs::Start& start : players.iterate()) {
      ++all;
      again += seen.insert(start.random.state()).second ? 0 : 1;
    }
  EXPECT_GT(again, all / 3);
  const auto kept = curriculum.kept();
  for (std::uint32_t episode = 1000; episode < 1200; ++episode) {
    const envs::Start start = curriculum.choose(2, episode, {});
    const auto one = std::ranges::find_if(kept, [&](const LearnabilityCurriculum::Kept& each) {
      return envs::Random(Players::seed, envs::Stream::environment, each.level.column, each.level.episode).state() ==
             start.random.state();
    });
    if (one == kept.end()) {
      EXPECT_EQ(start.random.state(), envs::Random(Players::seed, envs::Stream::environment, 2, episode).state())
          << "a fresh level is what the column would have played anyway";
    } else {
      EXPECT_EQ(*start.difficulty, one->level.difficulty);
    }
  }
}

TEST(LearnabilityCurriculum, StaysWithFreshLevelsWhereNothingCanBeLearned) {
  LearnabilityCurriculum curriculum(world, {.levels = 16});
  Players players(curriculum, 4, [](const envs::Start&, envs::Random&) { return Players::Outcome{}; });
  std::set<std::array<std::uint64_t, 6>> seen;
  for (int i = 0; i < 300; ++i)
    for (const envs::Start& start : players.iterate()) {
      seen.insert(start.random.state());
      ASSERT_TRUE(std::isfinite(*start.difficulty));
    }
  EXPECT_GT(seen.size(), 600U) << "of 4800 plays: hopeless levels give way after four, or all that run by then";
}

// Where a world has no easier episodes, their random numbers alone tell levels apart.
TEST(LearnabilityCurriculum, VariesRandomNumbersAloneWhereThereIsNoDifficulty) {
  const envs::CartPole cart_pole;
  LearnabilityCurriculum curriculum(cart_pole);
  curriculum.begin({.factory = [] { return std::make_unique<envs::CartPole>(); }, .environments = 2, .seed = 1});
  for (std::uint32_t episode = 0; episode < 50; ++episode) EXPECT_EQ(curriculum.choose(0, episode, {}).difficulty, 1);
  Telemetry telemetry;
  curriculum.report(telemetry);
  for (const Telemetry::Metric& metric : telemetry.metrics) EXPECT_NE(metric.name, "train/difficulty");
}

TEST(LearnabilityCurriculum, GoesOnAsIfNeverStopped) {
  LearnabilityCurriculum whole(world, {.levels = 32}), resumed(world, {.levels = 32});
  Players players(whole, 6, play);
  for (int i = 0; i < 50; ++i) players.iterate();
  resumed.begin({.factory = counting, .environments = 6, .seed = Players::seed});
  EXPECT_FALSE(choose_alike(whole, resumed, 6));
  resumed.load(saved(whole));
  const envs::VectorEnvironment worlds(counting, 6, 1);
  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(choose_alike(whole, resumed, 6));
    players.iterate();
    resumed.learn(players.finished(), worlds);
  }
}

TEST(LearnabilityCurriculum, RefusesArchivesThatDoNotFit) {
  LearnabilityCurriculum curriculum(world, {.levels = 4});
  Players players(curriculum, 2, play);
  for (int i = 0; i < 20; ++i) players.iterate();
  const Archive good = saved(curriculum);
  const auto count = good.get<std::int64_t>("curriculum/levels/plays").size();
  ASSERT_GT(count, 0U);
  EXPECT_NO_THROW(curriculum.load(good));
  using Counts = std::vector<std::int64_t>;
  for (const Archive& bad :
       {with(good, "curriculum/levels/columns", Counts(count, 2)), with(good, "curriculum/levels/columns", Counts{}),
        with(good, "curriculum/levels/episodes", Counts(count, -1)),
        with(good, "curriculum/levels/difficulties", std::vector<double>(count, NAN)),
        with(good, "curriculum/levels/difficulties", std::vector<double>(count, 0.8)),
        with(good, "curriculum/levels/plays", Counts(count, 17)), with(good, "curriculum/levels/plays", Counts(9, 1)),
        with(good, "curriculum/running/columns", Counts{0, 2})})
    EXPECT_THROW(curriculum.load(bad), std::runtime_error);
}

TEST(LearnabilityCurriculum, RefusesOptionsOutOfRange) {
  EXPECT_THROW(LearnabilityCurriculum(world, {.levels = 0}), std::invalid_argument);
  EXPECT_THROW(LearnabilityCurriculum(world, {.plays = 1}), std::invalid_argument);
  EXPECT_THROW(LearnabilityCurriculum(world, {.plays = 4, .trials = 5}), std::invalid_argument);
  EXPECT_THROW(LearnabilityCurriculum(world, {.plays = 65}), std::invalid_argument);
  EXPECT_THROW(LearnabilityCurriculum(world, {.fresh = 0}), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::agents
