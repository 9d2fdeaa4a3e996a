#include "apps/comparison/report.h"

#include <gmock/gmock.h>

#include "tests/apps/comparison/fake_runs.h"

namespace cairn::comparison {
namespace {

using testing::HasSubstr;
using testing::Not;

Findings small_findings(const Scratch& scratch, int seeds) {
  Findings findings{.matrix = small_matrix(seeds), .analysis = {}};
  const auto job = [&](std::size_t s, std::size_t a, int seed) {
    return fake_job(scratch, findings.matrix, s, a, seed);
  };
  for (std::size_t s = 0; s < 2; ++s)
    for (std::size_t a = 0; a < 3; ++a)
      for (int seed = 1; seed <= seeds; ++seed)
        fake_run(job(s, a, seed), 10.0 * seed, 100 * static_cast<double>(a) + seed);
  findings.analysis = analyse(findings.matrix, job);
  return findings;
}

TEST(Report, OwnsUpToWhatItIs) {
  const Scratch scratch;
  const Findings findings = small_findings(scratch, 3);
  std::filesystem::create_directories(scratch.path / "charts");
  const std::string text = to_markdown(make_document(findings, scratch.path / "charts"), "charts");
  EXPECT_THAT(text, HasSubstr("**Exploratory** (3 seeds; untuned"));
  EXPECT_THAT(text, HasSubstr("How often such intervals from 3 runs contain the truth"));
  EXPECT_THAT(text, HasSubstr("cairn compare --tasks cartpole acrobot"));
  EXPECT_THAT(text, HasSubstr("a machine"));
  EXPECT_THAT(text, HasSubstr("**lion**: better than"));
  EXPECT_THAT(text, Not(HasSubstr("significant")));
  EXPECT_THAT(text, Not(HasSubstr("## Tuning")));
  EXPECT_LT(text.find("## Configuration"), text.find("## Time and memory")) << "what the clock made comes last";
  EXPECT_THAT(to_text(findings), HasSubstr("lion"));
}

TEST(Report, ShowsTuning) {
  const Scratch scratch;
  Findings findings = small_findings(scratch, 2);
  findings.matrix.tuned = true;
  findings.tuning.emplace();
  for (const Arm& arm : findings.matrix.arms) {
    TunedArm& tuned = findings.tuning->arms.emplace_back();
    tuned.space = space_of(arm.optimizer, {"lr"});
    tuned.trials = {{arm.optimizer, {{0.1}, {0.2}}, 1e-3},
                    {trial_spec(arm.optimizer, tuned.space, 1), {{0.3}, {0.1}}, 1e-2}};
    choose(tuned, findings.matrix, {0, 1});
  }
  findings.best_per_setting = findings.analysis;
  std::filesystem::create_directories(scratch.path / "charts");
  const std::string text = to_markdown(make_document(findings, scratch.path / "charts"), "charts");
  EXPECT_THAT(text, HasSubstr("## Tuning"));
  EXPECT_THAT(text, HasSubstr("rates-cartpole-ppo.svg"));
  EXPECT_THAT(text, HasSubstr("One configuration for all beside the best of each setting"));
  EXPECT_THAT(text, Not(HasSubstr("untuned")));
}

}  // namespace
}  // namespace cairn::comparison
