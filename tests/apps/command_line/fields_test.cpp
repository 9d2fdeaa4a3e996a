#include "apps/command_line/fields.h"

#include <gmock/gmock.h>

#include "apps/command_line/registry.h"
#include "envs/reward.h"
#include "optim/partition.h"
#include "optim/sgd.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

struct Everything {
  bool flag = false;
  int count = 3;
  std::int64_t total = 7;
  float rate = 0.1F;
  double share = 0.5;
  std::vector<int> widths = {64, 64};
  envs::Reward reward = envs::Reward::dense;
  std::string tag = "all";
  optim::Schedule then;
  optim::Rule rule = optim::sgd();
  optim::Clip clip;
  template <class V>
  void fields(V&& v) {
    v("flag", flag, "true|false", "a flag");
    v("count", count, "[1,10]", "a count");
    v("total", total, "[0,inf)", "a total");
    v("rate", rate, "(0,inf)", "a rate");
    v("share", share, "[0,1)", "a share");
    v("widths", widths, "[1,512]", "a list");
    v("reward", reward, "dense|sparse", "a choice");
    v("tag", tag, "TAG", "a word");
    v("then", then, "schedule", "a nested component");
    v("rule", rule, "optimizer", "another");
    v("clip", clip, "clip", "and another");
  }
};

Everything set(const std::string& settings) {
  Everything options;
  set_fields("thing", parse_component("it:" + settings, ""), options);
  return options;
}

std::string refusal(const std::string& settings) {
  try {
    set(settings);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Fields, ReadEveryType) {
  const Everything read =
      set("flag=true,count=10,total=1e6,rate=2.5e-3,share=0,widths=32/16/8,reward=sparse,tag=head/value,"
          "then=(linear:end_factor=0.5),rule=(restart:rule=(adam:lr=2),every=3),clip=(value:max=3)");
  EXPECT_TRUE(read.flag);
  EXPECT_EQ(read.count, 10);
  EXPECT_EQ(read.total, 1'000'000);
  EXPECT_FLOAT_EQ(read.rate, 2.5e-3F);
  EXPECT_EQ(read.share, 0);
  EXPECT_EQ(read.widths, (std::vector<int>{32, 16, 8}));
  EXPECT_EQ(read.reward, envs::Reward::sparse);
  EXPECT_EQ(read.tag, "head/value");
  EXPECT_EQ(read.then(10, 1.0, {10}), 0.5);
  EXPECT_THAT(read.rule.description(), testing::StartsWith("restart:rule=(adam:lr=2,"));
  EXPECT_EQ(read.clip.description, "value:max=3");
}

TEST(Fields, SpellOutReadsBackTheSame) {
  const Everything options = set("rate=0.3,widths=7,then=(warmup:steps=5,then=(cosine:t_max=9))");
  const std::string text = optim::describe("it", options);
  Everything again;
  set_fields("thing", parse_component(text, ""), again);
  EXPECT_EQ(optim::describe("it", again), text);
  EXPECT_THAT(text, HasSubstr("rate=0.3,share=0.5,widths=7,reward=dense,tag=all,then=(warmup:"));
}

TEST(Fields, RefuseWhatIsOutOfRange) {
  for (const char* bad : {"count=0",
                          "count=11",
                          "count=-1",
                          "count=1.5",
                          "count=x",
                          "count=4294967297",
                          "count=nan",
                          "total=-1",
                          "rate=0",
                          "rate=-1",
                          "rate=nan",
                          "rate=inf",
                          "rate=1e300",
                          "rate=0x1",
                          "share=1",
                          "widths=64/0",
                          "widths=64/",
                          "flag=yes",
                          "reward=spars",
                          "then=(cosin)",
                          "rate=1e-3f",
                          "rule=(adm)",
                          "rule=(restart:rule=(adam:lr=-1))",
                          "clip=(agc:ratio=0)"})
    EXPECT_THAT(refusal(bad), HasSubstr("Allowed: ")) << bad;
  EXPECT_EQ(refusal("count=0"), "Option 'count' of thing 'it' cannot be '0'. Allowed: [1,10].");
  EXPECT_EQ(refusal("reward=spars"),
            "Option 'reward' of thing 'it' cannot be 'spars'. Did you mean 'sparse'? Allowed: dense, sparse.");
}

TEST(Fields, OfAPartitionAreTags) {
  optim::PartitionOptions parts;
  set_fields("optimizer", parse_component("partition:head/value=(adam:lr=2),rest=(sgd)", ""), parts);
  ASSERT_EQ(parts.parts.size(), 2U);
  EXPECT_EQ(parts.parts[0].tag, "head/value");
  EXPECT_EQ(parts.parts[0].rule.description(), optim::adam({.lr = 2}).description());
  EXPECT_EQ(parts.parts[1].tag, "rest");
  EXPECT_EQ(optim::describe("partition", parts), "partition:head/value=(" + optim::adam({.lr = 2}).description() +
                                                     "),rest=(" + optim::sgd().description() + ")");
}

TEST(Fields, RefuseUnknownKeys) {
  EXPECT_EQ(
      refusal("raet=1"),
      "Unknown option of thing 'it': 'raet'. Did you mean 'rate'? Allowed: flag, count, total, rate, share, widths, "
      "reward, tag, then, rule, clip.");
}

}  // namespace
}  // namespace cairn::apps
