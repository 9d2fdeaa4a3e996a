#include "apps/optimizer/knobs.h"

#include <gmock/gmock.h>

#include <set>

#include "apps/command_line/registry.h"

namespace cairn::apps {
namespace {

std::vector<std::string> knobs_called(const std::string& spec) {
  std::vector<std::string> names;
  for (const render::Slider& knob : knobs_of(parse_component(spec, "--optimizers"))) names.push_back(knob.name);
  return names;
}

TEST(Knobs, AreARulesRateAndItsFirstMemory) {
  using testing::ElementsAre;
  EXPECT_THAT(knobs_called("sgd"), ElementsAre("lr", "momentum"));
  EXPECT_THAT(knobs_called("adam:lr=0.1"), ElementsAre("lr", "beta1"));
  EXPECT_THAT(knobs_called("adadelta"), ElementsAre("lr", "rho"));
  EXPECT_THAT(knobs_called("rmsprop"), ElementsAre("lr", "alpha"));
  EXPECT_THAT(knobs_called("rprop"), ElementsAre("lr"));
  EXPECT_THAT(knobs_called("sgd:lr=0"), ElementsAre("momentum")) << "a rate of 0 has no place on its line";
}

TEST(Knobs, StandWhereTheSpecSaysAndReachFarther) {
  const auto knobs = knobs_of(parse_component("adam:lr=50,beta1=0.5", "--optimizers"));
  ASSERT_EQ(knobs.size(), 2U);
  EXPECT_EQ(knobs[0].value, 50);
  EXPECT_EQ(knobs[0].high, 500);
  EXPECT_TRUE(knobs[0].log);
  EXPECT_EQ(knobs[1].value, 0.5);
}

TEST(Knobs, ATurnedRuleSaysWhatWasTurned) {
  const ComponentText spec = parse_component("adam:lr=0.1", "--optimizers");
  std::vector<render::Slider> knobs = knobs_of(spec);
  EXPECT_EQ(turned_name("adam", spec, knobs), "adam");
  knobs[0].value = 0.25;
  EXPECT_EQ(turned_name("adam", spec, knobs), "adam") << "its rate stands beside it";
  EXPECT_EQ(turned_name("adam:lr=0.1", spec, knobs), "adam:lr=0.25");
  knobs[1].value = 0.51234;
  EXPECT_EQ(turned_name("adam", spec, knobs), "adam:beta1=0.512");
}

TEST(Knobs, TurnedToTheirEndsMakeARuleOfEveryKind) {
  std::set<std::string> with_knobs;
  for (const auto& entry : registry().rules) {
    const ComponentText spec{entry.name, {}};
    std::vector<render::Slider> knobs = knobs_of(spec);
    if (knobs.empty()) continue;
    with_knobs.insert(entry.name);
    for (const bool high : {false, true}) {
      for (render::Slider& knob : knobs) knob.value = high ? knob.high : knob.low;
      const ComponentText as_turned = turned(spec, knobs);
      ASSERT_NE(as_turned.find(knobs.back().name), nullptr);
      EXPECT_NO_THROW(make_rule(as_turned)) << as_turned.text();
    }
  }
  EXPECT_GT(with_knobs.size(), 25U);
}

}  // namespace
}  // namespace cairn::apps
