#include "apps/comparison/report.h"

#include <gmock/gmock.h>

#include "tests/apps/comparison/fake_runs.h"

namespace cairn::comparison {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Findings small_findings(const Scratch& scratch, int seeds) {
  Findings findings{.matrix = small_matrix(seeds), .analysis = {}};
  const auto job = [&](std::size_t s, std::size_t a, int seed) {
    return fake_job(scratch, findings.matrix, s, a, seed);
  };
  for (std::size_t s = 0; s < 2; ++s)
    for (std::size_t a = 0; a < 3; ++a)
      for (int seed = 1; seed <= seeds; ++seed)
        fake_run(job(s, a, seed), 10.0 * seed, 100 * static_cast<double>(a) + seed);
  findings.analysis = analysis_of(findings.matrix, job);
  return findings;
}

std::string markdown(const Findings& findings, const Scratch& scratch) {
  std::filesystem::create_directories(scratch.path / "charts");
  return to_markdown(make_document(findings, scratch.path / "charts"), "charts");
}

TEST(Report, OwnsUpToWhatItIs) {
  const Scratch scratch;
  const Findings findings = small_findings(scratch, 3);
  const std::string text = markdown(findings, scratch);
  EXPECT_THAT(text, HasSubstr("**Exploratory** (3 seeds; untuned"));
  EXPECT_THAT(text, HasSubstr("How often such intervals from 3 runs contain the truth"));
  EXPECT_THAT(text, HasSubstr("cairn compare --tasks cartpole acrobot"));
  EXPECT_THAT(text, HasSubstr("a machine"));
  EXPECT_THAT(text, HasSubstr("| final, gap |"));
  EXPECT_THAT(text, HasSubstr("| 100 % [44–100] |")) << "three runs that succeed are not all runs";
  EXPECT_THAT(text, HasSubstr("| optimizer | Dead units, q | Effective rank, q |"));
  EXPECT_THAT(text, HasSubstr("| **lion** | 2 % | 5 |")) << "the middle of 1, 2 and 3 %, at the end";
  EXPECT_TRUE(std::filesystem::exists(scratch.path / "charts/cartpole-ppo-q-dead_units.svg"));
  EXPECT_THAT(text, HasSubstr("**lion**: better than"));
  EXPECT_THAT(text, Not(HasSubstr("could not be told apart")));
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
  findings.tuning->arms[0].warnings = {"adam: at the border"};
  findings.best_per_workload = findings.analysis;
  const std::string text = markdown(findings, scratch);
  EXPECT_THAT(text, HasSubstr("## Tuning"));
  EXPECT_THAT(text, HasSubstr("rates-cartpole-ppo.svg"));
  EXPECT_THAT(text, HasSubstr("One configuration for all beside the best of each setting"));
  EXPECT_THAT(text, Not(HasSubstr("untuned")));
  EXPECT_THAT(to_text(findings), HasSubstr("Border. adam: at the border.\n"));
  // Two seeds: 2 in 6² shuffles, three pairs.
  EXPECT_THAT(text, HasSubstr("With 2 seeds in 2 settings and 3 pairs to correct for, p is never below 0.17"));
}

TEST(Report, ShowsWhatTuningBrought) {
  const Scratch scratch;
  Findings findings = small_findings(scratch, 3);
  findings.matrix.tuned = findings.matrix.untuned_beside = true;
  findings.untuned = findings.analysis;
  std::swap(findings.untuned->arms[0], findings.untuned->arms[2]);  // tuned, adam is worse and lion better
  findings.gains = gains(findings.analysis, *findings.untuned);
  findings.tuning.emplace();
  for (const Arm& arm : findings.matrix.arms) {
    TunedArm& tuned = findings.tuning->arms.emplace_back();
    tuned.trials = {{arm.optimizer, {{0.1}, {0.2}}, 1e-3}};
    choose(tuned, findings.matrix, {0});
  }
  const std::string text = markdown(findings, scratch);
  EXPECT_THAT(text, HasSubstr("## What tuning brought"));
  EXPECT_THAT(text, ContainsRegex(
                        "\\*\\*lion\\*\\* \\|[^\n]*\\| \\+[0-9.]+ \\(all 6 pairs alike\\) \\| \\*\\*better\\*\\* \\|"));
  EXPECT_THAT(text, ContainsRegex("\\*\\*adam\\*\\* \\|[^\n]* \\| \\*\\*worse\\*\\* \\|"));
  EXPECT_THAT(text, HasSubstr("| +0.00 (all 6 pairs alike) | not distinguishable | 1 |")) << "the same runs";
  EXPECT_THAT(text, HasSubstr("Holm-corrected for 3 comparisons"));
  EXPECT_THAT(text, HasSubstr("gain-area.svg"));
  EXPECT_THAT(text, HasSubstr("tuned with equal budgets, and untuned beside"));
  EXPECT_THAT(to_text(findings), ContainsRegex("What tuning brought, area:\nlion +-?[0-9.]+ to -?[0-9.]+, better\n"));
}

TEST(Report, OwnsUpToFailures) {
  const Scratch scratch;
  Findings findings = small_findings(scratch, 3);
  EXPECT_THAT(to_text(findings), Not(HasSubstr("failed")));
  const auto job = [&](std::size_t s, std::size_t a, int seed) {
    return fake_job(scratch, findings.matrix, s, a, seed);
  };
  const Job broken = job(0, 1, 2);
  std::filesystem::remove_all(broken.folder);
  write_file(broken.folder.string() + ".failed", "Exit status 1: it broke.\n");
  findings.analysis = analysis_of(findings.matrix, job);
  EXPECT_THAT(to_text(findings), ContainsRegex("sgd:momentum=0.9 .* 1 of 6 "));
  EXPECT_THAT(to_text(findings), ContainsRegex("adam .* 0 of 6 "));
  EXPECT_THAT(to_text(findings), HasSubstr("\nExploratory (3 seeds; untuned"));
  const std::string text = markdown(findings, scratch);
  EXPECT_THAT(text, HasSubstr("**Failed:** sgd:momentum=0.9 with seed 2. Exit status 1: it broke. Log: runs/" +
                              broken.folder.parent_path().filename().string() + "/s2.log"));
}

TEST(Report, CountsInPlainEnglish) {
  const Scratch scratch;
  Findings findings{.matrix = small_matrix(1), .analysis = {}};
  findings.matrix.arms.resize(1);
  const auto job = [&](std::size_t s, std::size_t a, int seed) {
    return fake_job(scratch, findings.matrix, s, a, seed);
  };
  for (std::size_t s = 0; s < 2; ++s) fake_run(job(s, 0, 1), 10, 20);
  findings.analysis = analysis_of(findings.matrix, job);
  const std::string text = markdown(findings, scratch);
  EXPECT_THAT(text, HasSubstr("# 1 optimizer compared\n"));
  EXPECT_THAT(text, HasSubstr("1 seed each"));
  EXPECT_THAT(text, HasSubstr("Over 2 settings and 1 seed each"));
  EXPECT_THAT(text, Not(ContainsRegex("[^0-9.]1 (seeds|runs|optimizers|pairs|settings)")));
  EXPECT_THAT(text, HasSubstr("4000 steps with 3 evaluations;")) << "what was done, not the 20 asked for";
  EXPECT_THAT(text, HasSubstr("| 4000 (4000) | 3 (20) |"));
}

/// Three seeds of Adam and Lion, all of which end at `last`, in each of the tasks.
Findings alike_findings(const Scratch& scratch, std::vector<Workload> workloads, double last) {
  Findings findings{.matrix = small_matrix(3), .analysis = {}};
  findings.matrix.workloads = std::move(workloads);
  findings.matrix.arms = {{"adam"}, {"lion"}};
  const auto job = [&](std::size_t s, std::size_t a, int seed) {
    return fake_job(scratch, findings.matrix, s, a, seed);
  };
  for (std::size_t s = 0; s < findings.matrix.workloads.size(); ++s)
    for (std::size_t a = 0; a < 2; ++a)
      for (int seed = 1; seed <= 3; ++seed) fake_run(job(s, a, seed), last, last);
  findings.analysis = analysis_of(findings.matrix, job);
  return findings;
}

// Perfect runs of a task that has no threshold do not fail to solve it.
TEST(Report, SaysWhereATaskHasNoThreshold) {
  const Scratch scratch;
  const Findings findings = alike_findings(scratch, {{"pendulum", "ppo", 4000}}, -150);
  EXPECT_EQ(findings.analysis.arms[0].judged, 0);
  const std::string text = markdown(findings, scratch);
  EXPECT_THAT(text, HasSubstr("Scores are normalised by random and best: 0 is what random actions get, 1 the final "
                              "return of the best run here, because the task has no threshold"));
  EXPECT_THAT(text, Not(HasSubstr("1 the return at which the task counts as solved")));
  EXPECT_THAT(text, Not(HasSubstr("0/3")));
  EXPECT_THAT(text, HasSubstr("| no threshold | no threshold | 0 |")) << "runs that solved, steps to solve, failed";
  EXPECT_THAT(text, HasSubstr("the best run's final return is -150. The task has no threshold"));
  EXPECT_THAT(text, Not(HasSubstr("→ never")));
  EXPECT_FALSE(std::filesystem::exists(scratch.path / "charts/solved.svg"));
  EXPECT_THAT(to_text(findings), HasSubstr("Scores are normalised by random and best"));
}

TEST(Report, CountsAsSolvedOnlyWhereThereIsAThreshold) {
  const Scratch scratch;
  const Findings findings =
      alike_findings(scratch, {{"cartpole", "ppo", 4000}, {"pendulum", "ppo", 4000}}, 480);  // solved is 475
  EXPECT_EQ(findings.analysis.arms[0].runs, 6);
  EXPECT_EQ(findings.analysis.arms[0].judged, 3);
  const std::string text = markdown(findings, scratch);
  EXPECT_THAT(text, HasSubstr("| 3/3 [44–100 %] |"));
  EXPECT_THAT(text, Not(HasSubstr("/6 [")));
  EXPECT_THAT(text,
              HasSubstr("Where tasks have no threshold (pendulum, ppo), scores are normalised by random and best: "
                        "1 is the final return of the best run here."));
  EXPECT_TRUE(std::filesystem::exists(scratch.path / "charts/solved.svg"));
  EXPECT_THAT(to_text(small_findings(scratch, 2)), Not(HasSubstr("normalised"))) << "all tasks have thresholds";
}

TEST(Report, CallsRunsAlikeAndNotCertain) {
  const Scratch scratch;
  const Findings findings = alike_findings(scratch, {{"cartpole", "ppo", 4000}}, 475);
  const std::string text = markdown(findings, scratch);
  EXPECT_THAT(text, HasSubstr("| **adam** | 1.00 (all 3 runs alike) |"));
  EXPECT_THAT(text, HasSubstr("| 475 (all 3 runs alike) |"));
  EXPECT_THAT(text, HasSubstr("| 0.50 (all 6 runs alike) p 1 |"));
  EXPECT_THAT(text, Not(HasSubstr("[1.00, 1.00]")));
  EXPECT_THAT(to_text(findings), HasSubstr("1.00 (all 3 runs alike)"));
}

TEST(Report, NamesWithCommasStayApart) {
  const Scratch scratch;
  Findings findings = small_findings(scratch, 3);
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b)
      findings.analysis.pairs[a][b].difference = a == b   ? Difference::not_distinguishable
                                                 : a == 2 ? Difference::better
                                                 : b == 2 ? Difference::worse
                                                          : Difference::not_distinguishable;
  findings.matrix.arms[0].schedule = "warmup:steps=9,then=(cosine)";
  const std::string text = markdown(findings, scratch);
  EXPECT_THAT(text, HasSubstr("- **lion**: better than all others.\n"));
  EXPECT_THAT(text, HasSubstr("- **sgd:momentum=0.9**: worse than lion. Not distinguishable from adam, "
                              "warmup:steps=9,then=(cosine).\n"));
  for (auto& row : findings.analysis.pairs)
    for (Pair& pair : row) pair.difference = Difference::not_distinguishable;
  EXPECT_THAT(to_markdown(make_document(findings, scratch.path / "charts"), "charts"),
              HasSubstr("- **lion**: not distinguishable from any other.\n"));
}

