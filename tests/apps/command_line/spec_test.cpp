#include "apps/command_line/spec.h"

#include <gmock/gmock.h>

#include "apps/command_line/errors.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

std::string spec_refusal(const std::string& text) {
  try {
    parse_component(text, "--env");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(ComponentText, ReadsNamesKeysListsAndNestedSpecs) {
  const ComponentText text = parse_component("warmup:steps=500,then=(cosine:t_max=9500,eta_min=0),hidden=64/64", "");
  EXPECT_EQ(text.name, "warmup");
  ASSERT_EQ(text.settings.size(), 3U);
  EXPECT_EQ(*text.find("steps"), "500");
  EXPECT_EQ(*text.find("then"), "cosine:t_max=9500,eta_min=0");
  EXPECT_EQ(*text.find("hidden"), "64/64");
  EXPECT_EQ(text.find("t_max"), nullptr);
}

TEST(ComponentText, WritesWhatItReads) {
  for (const char* text :
       {"adam", "adam:lr=1e-3,eps=1e-5", "warmup:steps=5,then=(warmup:steps=3,then=(cosine:t_max=9))",
        "partition:encoder=(adamw:lr=1e-3),rest=(adam:lr=1)"})
    EXPECT_EQ(parse_component(text, "").text(), text);
}

TEST(ComponentText, OverridesOneByOne) {
  ComponentText preset = parse_component("ppo:gamma=0.9,clip=0.2", "");
  preset.override_with(parse_component("ppo:clip=0.1,epochs=4", ""));
  EXPECT_EQ(preset.text(), "ppo:gamma=0.9,clip=0.1,epochs=4");
}

TEST(ComponentText, RefusesWhatTheGrammarDoesNotKnow) {
  EXPECT_THAT(spec_refusal(""), HasSubstr("the name is missing"));
  EXPECT_THAT(spec_refusal(":a=1"), HasSubstr("the name is missing"));
  EXPECT_THAT(spec_refusal("a b"), HasSubstr("'a b' is no name"));
  EXPECT_THAT(spec_refusal("lander:"), HasSubstr("a key is missing"));
  EXPECT_THAT(spec_refusal("lander:reward"), HasSubstr("'reward' has no '=value'"));
  EXPECT_THAT(spec_refusal("lander:reward="), HasSubstr("'reward' has no value"));
  EXPECT_THAT(spec_refusal("lander:a=1,,b=2"), HasSubstr("a key is missing"));
  EXPECT_THAT(spec_refusal("lander:a=1,a=2"), HasSubstr("'a' is given twice"));
  EXPECT_THAT(spec_refusal("warmup:then=(cosine"), HasSubstr("a '(' without ')'"));
  EXPECT_THAT(spec_refusal("warmup:then=cosine)"), HasSubstr("a ')' without '('"));
  EXPECT_THAT(spec_refusal("lander:reward"), HasSubstr("--env 'lander:reward'"));
  for (const char* list : {"ppo:hidden=64,32", "ppo:hidden=[64,32]", "ppo:hidden=(64,32)", "ppo:hidden=64,32,clip=0.1"})
    EXPECT_THAT(spec_refusal(list), HasSubstr("a list is written with slashes, as in hidden=64/32")) << list;
  EXPECT_EQ(spec_refusal("LunarLander-v3"), "nothing was refused") << "the registry knows which names there are";
}

TEST(Errors, SuggestTheNearestWord) {
  const std::vector<std::string> words = {"sparse", "dense", "gamma", "lambda"};
  EXPECT_EQ(nearest("spars", words), "sparse");
  EXPECT_EQ(nearest("gmama", words), "gamma");
  EXPECT_EQ(nearest("lam", words), "lambda");
  EXPECT_EQ(nearest("whatever", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest("Dense", words), "dense");
}

}  // namespace
}  // namespace cairn::apps
