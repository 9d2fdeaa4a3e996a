#include "envs/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/envs/counting_world.h"
#include "tests/envs/world_checks.h"

namespace cairn::envs {
namespace {

using Observation = std::array<float, 2>;

Step step(Environment& world, float action, Observation& observation) {
  return world.step({&action, 1}, observation);
}

TEST(Environment, TruncatesAtTheHorizonAndOnlyThere) {
  CountingWorld world(4);
  Observation observation;
  world.reset(Random(1, Stream::environment), observation);
  for (int i = 1; i <= 4; ++i) {
    const Step outcome = step(world, 1, observation);
    EXPECT_EQ(outcome.truncated, i == 4);
    EXPECT_FALSE(outcome.terminated);
    EXPECT_EQ(outcome.success, i == 3);
  }
}

TEST(Environment, TerminationAtTheHorizonIsNoTruncation) {
  CountingWorld world(4, 4);
  Observation observation;
  world.reset(Random(1, Stream::environment), observation);
  Step outcome;
  for (int i = 0; i < 4; ++i) outcome = step(world, 1, observation);
  EXPECT_TRUE(outcome.terminated);
  EXPECT_FALSE(outcome.truncated);
}

TEST(Environment, ClampsActionsToTheirBounds) {
  CountingWorld world;
  Observation observation;
  world.reset(Random(1, Stream::environment), observation);
  EXPECT_EQ(step(world, 5, observation).reward, 2.0F);
  EXPECT_EQ(step(world, -7, observation).reward, -4.0F);
}

TEST(Environment, RefusesWhatIsNotFiniteWithTheWorldUntouched) {
  CountingWorld world;
  Observation observation, after;
  world.reset(Random(1, Stream::environment), observation);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    EXPECT_THAT([&] { step(world, bad, after); },
                ::testing::ThrowsMessage<std::invalid_argument>(::testing::HasSubstr("must be finite")));
  const std::array<float, 2> two{};
  EXPECT_THROW(world.step(two, after), std::invalid_argument);
  EXPECT_EQ(world.elapsed(), 0);
  EXPECT_EQ(step(world, 1, observation).reward, 1.0F);
}

TEST(Environment, RestoringReplaysToTheBit) {
  CountingWorld world(100), copy(100);
  Observation a, b;
  world.reset(Random(3, Stream::environment, 2, 5), a);
  for (int i = 0; i < 7; ++i) step(world, 0.1F * static_cast<float>(i), a);
  copy.restore(world.snapshot(), b);
  EXPECT_EQ(a, b);
  EXPECT_EQ(copy.elapsed(), 7);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(step(world, 1, a).reward, step(copy, 1, b).reward);
    EXPECT_EQ(a, b);
  }
  world.restore(world.snapshot(), b);  // its own
  EXPECT_EQ(a, b);
}

TEST(Environment, AStartCarriesItsDifficultyAndItsState) {
  CountingWorld world;
  Observation o;
  EXPECT_EQ(world.difficulty(), 0.75) << "its own, before the first episode";
  world.reset(Random(1, Stream::environment), o);
  EXPECT_EQ(world.episode_start().difficulty, 0.75) << "filled in";
  world.reset({.random = Random(1, Stream::environment), .difficulty = 0.25, .state = {7}}, o);
  EXPECT_EQ(o[0], 7.0F);
  EXPECT_EQ(world.difficulty(), 0.25);
  EXPECT_EQ(step(world, 1, o).reward, 8.0F);
  EXPECT_EQ(world.state(), std::vector<float>{8});
  const float noise = o[1];

  CountingWorld copy;
  copy.restore(world.snapshot(), o);
  EXPECT_EQ(o, (Observation{8, noise}));
  EXPECT_EQ(copy.difficulty(), 0.25);
  copy.restore(copy.snapshot(), o);
  EXPECT_EQ(o, (Observation{8, noise}));
  EXPECT_EQ(copy.difficulty(), 0.25);
  copy.reset(copy.episode_start(), o);  // again from the same start
  EXPECT_EQ(o[0], 7.0F);
}

TEST(Environment, RefusesStartsInOneSentence) {
  CountingWorld world;
  Observation o;
  const auto refuses = [&](const Start& start, const char* sentence) {
    EXPECT_THAT([&] { world.reset(start, o); }, ::testing::ThrowsMessage<std::invalid_argument>(sentence));
  };
  refuses({.difficulty = 1.5}, "counting: the difficulty of a start lies in [0,1]; it cannot be 1.500000.");
  refuses({.difficulty = std::numeric_limits<double>::quiet_NaN()},
          "counting: the difficulty of a start lies in [0,1]; it cannot be nan.");
  refuses({.state = {1, 2}}, "counting: a state has 1 components, not 2.");
  refuses({.state = {-1}}, "counting: 'count' of a state lies in [0.000000,1000.000000]; it cannot be -1.000000.");
  refuses({.state = {std::numeric_limits<float>::infinity()}},
          "counting: 'count' of a state lies in [0.000000,1000.000000]; it cannot be inf.");
}

TEST(Environment, GoesOnAsBeforeAfterARefusedStart) {
  checks::refused_starts([] { return std::make_unique<CountingWorld>(100); });
}

/// Neither difficulty nor states.
class PlainWorld : public Environment {
 public:
  PlainWorld()
      : Environment({.id = "plain",
                     .summary = "",
                     .observation = {{"time", "", 0, 1000}},
                     .action = {{"nothing", "", -1, 1}}}) {}
  void draw(Canvas& canvas) const override { canvas.view({0, 0}, {1, 1}); }

 protected:
  void start(Random&) override {}
  Step advance(std::span<const float>) override { return {}; }
  void observe(std::span<float> observation) const override { observation[0] = static_cast<float>(elapsed()); }
};

TEST(Environment, RefusesDifficultiesAndStatesThatAWorldLacks) {
  checks::refused_starts([] { return std::make_unique<PlainWorld>(); });
  PlainWorld world;
  std::array<float, 1> o;
  EXPECT_NO_THROW(world.reset(Start{.difficulty = 1}, o));
  EXPECT_THAT([&] { world.reset(Start{.difficulty = 0.5}, o); },
              ::testing::ThrowsMessage<std::invalid_argument>(
                  "plain has no easier episodes: the difficulty of a start is 1, not 0.500000."));
  EXPECT_THAT([&] { world.reset(Start{.state = {1}}, o); },
              ::testing::ThrowsMessage<std::invalid_argument>("plain: episodes cannot start in a state."));
}

TEST(Environment, GoalsAreRefusedByWorldsWithoutThem) {
  const CountingWorld world;
  const Eigen::MatrixXf goals = Eigen::MatrixXf::Zero(2, 3);
  Eigen::VectorXf rewards(3);
  EXPECT_THROW(world.compute_reward(goals, goals, rewards), std::logic_error);
}

}  // namespace
}  // namespace cairn::envs
