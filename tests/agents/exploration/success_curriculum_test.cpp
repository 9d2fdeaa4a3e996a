#include "agents/exploration/success_curriculum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "../../allocation_counter.h"
#include "envs/classic/cart_pole.h"
#include "players.h"

namespace cairn::agents {
namespace {

const envs::CountingWorld counted(11);  // its own difficulty is 0.75

/// Succeeds with probability σ(k (skill - D)).
Players::Play learner(double skill) {
  constexpr double k = 30;
  return [skill](const envs::Start& start, envs::Random& random) {
    return Players::Outcome{random.uniform_double() < 1 / (1 + std::exp(-k * (skill - *start.difficulty)))};
  };
}

TEST(SuccessCurriculum, FollowsASkill) {
  SuccessCurriculum curriculum(counted);
  Players players(curriculum, 6, learner(0.3));
  EXPECT_EQ(curriculum.difficulty(), 0);
  // Between 80 % and 20 % of success lie 2 ln(4) / 30 = 0.09 of difficulty; a step is 0.05.
  for (const double skill : {0.3, 0.6, 0.2, 0.45}) {
    players.set_play(learner(skill));
    for (int i = 0; i < 400; ++i) players.iterate();
    for (int i = 0; i < 100; ++i) {
      players.iterate();
      EXPECT_NEAR(curriculum.difficulty(), skill, 0.101) << skill;
    }
  }
  players.set_play(learner(2));
  for (int i = 0; i < 400; ++i) players.iterate();
  EXPECT_EQ(curriculum.difficulty(), 0.75) << "the world's own";
  players.set_play(learner(-1));
  for (int i = 0; i < 800; ++i) players.iterate();
  EXPECT_EQ(curriculum.difficulty(), 0);
}

TEST(SuccessCurriculum, StartsAtTheDifficultyOrEvenlyBelowIt) {
  const SuccessCurriculumOptions options{.initial = 0.6, .share = 0.25};
  SuccessCurriculum curriculum(counted, options);
  curriculum.begin({.factory = counting, .environments = 4, .seed = 3});
  int at_top = 0, below = 0;
  constexpr int episodes = 4000;
  for (int episode = 0; episode < episodes; ++episode) {
    const envs::Random random(3, envs::Stream::environment, 1, static_cast<std::uint32_t>(episode));
    const envs::Start start = curriculum.choose(1, static_cast<std::uint32_t>(episode), {.random = random});
    EXPECT_LE(*start.difficulty, 0.6);
    EXPECT_GE(*start.difficulty, 0);
    at_top += *start.difficulty == 0.6 ? 1 : 0;
    below += *start.difficulty < 0.3 ? 1 : 0;
    EXPECT_EQ(start.random.state(), random.state()) << "an episode keeps its random numbers";
  }
  EXPECT_NEAR(at_top, 0.25 * episodes, 110) << "four standard deviations";
  EXPECT_NEAR(below, 0.375 * episodes, 123);
}

// Of 85 % of success at every difficulty, where failures last a step and successes forty. The first 64 to finish would
// be failures for the most part, and the difficulty would never rise.
TEST(SuccessCurriculum, ShortEpisodesCountNoMoreThanLongOnes) {
  SuccessCurriculum curriculum(counted);
  Players players(curriculum, 16, [](const envs::Start&, envs::Random& random) {
    const bool success = random.uniform_double() < 0.88;
    return Players::Outcome{success, success ? 40 : 1};
  });
  int finished = 0, failed = 0;
  for (int i = 0; i < 3; ++i) {
    players.iterate();
    for (const envs::Episode& episode : players.finished()) failed += episode.success ? 0 : 1;
    finished += static_cast<int>(players.finished().size());
  }
  EXPECT_EQ(failed, finished) << "the first to finish";
  EXPECT_GT(finished, 0);
  double lowest = 1;
  for (int i = 0; i < 3000; ++i) {
    players.iterate();
    if (i > 1500) lowest = std::min(lowest, curriculum.difficulty());
  }
  EXPECT_GE(lowest, 0.7);
}

TEST(SuccessCurriculum, ShowsHowEpisodesOfEachDifficultyEnded) {
  SuccessCurriculum curriculum(counted, {.initial = 0.5, .step = 0.05});
  Players players(curriculum, 8, [](const envs::Start& start, envs::Random&) {
    return Players::Outcome{*start.difficulty < 0.25, 3};
  });
  EXPECT_TRUE(curriculum.standings().levels.empty());
  for (int i = 0; i < 200; ++i) players.iterate();
  const Standings shown = curriculum.standings();
  EXPECT_EQ(shown.place, "difficulty");
  ASSERT_GT(shown.levels.size(), 4U);
  for (const Standing& each : shown.levels) {
    EXPECT_GT(each.plays, 0);
    EXPECT_EQ(each.success, each.place < 0.25 ? 1 : 0) << each.place;
  }
}

TEST(SuccessCurriculum, GoesOnAsIfNeverStopped) {
  SuccessCurriculum whole(counted), resumed(counted);
  Players players(whole, 6, learner(0.3));
  for (int i = 0; i < 37; ++i) players.iterate();
  resumed.begin({.factory = counting, .environments = 6, .seed = Players::seed});
  EXPECT_FALSE(choose_alike(whole, resumed, 6));
  const envs::VectorEnvironment worlds(counting, 6, 1);
  resumed.load(saved(whole));
  for (int i = 0; i < 60; ++i) {
    EXPECT_TRUE(choose_alike(whole, resumed, 6));
    players.iterate();
    resumed.learn(players.finished(), worlds);
    EXPECT_EQ(saved(whole).get<std::int64_t>("curriculum/window/judged"),
              saved(resumed).get<std::int64_t>("curriculum/window/judged"));
  }
}

TEST(SuccessCurriculum, RefusesArchivesThatDoNotFit) {
  SuccessCurriculum curriculum(counted);
  Players players(curriculum, 4, learner(0.3));
  for (int i = 0; i < 20; ++i) players.iterate();
  const Archive good = saved(curriculum);
  EXPECT_NO_THROW(curriculum.load(good));
  using Counts = std::vector<std::int64_t>;
  for (const Archive& bad : {with(good, "curriculum/rung", Counts{16}), with(good, "curriculum/rung", Counts{-1}),
                             with(good, "curriculum/running/windows", Counts{-2, 0, 0, 0}),
                             with(good, "curriculum/running/windows", Counts{0, 0, 0, 1'000'000}),
                             with(good, "curriculum/running/difficulties", std::vector<double>{0, 0, 0, NAN}),
                             with(good, "curriculum/running/difficulties", std::vector<double>{0, 0, 0, 0.8}),
                             with(good, "curriculum/running/difficulties", std::vector<double>{0, 0, 0})})
    EXPECT_THROW(curriculum.load(bad), std::runtime_error);
}

TEST(SuccessCurriculum, RefusesWorldsAndOptionsThatLeaveNothingToRaise) {
  const auto refusal = [](const envs::Environment& of, const SuccessCurriculumOptions& options) -> std::string {
    try {
      SuccessCurriculum curriculum(of, options);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal(envs::CartPole(), {}),
            "The curriculum 'success' raises a world's difficulty, and 'cartpole' has no easier episodes.");
  EXPECT_THAT(refusal(counted, {.initial = 0.75}), ::testing::HasSubstr("there is nothing to raise"));
  EXPECT_THAT(refusal(counted, {.raise = 0.3, .lower = 0.3}), ::testing::HasSubstr("'lower' cannot be 0.3"));
  EXPECT_THAT(refusal(counted, {.step = 0}), ::testing::HasSubstr("'step' cannot be 0"));
  EXPECT_THAT(refusal(counted, {.window = 0}), ::testing::HasSubstr("'window' cannot be 0"));
  EXPECT_EQ(refusal(counted, {}), "");
}

TEST(SuccessCurriculum, AllocatesNothing) {
  SuccessCurriculum curriculum(counted);
  Players players(curriculum, 4, learner(0.3));
  players.iterate();
  const envs::VectorEnvironment worlds(counting, 4, 1);
  const std::vector<envs::Episode> finished = players.finished();
  Telemetry telemetry;
  telemetry.metrics.reserve(8);
  const long before = tests::allocations;
  curriculum.learn(finished, worlds);
  const envs::Start start = curriculum.choose(1, 5, {});
  curriculum.report(telemetry);
  EXPECT_EQ(tests::allocations - before, 0);
  EXPECT_TRUE(start.difficulty.has_value());
}

}  // namespace
}  // namespace cairn::agents
