#include "agents/training/metrics.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <string_view>

#include "agents/policy_gradient/ppo.h"
#include "envs/classic/cart_pole.h"
#include "memory/plain_bonus.h"
#include "optim/adam.h"

namespace cairn::agents {
namespace {

template <class List>
void expect_complete(const List& metrics) {
  std::set<std::string_view> names, tags;
  for (const MetricInfo& metric : metrics) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_TRUE(metric.tag.empty() || tags.insert(metric.tag).second) << metric.tag;
    EXPECT_FALSE(metric.meaning.empty()) << metric.name;
    EXPECT_EQ(metric.name.find_first_of(", \"\n"), std::string_view::npos) << metric.name;
  }
}

TEST(Metrics, HaveNamesOfTheirOwnAndAMeaning) {
  expect_complete(loop_metrics());
  expect_complete(agent_metrics());
  expect_complete(timing_metrics());
  expect_complete(evaluation_metrics());
  expect_complete(network_metrics());
  for (const MetricInfo& metric : agent_metrics())
    for (const MetricInfo& other : loop_metrics()) EXPECT_NE(metric.name, other.name) << "both in progress.csv";
}

TEST(Metrics, OfTheLoopComeFirstAndSayWhatItCounted) {
  Telemetry telemetry;
  telemetry.steps = 640;
  telemetry.finished = 7;
  telemetry.report("train/loss", 0.5);
  report_loop(telemetry);
  ASSERT_EQ(telemetry.metrics.size(), loop_metrics().size() + 1);
  EXPECT_EQ(telemetry.metrics[1].name, "steps");
  EXPECT_EQ(telemetry.metrics[1].value, 640);
  EXPECT_EQ(telemetry.metrics[3].name, "episodes");
  EXPECT_EQ(telemetry.metrics[3].value, 7);
  EXPECT_TRUE(std::isnan(telemetry.metrics[4].value)) << "no episode to average";
  EXPECT_EQ(telemetry.metrics.back().name, "train/loss");
}

TEST(Metrics, OfAnEvaluationAreItsSummary) {
  EvaluationResult result;
  result.steps = 100;
  result.returns = {1, 2, 6};
  result.lengths = {4, 4, 4};
  result.successes = {0, 1, 1};
  summarise(result);
  const std::vector<Telemetry::Metric> told = report(result);
  ASSERT_EQ(told.size(), evaluation_metrics().size());
  const auto value = [&](std::string_view name) {
    for (const Telemetry::Metric& metric : told)
      if (metric.name == name) return metric.value;
    return -1.0;
  };
  EXPECT_EQ(value("steps"), 100);
  EXPECT_EQ(value("episodes"), 3);
  EXPECT_EQ(value("return_mean"), 3);
  EXPECT_EQ(value("return_median"), 2);
  EXPECT_EQ(value("length_mean"), 4);
  EXPECT_DOUBLE_EQ(value("success_rate"), 2.0 / 3);
}

TEST(Metrics, AreFoundByTheirColumn) {
  EXPECT_EQ(progress_metric("return_mean").tag, "rollout/ep_rew_mean");
  EXPECT_EQ(evaluation_metric("return_mean").tag, "eval/mean_reward");
  EXPECT_TRUE(progress_metric("train/value_loss").log_axis);
  EXPECT_EQ(progress_metric("train/epsilon").since, Since::start);
  const MetricInfo foreign = progress_metric("train/of_another_agent");
  EXPECT_EQ(foreign.name, "train/of_another_agent");
  EXPECT_EQ(foreign.tag, foreign.name);
  EXPECT_EQ(foreign.since, Since::first_update);
  EXPECT_EQ(evaluation_metric("of_another_version").name, "of_another_version");
}

// Whatever an agent of ours reports has a line in the list; tests of the command line ask every agent that it knows.
TEST(Metrics, OfABonusAreListed) {
  const envs::EnvironmentFactory cart_pole = [] { return std::make_unique<envs::CartPole>(); };
  envs::ThreadPool pool(1);
  Ppo agent(cart_pole()->spec(), {.rollout = 16, .minibatch = 32}, optim::adam(),
            std::make_shared<tests::PlainBonus>());
  agent.begin({cart_pole, 2, 1, 1'000, &pool});
  Telemetry telemetry;
  agent.iterate(telemetry);
  std::set<std::string_view> listed;
  for (const MetricInfo& metric : agent_metrics()) listed.insert(metric.name);
  for (const Telemetry::Metric& metric : telemetry.metrics) EXPECT_TRUE(listed.contains(metric.name)) << metric.name;
  EXPECT_TRUE(std::ranges::any_of(telemetry.metrics, [](const auto& metric) { return metric.name == "train/bonus"; }));
}

}  // namespace
}  // namespace cairn::agents
