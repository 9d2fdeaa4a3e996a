#include "agents/training/gate.h"

#include <gmock/gmock.h>

#include "tests/agents/training/learner.h"
#include "tests/envs/counting_world.h"

namespace cairn::agents {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// An episode of eleven steps returns 66 times the action, the wanderer's bias.
class OpeningGate : public testing::Test {
 protected:
  envs::EnvironmentFactory factory = [] { return std::make_unique<envs::CountingWorld>(11); };
  envs::ThreadPool pool{1};
  Wanderer agent;
  double mean = 0;  // return of the policy as it is
  void SetUp() override {
    agent.begin({factory, 4, 5, 1'000, &pool});
    Telemetry telemetry;
    agent.iterate(telemetry);
    mean = evaluate(agent.policy(), factory, {.episodes = 1}, pool).mean_return;
  }
  static std::deque<envs::Episode> episodes(std::size_t count, double episode_return) {
    return std::deque<envs::Episode>(count, {0, 11, episode_return, true});
  }
};

TEST_F(OpeningGate, NeedsAHundredGreedyEpisodesAtTheGoal) {
  Gate reached(mean - 1, 5, factory, pool), missed(mean + 1, 5, factory, pool), none(std::nullopt, 5, factory, pool);
  const auto seen = reached.look(agent, episodes(30, mean), 1);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->returns.size(), 100U);
  EXPECT_NEAR(seen->mean_return, mean, 1e-3);
  EXPECT_FALSE(missed.look(agent, episodes(30, mean), 1).has_value());
  EXPECT_FALSE(none.look(agent, episodes(30, mean), 1).has_value());
}

TEST_F(OpeningGate, LooksOnlyWhereTrainingReturnsAreNear) {
  Gate gate(mean - 1, 5, factory, pool);
  EXPECT_FALSE(gate.look(agent, episodes(29, mean), 1).has_value()) << "too few episodes";
  EXPECT_FALSE(gate.look(agent, episodes(30, mean - 32), 1).has_value()) << "too far below";
  EXPECT_TRUE(gate.look(agent, episodes(30, mean - 30), 1).has_value());
}

TEST_F(OpeningGate, WaitsAfterALookInVainAlsoWhenResumed) {
  Gate first(mean + 1, 5, factory, pool);
  EXPECT_FALSE(first.look(agent, episodes(30, mean), 4).has_value());
  Archive archive;
  first.save(archive);
  EXPECT_EQ(archive.get_value<std::int64_t>("gate/looks"), 1);
  Gate resumed(mean - 1, 5, factory, pool);
  resumed.load(archive);
  EXPECT_FALSE(resumed.look_again(agent).has_value()) << "it had not reached the goal";
  EXPECT_FALSE(resumed.look(agent, episodes(30, mean), 6).has_value());
  EXPECT_TRUE(resumed.look(agent, episodes(30, mean), 7).has_value());
}

TEST_F(OpeningGate, OfARunThatHadReachedItsGoalLooksAgainAtTheSameEpisodes) {
  Gate gate(mean - 1, 5, factory, pool);
  const auto seen = gate.look(agent, episodes(30, mean), 1);
  Archive archive, again;
  gate.save(archive);
  Gate resumed(mean - 1, 5, factory, pool);
  resumed.load(archive);
  const auto repeated = resumed.look_again(agent);
  ASSERT_TRUE(repeated.has_value());
  EXPECT_EQ(repeated->returns, seen->returns);
  resumed.save(again);
  EXPECT_EQ(again.get_value<std::int64_t>("gate/looks"), 1) << "which is the same look";
}

TEST_F(OpeningGate, RefusesCountsThatCannotBe) {
  Gate gate(mean, 5, factory, pool);
  for (const auto& [looks, next, reached] : {std::tuple{-1, 0, 0}, {0, -1, 0}, {1, 0, 2}, {0, 0, 1}}) {
    Archive archive;
    archive.put_value("gate/looks", std::int64_t{looks});
    archive.put_value("gate/next_look", std::int64_t{next});
    archive.put_value("gate/reached", std::int64_t{reached});
    EXPECT_THAT([&] { gate.load(archive); }, ThrowsMessage<std::runtime_error>(HasSubstr("'gate/")));
  }
}

}  // namespace
}  // namespace cairn::agents
