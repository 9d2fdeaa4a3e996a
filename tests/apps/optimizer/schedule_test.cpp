// Every recorded schedule that has arguments, through the command as people type it.
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/apps/optimizer/scratch.h"
#include "tests/optim/reference.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

class ScheduleCommand : public OptimizerCommand {};

TEST_F(ScheduleCommand, PrintsTheRecordedRates) {
  const auto manifest = nlohmann::json::parse(std::ifstream(std::string(CAIRN_TEST_DATA) + "/optim/manifest.json"));
  int checked = 0;
  for (const auto& [name, entry] : manifest["schedules"].items()) {
    if (entry["arguments"].is_null()) continue;
    std::vector<std::string> line = {"schedule"};
    for (const auto& argument : entry["arguments"]) line.push_back(argument);
    const Outcome outcome = run(line);
    ASSERT_EQ(outcome.status, 0) << name << ": " << outcome.errors;
    write("rates.csv", outcome.out);
    auto printed = optim::read_columns_of(path("rates.csv"));
    const std::vector<double> recorded = optim::recorded_rates(name);
    ASSERT_EQ(printed["lr"].size(), 100U) << name;
    for (std::size_t k = 0; k < 100; ++k) {
      EXPECT_EQ(printed["step"][k], static_cast<double>(k));
      EXPECT_NEAR(printed["lr"][k], recorded[k], 1e-12) << name << " step " << k;
    }
    ++checked;
  }
  EXPECT_GE(checked, 14);
}

TEST_F(ScheduleCommand, TakesTheWholeRunForAnOmittedHorizon) {
  EXPECT_EQ(run({"schedule", "--schedule", "linear", "--lr", "1", "--steps", "4"}).out,
            "step,lr\n0,1\n1,0.75\n2,0.5\n3,0.25\n");
}

TEST_F(ScheduleCommand, RefusesSchedulesThatAreNone) {
  EXPECT_THAT(run({"schedule", "--schedule", "cosin", "--lr", "1", "--steps", "4"}).errors,
              HasSubstr("Did you mean 'cosine'?"));
  EXPECT_EQ(run({"schedule", "--schedule", "cosine", "--lr", "-1", "--steps", "4"}).status, 2);
  EXPECT_EQ(run({"schedule", "--schedule", "cosine", "--lr", "1", "--steps", "0"}).status, 2);
  EXPECT_THAT(run({"schedule", "--schedule", "cosine", "--lr", "1"}).errors, HasSubstr("'--steps' is missing"));
}

}  // namespace
}  // namespace cairn::apps
