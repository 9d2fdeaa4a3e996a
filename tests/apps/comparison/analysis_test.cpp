#include "apps/comparison/analysis.h"

#include <gmock/gmock.h>

#include "tests/apps/comparison/fake_runs.h"

namespace cairn::comparison {
namespace {

TEST(Analysis, MedianCountsWhatNeverCameAsLater) {
  EXPECT_EQ(censored_median({3, 1, 2}), 2);
  EXPECT_EQ(censored_median({3, 1, std::nullopt}), 3);
  EXPECT_EQ(censored_median({3, 1, std::nullopt, std::nullopt}), std::nullopt);
  EXPECT_EQ(censored_median({3, 1, 5, std::nullopt}), 4);
  EXPECT_EQ(censored_median({}), std::nullopt);
}

TEST(Analysis, TellsApartWhatIsAndNothingElse) {
  const Scratch scratch;
  const Matrix matrix = small_matrix(8);
  const auto job = [&](std::size_t s, std::size_t a, int seed) { return fake_job(scratch, matrix, s, a, seed); };
  for (std::size_t s = 0; s < 2; ++s)
    for (std::size_t a = 0; a < 3; ++a)
      for (int seed = 1; seed <= 8; ++seed) {
        const double height = a == 2 ? 400 : 100;  // lion; the other two are alike
        if (a == 1 && seed == 8)
          write_file(job(s, a, seed).folder.string() + ".failed", "Exit status 1: it broke.\n");
        else
          fake_run(job(s, a, seed), s == 0 ? height : -500,
                   (s == 0 ? height : -500) + 10 * ((seed * 5 + static_cast<int>(a)) % 8));
      }
  const Analysis analysis = analysis_of(matrix, job);
  EXPECT_EQ(analysis.scales[0].reference, 475);
  EXPECT_NEAR(analysis.scales[0].random, 22, 4);
  EXPECT_DOUBLE_EQ(analysis.scales[0].score(475), 1);
  EXPECT_EQ(analysis.pairs[0][1].difference, Difference::not_distinguishable);
  EXPECT_EQ(analysis.pairs[2][0].improvement.value, 1 - analysis.pairs[0][2].improvement.value);
  EXPECT_EQ(analysis.pairs[2][0].difference, analysis.pairs[0][2].difference == Difference::worse
                                                 ? Difference::better
                                                 : Difference::not_distinguishable);
  EXPECT_GT(analysis.arms[2].area_iqm.value, analysis.arms[0].area_iqm.value);
  EXPECT_EQ(analysis.arms[1].failed, 2);
  // Failed on CartPole: as bad as random, which is worse than any run here.
  EXPECT_DOUBLE_EQ(analysis.arms[1].areas[0].back(), 0);
  EXPECT_EQ(analysis.arms[1].runs, 16);
  double lacking = 0;  // of lion's 16 runs; on Acrobot far more than one
  for (const std::vector<double>& stratum : analysis.arms[2].lasts)
    for (const double score : stratum) lacking += std::max(0.0, 1 - score) / 16;
  EXPECT_NEAR(analysis.arms[2].last_gap.value, lacking, 1e-12);
  EXPECT_DOUBLE_EQ(analysis.arms[1].area_gap.value,
                   (analysis.cells[0][1].area_gap.value + analysis.cells[1][1].area_gap.value) / 2);
  EXPECT_EQ(analysis.arms[0].state_per_parameter, 2) << "Adam's two moments";
  EXPECT_EQ(analysis.arms[2].state_per_parameter, 1) << "Lion's one";
  EXPECT_EQ(analysis.cells[0][0].solved, 0);
  EXPECT_FALSE(analysis.cells[0][0].median_steps);
  EXPECT_THAT(analysis.made_by, testing::ElementsAre("version 1, cpu a machine"));
}

TEST(Analysis, SetsOfRunsAreScoredByOneMeasure) {
  const Scratch scratch;
  Matrix matrix = small_matrix(6);
  matrix.workloads = {{"cartpole", "ppo", 4000}, {"pendulum", "ppo", 4000}};
  const auto in = [&](const char* folder) -> JobOf {
    return [&, folder](std::size_t s, std::size_t a, int seed) {
      Job job = fake_job(scratch, matrix, s, a, seed);
      job.folder = scratch.path / folder / job.folder.lexically_relative(scratch.path);
      return job;
    };
  };
  // The first optimizer gains, the second loses, the third stays. On Pendulum, which has no threshold, the best is 0.
  const std::vector<JobOf> sets{in("tuned"), in("untuned")};
  const double height[2][3] = {{300, 100, 200}, {100, 250, 200}};
  for (std::size_t set = 0; set < 2; ++set)
    for (std::size_t s = 0; s < 2; ++s)
      for (std::size_t a = 0; a < 3; ++a)
        for (int seed = 1; seed <= 6; ++seed) {
          const double high = height[set][a] + seed - (s == 0 ? 0 : 306);
          fake_run(sets[set](s, a, seed), high, high);
        }
  write_file(sets[1](0, 0, 6).folder.string() + ".failed", "Exit status 1: it broke.\n");
  std::filesystem::remove_all(sets[1](0, 0, 6).folder);
  const std::vector<Analysis> both = analyse(matrix, sets);
  ASSERT_EQ(both.size(), 2U);
  for (const Analysis& analysis : both) {
    EXPECT_FALSE(analysis.scales[1].has_threshold);
    EXPECT_EQ(analysis.scales[1].reference, 0) << "the best of both sets";
  }
  EXPECT_EQ(both[1].arms[0].failed, 1);
  EXPECT_EQ(both[1].arms[0].areas[0].back(), 0) << "as random, which is worse than any run here";
  const std::vector<Gain> gain = gains(both[0], both[1]);
  ASSERT_EQ(gain.size(), 3U);
  EXPECT_EQ(gain[0].pair.difference, Difference::better);
  EXPECT_EQ(gain[1].pair.difference, Difference::worse);
  EXPECT_EQ(gain[2].pair.difference, Difference::not_distinguishable);
  EXPECT_NEAR(gain[0].area.value, both[0].arms[0].area_iqm.value - both[1].arms[0].area_iqm.value, 1e-12);
  EXPECT_GT(gain[0].area.interval.low, 0);
  EXPECT_LT(gain[1].last.interval.high, 0);
  EXPECT_EQ(gain[2].area.interval.low, 0) << "the same runs";
  EXPECT_EQ(gain[2].area.interval.high, 0);
  EXPECT_DOUBLE_EQ(gain[0].pair.adjusted, 3 * gain[0].pair.p_value);
}

}  // namespace
}  // namespace cairn::comparison
