#include "agents/training/intervention.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "agents/learner/updater.h"
#include "agents/policy_gradient/ppo.h"
#include "envs/classic/cart_pole.h"
#include "learner.h"
#include "optim/catalogue.h"
#include "optim/schedule.h"

namespace cairn::agents {
namespace {

using testing::HasSubstr;

class Intervening : public testing::Test {
 protected:
  envs::EnvironmentFactory cart_pole = [] { return std::make_unique<envs::CartPole>(); };
  envs::ThreadPool pool{1};
  Ppo agent{cart_pole()->spec(), {.rollout = 16, .minibatch = 32, .epochs = 1}, optim::adam({.lr = 1e-3})};
  Telemetry telemetry;
  void SetUp() override {
    agent.begin({cart_pole, 4, 1, 1000, &pool});
    agent.iterate(telemetry);
  }
  double rate() {
    agent.iterate(telemetry);
    for (const Telemetry::Metric& metric : telemetry.metrics)
      if (metric.name == "train/learning_rate") return metric.value;
    return 0;
  }
};

TEST_F(Intervening, TurnsTheRate) {
  const InterventionNote note = change_learning(agent, {.kind = Intervention::Kind::rate, .factor = 0.5});
  EXPECT_TRUE(note.changed());
  EXPECT_EQ(note.steps, 64);
  EXPECT_EQ(note.label, "rate x 0.5");
  EXPECT_EQ(
      note.sentence,
      "step 64: a person set the rate to 0.5 times what the optimizer and its schedule say, 0.0005 now; from here "
      "the run is no longer reproducible from its configuration.");
  EXPECT_DOUBLE_EQ(rate(), 5e-4);
  EXPECT_EQ(change_learning(agent, {.kind = Intervention::Kind::rate, .factor = 0.5}).label, "rate x 0.25");
  EXPECT_DOUBLE_EQ(rate(), 2.5e-4);
}

TEST_F(Intervening, SwapsTheRule) {
  const InterventionNote note =
      change_learning(agent, {.kind = Intervention::Kind::rule, .rule = optim::lion({.lr = 3e-4})});
  EXPECT_EQ(note.label, "lion");
  EXPECT_THAT(note.sentence, HasSubstr("a person swapped the optimizer for lion:lr=3e-04"));
  EXPECT_DOUBLE_EQ(rate(), 3e-4);
}

TEST_F(Intervening, SaysWhyItCannotBe) {
  const InterventionNote refused = change_learning(
      agent, {.kind = Intervention::Kind::rule, .rule = optim::partition({{{"no such tag", optim::adam()}}})});
  EXPECT_FALSE(refused.changed());
  EXPECT_THAT(refused.sentence, HasSubstr("the optimizer stays as it is. partition: no part takes"));
  EXPECT_DOUBLE_EQ(rate(), 1e-3);
  Wanderer none;
  none.begin({cart_pole, 4, 1, 1000, &pool});
  EXPECT_THAT(change_learning(none, {.kind = Intervention::Kind::rate}).sentence, HasSubstr("no optimizer"));
}

class Recorded : public Intervening {
 protected:
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cairn_interventions_" + std::to_string(::getpid()) + ".csv");
  ~Recorded() override { std::filesystem::remove(path); }
};

TEST_F(Recorded, IsReadBackAsItWasWritten) {
  using Kind = Intervention::Kind;
  const optim::Rule scheduled = optim::lion({.lr = 3e-4}).with_schedule(optim::linear());
  std::vector<InterventionNote> notes;
  {
    Table table(path, 0);
    table.head(intervention_columns);
    for (const Intervention& one : {Intervention{.kind = Kind::rate, .factor = 0.03},
                                    {.kind = Kind::rule, .rule = scheduled},
                                    {.kind = Kind::rule, .rule = optim::sgd()},
                                    {.kind = Kind::rate, .factor = 1.0 / 3}}) {
      notes.push_back(change_learning(agent, one));
      write_intervention(table, notes.back());
      agent.iterate(telemetry);
    }
  }
  EXPECT_EQ(notes[1].label, "lion");
  EXPECT_EQ(notes[1].value, scheduled.description());
  EXPECT_THAT(notes[1].value, HasSubstr(",")) << "which takes quotes in the table";
  EXPECT_EQ(std::stod(notes[3].value), 1.0 / 3) << "to the bit, where the label is rounded";
  const std::vector<InterventionNote> read = read_interventions(path);
  ASSERT_EQ(read.size(), notes.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].steps, notes[i].steps);
    EXPECT_EQ(read[i].kind, notes[i].kind);
    EXPECT_EQ(read[i].value, notes[i].value);
    EXPECT_EQ(read[i].label, notes[i].label);
  }
}

TEST_F(Recorded, RowsThatAreNoneAreLeftOut) {
  std::ofstream(path)
      << "steps,kind,value,label\nx,rate,2,a\n3\n-4,rate,2,a\n5,stop,,a\nnothing\n7,rate,2,a\n8,rate,2,cut";
  const std::vector<InterventionNote> read = read_interventions(path);
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].steps, 7);
  std::filesystem::remove(path);
  EXPECT_THAT(read_interventions(path), testing::IsEmpty());
}

}  // namespace
}  // namespace cairn::agents
