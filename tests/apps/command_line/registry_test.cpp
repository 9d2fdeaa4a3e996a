#include "apps/command_line/registry.h"

#include <gmock/gmock.h>

#include <exception>
#include <set>
#include <string_view>

#include "agents/archive/archive.h"
#include "agents/training/metrics.h"
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

// A run that stops at an iteration and goes on in another process is told from one that never stopped by nothing.
TEST_P(EveryRule, ResumesToTheBitInTraining) {
  std::string optimizer = GetParam().rule.bare().description();
  if (GetParam().name == "restart_of_a_tag")
    optimizer = "restart:rule=(lamb),what=state,on=update,every=4,blocks=output";
  if (GetParam().name == "partition")
    optimizer = "partition:output=(restart:rule=(adam),on=target),bias=(sgd:momentum=0.9),rest=(lion)";
  for (const char* agent : {"ppo:hidden=8,rollout=16,minibatch=32,epochs=2",
                            "dqn:hidden=8,batch=16,learning_starts=20,target_interval=8,memory=200"}) {
    SCOPED_TRACE(agent);
    const RunPlan plan = resolve_plan(
        parse_arguments({"--env", "cartpole", "--agent", agent, "--preset", "none", "--optimizer", optimizer,
                         "--schedule", "warmup:steps=3,then=(cosine)", "--clip", "global_norm:max=0.3"},
                        plan_options(), 0));
    envs::ThreadPool pool(1);
    const auto begun = [&] {
      PlannedRun run = make_run(plan);
      run.agent->begin({run.world.factory, 4, 1, 1000, &pool});
      return run;
    };
    const auto iterate = [](PlannedRun& run, std::int64_t steps) {
      agents::Telemetry telemetry;
      while (run.agent->steps() < steps) run.agent->iterate(telemetry);
    };
    PlannedRun whole = begun(), resumed = begun();
    iterate(whole, 250);
    agents::Archive half, end, resumed_end;
    whole.agent->save(half);
    resumed.agent->load(half);
    iterate(whole, 500);
    iterate(resumed, 500);
    whole.agent->save(end);
    resumed.agent->save(resumed_end);
    EXPECT_EQ(end.metadata, resumed_end.metadata);
    ASSERT_EQ(end.tensors().size(), resumed_end.tensors().size());
    for (std::size_t k = 0; k < end.tensors().size(); ++k)
      EXPECT_TRUE(end.tensors()[k].bytes == resumed_end.tensors()[k].bytes) << end.tensors()[k].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryRule, testing::ValuesIn(optim::every_rule()),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(RuleEntries, ListEveryRuleWithItsOptions) {
  for (const auto& entry : registry().rules) EXPECT_FALSE(entry.fields.empty()) << entry.name;
}

/// Values that an option with these allowed ones must refuse: the nearest outside an interval, and words.
std::vector<std::string> refused_by(const std::string& allowed) {
  std::vector<std::string> values = {"nan", "inf", "much"};
  if (allowed.front() != '[' && allowed.front() != '(') return {"much"};
  const std::size_t comma = allowed.find(',');
  const std::string low = allowed.substr(1, comma - 1), high = allowed.substr(comma + 1, allowed.size() - comma - 2);
  if (low != "-inf") values.push_back(allowed.front() == '(' ? low : std::to_string(std::stod(low) - 1));
  if (high != "inf") values.push_back(allowed.back() == ')' ? high : std::to_string(2 * std::stod(high) + 1));
  return values;
}

template <class Entry, class Make>
void refuse_what_is_out_of_range(const char* kind, const std::vector<Entry>& entries, Make&& make) {
  for (const auto& entry : entries) {
    for (const Field& field : entry.fields) {
      if (field.key == "TAG" || field.allowed == "all|TAG") continue;  // any word will do
      SCOPED_TRACE(entry.name + " " + field.key + " " + field.allowed);
      ASSERT_FALSE(field.allowed.empty());
      for (const std::string& value : refused_by(field.allowed)) {
        const auto making = [&] { make(ComponentText{entry.name, {{field.key, value}}}); };
        if (field.allowed == "optimizer" || field.allowed == "schedule" || field.allowed == "clip")
          EXPECT_THAT(making, ThrowsMessage<UsageError>(HasSubstr("Unknown " + field.allowed + " 'much'"))) << value;
        else
          EXPECT_THAT(making, ThrowsMessage<UsageError>(AllOf(HasSubstr("Option '" + field.key + "' of " + kind + " '" +
                                                                        entry.name + "' cannot be '" + value + "'"),
                                                              HasSubstr("Allowed: "))))
              << value;
      }
      if (field.allowed.front() == '[' && field.key != "samples") {  // which must also be as many as features
        const std::string low = field.allowed.substr(1, field.allowed.find(',') - 1);
        EXPECT_NO_THROW(make(ComponentText{entry.name, {{field.key, low}}})) << "its lower end, " << low;
      }
    }
    if (entry.name == "partition" || entry.name == "none") continue;  // whose keys are tags, or none at all
    EXPECT_THAT(
        [&] {
          make(ComponentText{entry.name, {{"no_such", "1"}}});
        },
        ThrowsMessage<UsageError>(
            AllOf(HasSubstr(std::string("Unknown option of ") + kind + " '" + entry.name + "': 'no_such'"))));
  }
}
TEST(Wrappers, AreEnvironmentsOfTheCommandLine) {
  const MadeEnvironment made = make_environment(parse_component("skip:n=2,of=(stack:n=3,of=(cartpole))", "--env"));
  EXPECT_EQ(made.text, "skip:n=2,of=(stack:n=3,of=(cartpole:sutton_barto_reward=false))");
  EXPECT_EQ(make_environment(parse_component(made.text, "--env")).text, made.text);
  EXPECT_EQ(made.spec.observation_size(), 12);
  EXPECT_EQ(made.spec.horizon, 250);
  const auto making = [](const char* text) { return [text] { make_environment(parse_component(text, "--env")); }; };
  EXPECT_THAT(making("skip:n=2"), ThrowsMessage<UsageError>(HasSubstr("'of' says which environment is wrapped")));
  EXPECT_THAT(making("skip:of=(cartpol)"), ThrowsMessage<UsageError>(HasSubstr("Did you mean 'cartpole'?")));
  EXPECT_THAT(making("skip:n=0,of=(cartpole)"), ThrowsMessage<UsageError>(HasSubstr("'n' of environment 'skip'")));
  EXPECT_THAT(making("skp"), ThrowsMessage<UsageError>(HasSubstr("Did you mean 'skip'?")));
  for (const auto& entry : registry().wrappers) {
    const MadeEnvironment wrapped = make_environment({entry.name, {{"of", "pendulum"}}});
    EXPECT_EQ(wrapped.spec.id, entry.name + "_pendulum");
    EXPECT_EQ(make_environment(parse_component(wrapped.text, "--env")).text, wrapped.text);
  }
}

TEST(RuleEntries, RefuseWhatIsOutOfRange) {
  refuse_what_is_out_of_range("optimizer", registry().rules, [](const ComponentText& text) { make_rule(text); });
  for (const auto& entry : registry().rules)
    for (const Field& field : entry.fields)
      if (field.key == "lr" || field.key.starts_with("beta") || field.key == "eps" || field.key.ends_with("_decay")) {
        EXPECT_TRUE(field.allowed.starts_with("[0,") || field.allowed.starts_with("(0,"))
            << entry.name << ' ' << field.key;
      }
}
TEST(ScheduleEntries, RefuseWhatIsOutOfRange) {
  refuse_what_is_out_of_range("schedule", registry().schedules, [](const ComponentText& text) { make_schedule(text); });
}
TEST(ClipEntries, RefuseWhatIsOutOfRange) {
  refuse_what_is_out_of_range("clip", registry().clips, [](const ComponentText& text) { make_clip(text); });
}
TEST(ProblemEntries, RefuseWhatIsOutOfRange) {
  refuse_what_is_out_of_range("problem", registry().problems, [](const ComponentText& text) { make_problem(text); });
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

// A metric that agents/training/metrics.cpp does not list would have no meaning in TensorBoard and no axis in a chart.
TEST(AgentEntries, ReportListedMetricsOnly) {
  std::set<std::string_view> listed;
  for (const agents::MetricInfo& metric : agents::agent_metrics()) listed.insert(metric.name);
  envs::ThreadPool pool(1);
  for (const AgentEntry& entry : registry().agents) {
    int worlds = 0;  // that it takes
    for (const std::string world : {"cartpole", "pendulum", "mountain_car"}) {
      PlannedRun run;
      try {
        std::vector<std::string> line = {"--env",    world,  "--agent",     entry.name,
                                         "--preset", "none", "--optimizer", "adam"};
        if (entry.takes_demonstrations && world == "mountain_car")  // which has a pilot
          line.insert(line.end(), {"--demos", "heuristic:episodes=4"});
        run = make_run(resolve_plan(parse_arguments(line, plan_options(), 0)));
        run.agent->begin({run.world.factory, entry.environments == 1 ? 1 : 2, 1, 10'000, &pool});
      } catch (const std::exception&) {
        continue;
      }
      ++worlds;
      agents::Telemetry telemetry;
      run.agent->iterate(telemetry);
      EXPECT_FALSE(telemetry.metrics.empty());
      for (const agents::Telemetry::Metric& metric : telemetry.metrics)
        EXPECT_TRUE(listed.contains(metric.name)) << entry.name << " reports " << metric.name;
    }
    EXPECT_GT(worlds, 0) << entry.name;
  }
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
