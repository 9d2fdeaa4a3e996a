#include "optim/options.h"

#include <gmock/gmock.h>

#include "optim/plateau.h"
#include "optim/problems/catalogue.h"
#include "tests/optim/out_of_range.h"

namespace cairn::optim {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

TEST(Interval, IncludesAnEndWithABracketOnly) {
  EXPECT_TRUE(within("[0,1)", 0.0));
  EXPECT_FALSE(within("[0,1)", 1.0));
  EXPECT_FALSE(within("(0,1]", 0.0));
  EXPECT_TRUE(within("(0,1]", 1.0));
  EXPECT_FALSE(within("[0,1]", std::nextafter(1.0, 2.0)));
  EXPECT_TRUE(within("(-12,0)", -11.5));
  EXPECT_FALSE(within("(-12,0)", -12.0));
  EXPECT_TRUE(within("[1,10]", 10));
  EXPECT_FALSE(within("[1,10]", 11));
}

TEST(Interval, HoldsInfinityWhereABracketSaysSoAndNoNan) {
  EXPECT_FALSE(within("[0,inf)", inf));
  EXPECT_TRUE(within("[0,inf]", inf));
  EXPECT_FALSE(within("(-inf,inf)", -inf));
  EXPECT_TRUE(within("[-inf,inf)", -inf));
  for (const char* interval : {"[0,inf)", "(-inf,inf)", "[-inf,inf]"}) EXPECT_FALSE(within(interval, nan)) << interval;
}

TEST(Interval, HasItsEndsInTheNumbersPrecision) {
  EXPECT_TRUE(within("[0,0.1]", 0.1F)) << "which is more than the double 0.1";
  EXPECT_FALSE(within("[0,0.1)", 0.1F));
  EXPECT_TRUE(within("[0,9007199254740992]", std::uint64_t{9007199254740992}));
  EXPECT_FALSE(within("[0,9007199254740992]", std::uint64_t{9007199254740993})) << "which double cannot tell from it";
}

TEST(Interval, IsRefusedWhereItIsNone) {
  for (const char* text : {"", "0,1", "[0,1", "0,1]", "[0;1]", "[a,1]", "[0,1)x", "[,1]", "[0,]", "[", ",", "(0,[1)"})
    EXPECT_THAT([&] { within(text, 0.5); },
                ThrowsMessage<std::logic_error>("'" + std::string(text) + "' is no interval."));
}

TEST(Alternatives, AreTakenToTheLetterAndCapitalsForAnyWord) {
  EXPECT_TRUE(is_alternative("dense|sparse", "sparse"));
  EXPECT_FALSE(is_alternative("dense|sparse", "spars"));
  EXPECT_FALSE(is_alternative("dense|sparse", "dense|sparse"));
  EXPECT_FALSE(is_alternative("dense|sparse", ""));
  EXPECT_TRUE(is_alternative("all|TAG", "head/value"));
  EXPECT_TRUE(is_alternative("TAG", "all"));
  for (const char* word : {"", "a,b", "a=b", "a:b", "(a)", "a)"}) EXPECT_FALSE(is_alternative("all|TAG", word)) << word;
}

enum class Shade { light, dark };
std::string_view to_string(Shade shade) {
  return shade == Shade::light ? "light" : "dark";
}

struct Everything {
  bool flag = true;
  int count = 3;
  std::int64_t total = 7'000'000'000;
  std::uint64_t seed = 9007199254740992;
  float rate = 0.1F;
  double share = 0.5;
  std::vector<int> widths = {64, 32};
  Shade shade = Shade::dark;
  std::string tag = "head/value";
  Schedule then = cosine();
  Rule rule = adam();
  Clip clip = {};
  template <class V>
  void fields(V&& v) {
    v("flag", flag, "true|false", "a flag");
    v("count", count, "[1,10]", "a count");
    v("total", total, "[0,inf)", "a total");
    v("seed", seed, "[0,9007199254740992]", "a seed");
    v("rate", rate, "(0,0.1]", "a rate");
    v("share", share, "[0,1)", "a share");
    v("widths", widths, "[1,512]", "a list");
    v("shade", shade, "dark", "a choice");
    v("tag", tag, "all|TAG", "a word");
    v("then", then, "schedule", "a component");
    v("rule", rule, "optimizer", "another");
    v("clip", clip, "clip", "and another");
  }
};

TEST(Describe, WritesEveryTypeOfField) {
  EXPECT_EQ(describe("it", Everything{}),
            "it:flag=true,count=3,total=7000000000,seed=9007199254740992,rate=0.1,share=0.5,widths=64/32,shade=dark,"
            "tag=head/value,then=(" +
                cosine().description() + "),rule=(" + adam().description() + "),clip=(none)");
  EXPECT_EQ(describe("beale", problems::BealeOptions{}), "beale");
}

TEST(Describe, RefusesWhatIsOutOfRange) {
  EXPECT_THROW(describe("it", Everything{.count = 0}), std::invalid_argument);
}

std::string refusal(const Everything& options) {
  try {
    checked("it", options);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Checked, HandsOnWhatIsAllowed) {
  const Everything options = checked("it", Everything{.count = 10, .widths = {1, 512}, .tag = "all"});
  EXPECT_EQ(options.count, 10);
  EXPECT_EQ(options.widths, (std::vector<int>{1, 512}));
  EXPECT_EQ(options.tag, "all");
}

TEST(Checked, NamesComponentKeyValueAndWhatIsAllowed) {
  EXPECT_EQ(refusal({.count = 11}), "it: 'count' cannot be 11; allowed: [1,10].");
  EXPECT_EQ(refusal({.seed = 9007199254740993}),
            "it: 'seed' cannot be 9007199254740993; allowed: [0,9007199254740992].");
  EXPECT_EQ(refusal({.rate = std::numeric_limits<float>::infinity()}), "it: 'rate' cannot be inf; allowed: (0,0.1].");
  EXPECT_EQ(refusal({.share = nan}), "it: 'share' cannot be nan; allowed: [0,1).");
  EXPECT_EQ(refusal({.widths = {64, 0}}), "it: 'widths' cannot be 64/0; allowed: [1,512].");
  EXPECT_EQ(refusal({.shade = Shade::light}), "it: 'shade' cannot be light; allowed: dark.");
  EXPECT_EQ(refusal({.tag = "a,b"}), "it: 'tag' cannot be a,b; allowed: all|TAG.");
}

TEST(Checked, RefusesJustBeyondEveryEnd) {
  const int calls = for_each_out_of_range(Everything{}, [](const std::string& key, const Everything& options) {
    EXPECT_THAT(refusal(options), StartsWith("it: '" + key + "' cannot be ")) << key;
  });
  EXPECT_EQ(calls, 2 + 1 + 1 + 5 + 5 + 2 + 2) << "count, total, seed, rate, share, widths, tag";
}

/// Every field of every entry, from C++.
constexpr auto refuses_what_is_out_of_range = []<class Options, class Made>(const Entry<Options, Made>& entry) {
  for_each_out_of_range(Options{}, [&](const std::string& key, const Options& options) {
    EXPECT_THAT([&] { entry.make(options); }, ThrowsMessage<std::invalid_argument>(AllOf(
                                                  HasSubstr(": '" + key + "' cannot be "), HasSubstr("allowed: "))))
        << entry.name << ' ' << key;
  });
};
TEST(OutOfRange, OfARuleIsRefused) {
  for_each_rule(refuses_what_is_out_of_range);
  EXPECT_THAT([] { adam({.beta2 = 2}); },
              ThrowsMessage<std::invalid_argument>("adam: 'beta2' cannot be 2; allowed: [0,1)."));
  EXPECT_THAT([] { trac({.rule = restart({.every = 0})}); },
              ThrowsMessage<std::invalid_argument>(StartsWith("restart: 'every' cannot be 0")));
}
TEST(OutOfRange, OfAScheduleIsRefused) {
  for_each_schedule(refuses_what_is_out_of_range);
  EXPECT_THAT(
      [] {
        multi_step({.milestones = {10, -1}});
      },
      ThrowsMessage<std::invalid_argument>("multi_step: 'milestones' cannot be 10/-1; allowed: [0,inf)."));
}
TEST(OutOfRange, OfAClipIsRefused) {
  for_each_clip(refuses_what_is_out_of_range);
  EXPECT_THROW(global_norm({.max = 0}), std::invalid_argument);
}
TEST(OutOfRange, OfAProblemIsRefused) {
  for_each_problem(refuses_what_is_out_of_range);
  EXPECT_THROW(problems::quadratic({.dimensions = -1}), std::invalid_argument);
}

// What is no entry of the catalogue.
TEST(OutOfRange, OfTheOthersIsRefused) {
  EXPECT_GT(for_each_out_of_range(PlateauOptions{},
                                  [](const std::string& key, const PlateauOptions& options) {
                                    EXPECT_THROW(Plateau{options}, std::invalid_argument) << key;
                                  }),
            0);
}

}  // namespace
}  // namespace cairn::optim
