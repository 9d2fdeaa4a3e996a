#include "envs/vector_environment.h"

#include <gtest/gtest.h>

#include "envs/thread_pool.h"
#include "tests/allocation_counter.h"
#include "tests/envs/counting_world.h"

namespace cairn::envs {
namespace {

EnvironmentFactory worlds(int horizon, int end = 1000) {
  return [=] { return std::make_unique<CountingWorld>(horizon, end); };
}

TEST(VectorEnvironment, ResetsInTheSameStepAndHandsOutTheFinalObservation) {
  VectorEnvironment envs(worlds(3), 2, 7);
  const Eigen::MatrixXf actions = Eigen::MatrixXf::Ones(1, 2);
  for (int i = 0; i < 3; ++i) envs.step(0, actions);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(envs.steps()[static_cast<std::size_t>(i)].truncated);
    EXPECT_EQ(envs.observations()(0, i), 0.0F) << "already the next episode's first observation";
    EXPECT_EQ(envs.final_observations()(0, i), 3.0F);
  }
  std::vector<Episode> finished;
  envs.take_finished(finished);
  ASSERT_EQ(finished.size(), 2U);
  EXPECT_EQ(finished[1].environment, 1);
  EXPECT_EQ(finished[1].length, 3);
  EXPECT_EQ(finished[1].episode_return, 6.0);
  EXPECT_TRUE(finished[1].success) << "it succeeded on the way";
  finished.clear();
  envs.take_finished(finished);
  EXPECT_TRUE(finished.empty());
}

/// Its only legal action is that of the step's number.
class MaskedWorld : public Environment {
 public:
  MaskedWorld()
      : Environment({.id = "masked",
                     .summary = "counts",
                     .observation = {{"count", "", 0, 1000}},
                     .action = {},
                     .action_names = {"first", "second", "third", "fourth"},
                     .horizon = 3,
                     .masks = true}) {}
  void draw(Canvas& canvas) const override { canvas.view({0, 0}, {1, 1}); }
  void mask(std::span<float> legal) const override {
    for (std::size_t a = 0; a < legal.size(); ++a) legal[a] = static_cast<int>(a) == elapsed() ? 1 : 0;
  }

 protected:
  void start(Random&) override {}
  Step advance(std::span<const float>) override { return {}; }
  void observe(std::span<float> observation) const override { observation[0] = static_cast<float>(elapsed()); }
};

TEST(VectorEnvironment, HandsOutTheMaskOfWhereAnEpisodeWasCut) {
  VectorEnvironment envs([] { return std::make_unique<MaskedWorld>(); }, 1, 7);
  for (int i = 0; i < 3; ++i) envs.step(0, Eigen::MatrixXf::Constant(1, 1, static_cast<float>(i)));
  EXPECT_TRUE(envs.steps()[0].truncated);
  EXPECT_EQ(envs.masks().col(0), Eigen::Vector4f(1, 0, 0, 0)) << "of the next episode's first observation";
  EXPECT_EQ(envs.final_masks().col(0), Eigen::Vector4f(0, 0, 0, 1));
}

TEST(VectorEnvironment, EveryColumnAndEpisodeHasItsOwnRandomNumbers) {
  VectorEnvironment envs(worlds(1), 2, 7);
  const float first = envs.observations()(1, 0);
  EXPECT_NE(first, envs.observations()(1, 1));
  envs.step(0, Eigen::MatrixXf::Ones(1, 2));
  EXPECT_NE(first, envs.observations()(1, 0));
  const VectorEnvironment more(worlds(1), 5, 7);
  EXPECT_EQ(first, more.observations()(1, 0)) << "more worlds change nothing in the first";
}

TEST(VectorEnvironment, ColumnsAreTheSameWhateverTheNumberOfThreads) {
  Eigen::MatrixXf seen[3];
  for (const int threads : {1, 2, 3}) {
    VectorEnvironment envs(worlds(4), 12, 3);
    ThreadPool pool(threads);
    for (int t = 0; t < 50; ++t)
      pool.run(3, [&](int shard) { envs.step(4 * shard, Eigen::MatrixXf::Constant(1, 4, 0.5F)); });
    seen[threads - 1] = envs.observations();
  }
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[0], seen[2]);
}

TEST(VectorEnvironment, GoesOnFromItsStateToTheBit) {
  VectorEnvironment envs(worlds(9, 7), 3, 11), copy(worlds(9, 7), 3, 11);
  const Eigen::MatrixXf actions = Eigen::MatrixXf::Constant(1, 3, 0.3F);
  for (int t = 0; t < 17; ++t) envs.step(0, actions);
  std::vector<Episode> a, b;
  envs.take_finished(a);
  copy.restore(envs.state());
  a.clear();
  for (int t = 0; t < 20; ++t) {
    EXPECT_EQ(envs.observations(), copy.observations()) << t;
    envs.step(0, actions);
    copy.step(0, actions);
  }
  envs.take_finished(a);
  copy.take_finished(b);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].episode_return, b[i].episode_return);
  EXPECT_THROW(copy.restore({}), std::invalid_argument);
}

