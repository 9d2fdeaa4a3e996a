#include "apps/comparison/shares.h"

#include <gmock/gmock.h>

#include <map>

#include "apps/command_line/errors.h"

namespace cairn::comparison {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Job job_of(std::int64_t steps, const std::string& group) {
  Job job;
  job.plan.steps = steps;
  job.group = group;
  return job;
}

TEST(Shares, DivideStepsAndGroupsEvenly) {
  std::vector<Job> jobs;
  for (int seed = 0; seed < 6; ++seed)
    for (const char* group : {"lander, ppo", "cartpole, ppo", "cartpole, dqn"})
      jobs.push_back(job_of(group[0] == 'l' ? 300 : 100, group));
  for (const int of : {1, 2, 3, 6}) {
    const std::vector<int> parts = divide(jobs, of);
    std::map<int, std::int64_t> steps;
    std::map<std::pair<int, std::string>, int> runs;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      steps[parts[i]] += jobs[i].plan.steps;
      ++runs[{parts[i], jobs[i].group}];
    }
    ASSERT_EQ(steps.size(), static_cast<std::size_t>(of));
    for (const auto& [part, sum] : steps) EXPECT_EQ(sum, 3000 / of) << part << " of " << of;
    for (const auto& [which, count] : runs) EXPECT_EQ(count, 6 / of) << which.second;
  }
  EXPECT_EQ(own_jobs(jobs, {2, 3}).size(), 6U);
  EXPECT_EQ(own_jobs(std::span(jobs).first(1), {1, 5}).size(), 1U);
  EXPECT_TRUE(own_jobs(std::span(jobs).first(1), {5, 5}).empty()) << "more shares than runs";
}

TEST(Shares, LongRunsDoNotComeTogether) {
  std::vector<Job> jobs{job_of(100, "a"), job_of(100, "a"), job_of(900, "b"), job_of(100, "a"), job_of(900, "b")};
  const std::vector<int> parts = divide(jobs, 2);
  EXPECT_NE(parts[2], parts[4]);
}

Dealing read(const std::vector<std::string>& line) {
  std::vector<apps::Option> options = dealing_options();
  options.push_back({"out", "DIR", "", false});
  options.push_back({"seeds", "N", ""});
  return read_dealing(apps::parse_arguments(line, options, 0), options);
}

TEST(Shares, AreReadFromTheCommandLine) {
  const Dealing none = read({});
  EXPECT_TRUE(none.share.whole() && none.makes_runs());
  const Dealing third = read({"--shard", "3/8"});
  EXPECT_EQ(third.share.part, 3);
  EXPECT_EQ(third.share.of, 8);
  EXPECT_TRUE(third.makes_runs());
  EXPECT_FALSE(read({"--list-runs", "--shard", "1/2"}).makes_runs());
  EXPECT_FALSE(read({"--report"}).makes_runs());
  EXPECT_EQ(read({"--merge", "a", "b", "--out", "c"}).merged.size(), 2U);
  for (const char* wrong : {"0/2", "3/2", "1", "1/", "/2", "1/2x", "-1/2", "a/b", "1/100001"})
    EXPECT_THAT(
        [&] {
          read({"--shard", wrong});
        },
        ThrowsMessage<apps::UsageError>(HasSubstr("'--shard' cannot be '" + std::string(wrong) + "'.")))
        << wrong;
  EXPECT_THAT([] { read({"--json"}); }, ThrowsMessage<apps::UsageError>("Option '--json' needs '--list-runs'."));
  EXPECT_THAT(
      [] {
        read({"--report", "--shard", "1/2"});
      },
      ThrowsMessage<apps::UsageError>("Option '--report' cannot stand beside '--shard'."));
  EXPECT_THAT(
      [] {
        read({"--merge", "a", "--seeds", "2"});
      },
      ThrowsMessage<apps::UsageError>(
          "Option '--seeds' cannot stand beside '--merge': the folders say what was compared."));
}

}  // namespace
}  // namespace cairn::comparison
