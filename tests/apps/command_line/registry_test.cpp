#include "apps/command_line/registry.h"

#include <gmock/gmock.h>

#include "apps/command_line/run_plan.h"
#include "tests/optim/every_rule.h"

namespace cairn::apps {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class EveryRule : public testing::TestWithParam<optim::NamedRule> {};

// A run's config.json and checkpoint hold the description, which must make the same rule again.
TEST_P(EveryRule, IsMadeAgainFromItsDescription) {
  const std::string text = GetParam().rule.description();
  EXPECT_EQ(make_rule(parse_component(text, "")).description(), text);
}

TEST_P(EveryRule, IsTakenByTrainWithAScheduleAndAClip) {
  const optim::Rule bare = GetParam().rule.bare();  // those of its own would stand in the way
  if (GetParam().name == "restart_of_a_tag" || GetParam().name == "partition")
    GTEST_SKIP() << "of another network's tags";
  const RunPlan plan =
      resolve_plan(parse_arguments({"--env", "cartpole", "--agent", "ppo", "--preset", "none", "--optimizer",
                                    bare.description(), "--schedule", "cosine", "--clip", "agc:ratio=0.1"},
                                   plan_options(), 0));
  EXPECT_EQ(plan.optimizer, bare.description());
  PlannedRun run = make_run(plan);
  envs::ThreadPool pool(1);
  run.agent->begin({run.world.factory, 2, 1, 10'000, &pool});
  EXPECT_EQ(run.agent->steps(), 0);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryRule, testing::ValuesIn(optim::every_rule()),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(RuleEntries, ListEveryRuleWithItsOptions) {
  for (const PartEntry& entry : rule_entries()) EXPECT_FALSE(entry.fields.empty()) << entry.name;
}

auto planning(const std::string& optimizer) {
  return [optimizer] {
    make_run(resolve_plan(
        parse_arguments({"--env", "cartpole", "--agent", "ppo", "--optimizer", optimizer}, plan_options(), 0)));
  };
}

TEST(Partition, OfAnAgentsNetworksIsTaken) {
  EXPECT_NO_THROW(planning("partition:critic=(adam:lr=1e-3),rest=(scheduled:rule=(sgd),schedule=(linear))")());
  EXPECT_THAT(planning("partition:crtic=(adam),rest=(sgd)"), ThrowsMessage<UsageError>(HasSubstr("'crtic'")));
  EXPECT_THAT(planning("partition:critic=(adam)"),
              ThrowsMessage<UsageError>(HasSubstr("no part takes 'actor/0/weight'")));
  EXPECT_THAT(planning("partition"), ThrowsMessage<UsageError>(HasSubstr("at least one part")));
  EXPECT_THAT(planning("restart:blocks=encoder"), ThrowsMessage<UsageError>(HasSubstr("'encoder'")));
}

TEST(Rules, TwoSchedulesAreOneTooMany) {
  EXPECT_THAT(
      [] {
        make_run(resolve_plan(parse_arguments({"--env", "cartpole", "--agent", "ppo", "--schedule", "linear",
                                               "--optimizer", "scheduled:rule=(adam),schedule=(cosine)"},
                                              plan_options(), 0)));
      },
      ThrowsMessage<UsageError>(AllOf(HasSubstr("cosine"), HasSubstr("already"), HasSubstr("linear"))));
}

}  // namespace
}  // namespace cairn::apps
