#include "apps/comparison/tuning.h"

#include <gmock/gmock.h>

#include <numeric>

#include "apps/command_line/errors.h"
#include "apps/command_line/registry.h"

namespace cairn::comparison {
namespace {

using testing::HasSubstr;

TEST(Tuning, HaltonsFirstPoints) {
  EXPECT_DOUBLE_EQ(halton(1, 2), 1.0 / 2);
  EXPECT_DOUBLE_EQ(halton(2, 2), 1.0 / 4);
  EXPECT_DOUBLE_EQ(halton(3, 2), 3.0 / 4);
  EXPECT_DOUBLE_EQ(halton(6, 2), 3.0 / 8);
  EXPECT_DOUBLE_EQ(halton(1, 3), 1.0 / 3);
  EXPECT_DOUBLE_EQ(halton(5, 3), 7.0 / 9);
}

TEST(Tuning, SpaceIsWhatTheOptimizerHas) {
  const std::vector<std::string> all{"lr", "eps", "momentum"};
  const std::vector<Dimension> adam = space_of("adam:lr=1e-3", all);
  ASSERT_EQ(adam.size(), 3U);
  EXPECT_EQ(adam[2].key, "beta1");
  EXPECT_NEAR(adam[0].at(0), 3e-5, 1e-12);
  EXPECT_NEAR(adam[0].at(1), 3e-2, 1e-12);
  EXPECT_NEAR(adam[0].at(0.5), std::sqrt(3e-5 * 3e-2), 1e-9) << "half way in the logarithm";
  EXPECT_NEAR(adam[2].at(0), 0.995, 1e-12);
  EXPECT_NEAR(adam[2].at(1), 0, 1e-12);
  EXPECT_NEAR(adam[0].share(adam[0].at(0.3)), 0.3, 1e-9);
  EXPECT_NEAR(adam[2].share(adam[2].at(0.3)), 0.3, 1e-9);
  EXPECT_EQ(space_of("sgd:momentum=0.9", all).size(), 2U) << "no eps";
  EXPECT_EQ(space_of("sgd", all).size(), 1U) << "tuned, plain descent must not become the arm with momentum";
  EXPECT_EQ(space_of("adam", {"lr"}).size(), 1U);
  EXPECT_THROW(space_of("adam", {"rl"}), apps::UsageError);
}

TEST(Tuning, SaysWhatTrialsVary) {
  const auto said = [](const std::string& optimizer, const std::vector<std::string>& keys) {
    return varied_text(optimizer, space_of(optimizer, keys));
  };
  EXPECT_EQ(said("adam", {"lr", "momentum"}), "adam: trials vary lr, beta1 (its momentum).");
  EXPECT_EQ(said("sgd:momentum=0.9", {"momentum"}), "sgd:momentum=0.9: trials vary momentum.");
  EXPECT_EQ(said("sgd", {"momentum", "eps"}), "sgd: has nothing of what trials are to vary and stays as written.");
}

TEST(Tuning, TrialZeroIsTheOptimizerAsWritten) {
  const std::string written = "adam:beta2=0.99";
  const std::vector<Dimension> space = space_of(written, {"lr", "eps", "momentum"});
  EXPECT_EQ(trial_spec(written, space, 0), written);
  for (int trial = 1; trial < 30; ++trial) {
    const std::string spec = trial_spec(written, space, trial);
    EXPECT_THAT(spec, HasSubstr("beta2=0.99"));
    EXPECT_NO_THROW(apps::make_rule(apps::parse_component(spec, "trial"))) << spec;
    EXPECT_NE(spec, trial_spec(written, space, trial - 1));
  }
}

TEST(Tuning, ChoosesTheBestAndWarnsAtTheBorder) {
  Matrix matrix;
  matrix.workloads = {{"cartpole", "ppo", 1000}, {"lander", "ppo", 1000}};
  TunedArm arm;
  arm.space = space_of("adam", {"lr"});
  for (const double rate : {1e-3, 3.1e-5, 1e-2}) arm.trials.push_back({"adam:lr=" + std::to_string(rate), {}, rate});
  arm.trials[0].scores = {{0.5, 0.5}, {0.5, 0.5}};
  arm.trials[1].scores = {{0.9, 0.9}, {0.3, 0.5}};
  arm.trials[2].scores = {{0.1, 0.2}, {0.8, 0.7}};
  choose(arm, matrix, {0, 1, 2});
  EXPECT_EQ(arm.best_overall, 1U) << "0.65 on average against 0.5 and 0.45";
  EXPECT_THAT(arm.best, testing::ElementsAre(1, 2));
  ASSERT_EQ(arm.warnings.size(), 1U);
  EXPECT_THAT(arm.warnings[0], HasSubstr("border of [3e-05, 0.03]"));
  EXPECT_THAT(arm.warnings[0], HasSubstr("lr = 3.1e-05, the lowest of all trials, near the border"));
  choose(arm, matrix, {0, 2});
  EXPECT_EQ(arm.best_overall, 0U);
  EXPECT_TRUE(arm.warnings.empty());
}

// The outermost of the usual number of trials are the border, since none lies nearer to it.
TEST(Tuning, WarnsOfTheOutermostTrials) {
  Matrix matrix;
  matrix.workloads = {{"cartpole", "ppo", 1000}};
  TunedArm arm;
  arm.space = space_of("adam", {"lr"});
  std::size_t fastest = 0, slowest = 0;
  for (int t = 0; t < matrix.tuning.trials; ++t) {
    const std::string spec = trial_spec("adam", arm.space, t);
    const double rate = t == 0 ? 1e-3 : std::stod(spec.substr(spec.find('=') + 1));
    arm.trials.push_back({spec, {{0.0}}, rate});
    if (rate > arm.trials[fastest].rate) fastest = arm.trials.size() - 1;
    if (rate < arm.trials[slowest].rate) slowest = arm.trials.size() - 1;
  }
  std::vector<std::size_t> all(arm.trials.size());
  std::iota(all.begin(), all.end(), 0U);
  for (std::size_t best = 0; best < all.size(); ++best) {
    for (Trial& trial : arm.trials) trial.scores = {{0.0}};
    arm.trials[best].scores = {{1.0}};
    choose(arm, matrix, all);
    if (best == fastest || best == slowest) {
      EXPECT_EQ(arm.warnings.size(), 1U) << arm.trials[best].optimizer;
    } else if (best == 0) {
      EXPECT_TRUE(arm.warnings.empty()) << "the middle";
    } else {
      EXPECT_TRUE(arm.warnings.empty()) << arm.trials[best].optimizer << ": a trial lies farther out";
    }
  }
}

}  // namespace
}  // namespace cairn::comparison