TEST(Report, CommandsMakeTheSameArmsInTheSameOrder) {
  const auto lines = [](std::vector<Arm> arms) {
    Matrix matrix = small_matrix(1);
    matrix.arms = std::move(arms);
    std::vector<std::string> out;
    for (const std::string& line : commands(matrix)) {
      EXPECT_THAT(line, AllOf(StartsWith("cairn compare "), EndsWith(" --out DIR")));
      const std::size_t from = line.find("--optimizers"), to = line.find(" --budget");
      const std::size_t clip = line.find(" --clips"), end = line.find(" --out");
      out.push_back(line.substr(from, to - from) + (clip < end ? line.substr(clip, end - clip) : ""));
    }
    return out;
  };
  EXPECT_THAT(lines({{"adam", "constant"}, {"adam", "cosine"}, {"lion", "constant"}, {"lion", "cosine"}}),
              ElementsAre("--optimizers adam lion --schedules constant cosine"));
  EXPECT_THAT(lines({{"adam", "constant"}, {"lion", "constant"}, {"adam", "cosine"}}),
              ElementsAre("--optimizers adam lion --schedules constant", "--optimizers adam --schedules cosine"));
  EXPECT_THAT(lines({{"adam"}, {"adam", "constant", "global_norm:max=1"}}),
              ElementsAre("--optimizers adam --schedules constant",
                          "--optimizers adam --schedules constant --clips global_norm:max=1"))
      << "the agent's own clip is none that could be named";
  EXPECT_THAT(lines({{"adam", "constant", "global_norm:max=1"}, {"adam", "constant", "global_norm:max=2"}, {"lion"}}),
              ElementsAre("--optimizers lion --schedules constant",
                          "--optimizers adam --schedules constant --clips global_norm:max=1 global_norm:max=2"))
      << "which is why it comes first";
  EXPECT_THAT(
      lines({{"adam"}, {"adam", "constant", "global_norm:max=1"}, {"lion"}, {"lion", "constant", "global_norm:max=1"}}),
      ElementsAre("--optimizers adam --schedules constant",
                  "--optimizers adam --schedules constant --clips global_norm:max=1",
                  "--optimizers lion --schedules constant"))
      << "a folder's clips stand in for those that are not named";
  EXPECT_THAT(lines({{"lion", "constant"}, {"adam", "constant"}, {"lion", "cosine"}, {"adam", "cosine"}}),
              ElementsAre("--optimizers lion adam --schedules constant", "--optimizers lion adam --schedules cosine"))
      << "colours go by the order";
}

TEST(Report, ConfigurationNamesEveryScheduleAndClip) {
  const Scratch scratch;
  Findings findings{.matrix = small_matrix(0), .analysis = {}};
  findings.matrix.arms = {{"adam"}, {"adam", "cosine", "global_norm:max=3"}};
  const std::string text = markdown(findings, scratch);
  EXPECT_THAT(text, ContainsRegex("\\*\\*adam\\*\\* \\| adam:[^|]* \\| constant[^|]*\\| the agent's own \\|"));
  EXPECT_THAT(text, ContainsRegex("\\| cosine[^|]*\\| global_norm:[^|]*3"));
  EXPECT_THAT(text, HasSubstr("These commands, one after the other, make it all again"));
}

}  // namespace
}  // namespace cairn::comparison