/// Even columns get easier with every episode; odd ones begin at the count of their episode's number.
Start chosen(int column, std::uint32_t episode, Start usual) {
  if (column % 2 == 0)
    usual.difficulty = 1 / (1.0 + episode);
  else
    usual.state = {static_cast<float>(episode)};
  return usual;
}

TEST(VectorEnvironment, TakesItsStartsFromASource) {
  VectorEnvironment envs(worlds(2), 2, 7, Stream::environment, chosen);
  const VectorEnvironment usual(worlds(2), 2, 7);
  EXPECT_EQ(envs.environment(0).difficulty(), 1.0) << "the first episode's, too";
  EXPECT_EQ(envs.environment(1).difficulty(), 0.75) << "the world's own, unless the source changes it";
  EXPECT_EQ(envs.observations().row(1), usual.observations().row(1)) << "and so are the random numbers";
  for (int t = 0; t < 6; ++t) envs.step(0, Eigen::MatrixXf::Ones(1, 2));
  EXPECT_EQ(envs.environment(0).difficulty(), 0.25);
  EXPECT_EQ(envs.observations()(0, 1), 3.0F);

  std::vector<Episode> finished;
  envs.take_finished(finished);
  ASSERT_EQ(finished.size(), 6U);
  for (std::uint32_t i = 0; i < 6; ++i) {
    const Episode& episode = finished[i];
    EXPECT_EQ(episode.number, i % 3);
    EXPECT_EQ(episode.difficulty, i < 3 ? 1 / (1.0 + i) : 0.75);
    EXPECT_EQ(episode.from_state, i >= 3);
    EXPECT_EQ(episode.length, 2);
    EXPECT_EQ(episode.episode_return, i < 3 ? 3 : 2 * (i % 3) + 3)
        << "a step pays its number, counted on from the state";
  }
}

TEST(VectorEnvironment, TheUsualEpisodeSaysWhatItsStartWas) {
  VectorEnvironment envs(worlds(1), 1, 7);
  for (int t = 0; t < 2; ++t) envs.step(0, Eigen::MatrixXf::Ones(1, 1));
  std::vector<Episode> finished;
  envs.take_finished(finished);
  ASSERT_EQ(finished.size(), 2U);
  EXPECT_EQ(finished[1].number, 1U);
  EXPECT_EQ(finished[1].difficulty, 0.75);
  EXPECT_FALSE(finished[1].from_state);
}

TEST(VectorEnvironment, AStartThatTheWorldRefusesLeavesThroughTheStep) {
  VectorEnvironment envs(worlds(2), 1, 7, Stream::environment, [](int, std::uint32_t episode, Start usual) {
    if (episode == 1) usual.difficulty = 2;
    return usual;
  });
  envs.step(0, Eigen::MatrixXf::Ones(1, 1));
  EXPECT_THROW(envs.step(0, Eigen::MatrixXf::Ones(1, 1)), std::invalid_argument);
}

TEST(VectorEnvironment, ChosenStartsAreTheSameWhateverTheNumberOfThreads) {
  Eigen::MatrixXf seen[3];
  for (const int threads : {1, 2, 3}) {
    VectorEnvironment envs(worlds(4), 12, 3, Stream::environment, chosen);
    ThreadPool pool(threads);
    for (int t = 0; t < 50; ++t)
      pool.run(3, [&](int shard) { envs.step(4 * shard, Eigen::MatrixXf::Constant(1, 4, 0.5F)); });
    seen[threads - 1] = envs.observations();
  }
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[0], seen[2]);
}

TEST(VectorEnvironment, GoesOnFromAStateWithChosenStarts) {
  VectorEnvironment envs(worlds(5), 4, 11, Stream::environment, chosen);
  VectorEnvironment copy(worlds(5), 4, 11, Stream::environment, chosen);
  const Eigen::MatrixXf actions = Eigen::MatrixXf::Constant(1, 4, 0.3F);
  for (int t = 0; t < 12; ++t) envs.step(0, actions);
  copy.restore(envs.state());
  for (int t = 0; t < 12; ++t) {
    EXPECT_EQ(envs.observations(), copy.observations()) << t;
    envs.step(0, actions);
    copy.step(0, actions);
  }
}

TEST(VectorEnvironment, AStepAllocatesNothing) {
  VectorEnvironment envs(worlds(4), 3, 7);
  const Eigen::MatrixXf actions = Eigen::MatrixXf::Ones(1, 3);
  std::vector<Episode> finished;
  finished.reserve(100);
  for (int t = 0; t < 10; ++t) envs.step(0, actions);
  const long before = tests::allocations;
  for (int t = 0; t < 100; ++t) envs.step(0, actions);
  EXPECT_EQ(tests::allocations - before, 0) << "resets included";
  envs.take_finished(finished);
  EXPECT_GT(finished.size(), 70U);
}

}  // namespace
}  // namespace cairn::envs
