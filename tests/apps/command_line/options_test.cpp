#include "apps/command_line/options.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "apps/command_line/errors.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

const std::vector<Option> options = {
    {"seed", "S", "of all random numbers"}, {"steps", "N", "steps"}, {"quiet", "", "no progress"}};

std::string parsing_refusal(const std::vector<std::string>& line, int words = 0) {
  try {
    parse_arguments(line, options, words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Options, ReadValuesFlagsAndWords) {
  const Arguments arguments = parse_arguments({"run", "--seed=3", "--quiet", "--steps", "1e6"}, options, 1);
  EXPECT_EQ(arguments.count("seed", "[0,9]", 0), 3);
  EXPECT_EQ(arguments.count("steps", "[1,inf)", 0), 1'000'000);
  EXPECT_TRUE(arguments.flag("quiet"));
  EXPECT_EQ(arguments.words(), std::vector<std::string>{"run"});
  EXPECT_FALSE(arguments.has("nothing"));
  EXPECT_EQ(parse_arguments({}, options, 0).count("seed", "[0,9]", 7), 7);
}

TEST(Options, TakeManyWordsWhereTheySaySo) {
  const std::vector<Option> many = {{"tasks", "SPEC...", "", true, true}, {"seed", "S", ""}};
  const Arguments arguments = parse_arguments({"--tasks", "a:x=1,y=2", "b", "--seed", "3"}, many, 0);
  EXPECT_EQ(arguments.list("tasks"), (std::vector<std::string>{"a:x=1,y=2", "b"}));
  EXPECT_EQ(arguments.list("agents", "c d"), (std::vector<std::string>{"c", "d"}));
  EXPECT_TRUE(arguments.list("agents").empty());
  ::setenv("CAIRN_TASKS", "e f", 1);
  EXPECT_EQ(parse_arguments({}, many, 0).list("tasks").size(), 2U);
  ::unsetenv("CAIRN_TASKS");
}

TEST(Options, RefuseBoostsTraps) {
  EXPECT_THAT(parsing_refusal({"--see", "3"}), HasSubstr("Unknown option '--see'. Did you mean '--seed'?"));
  EXPECT_THAT(parsing_refusal({"stray"}), HasSubstr("Stray word 'stray'"));
  EXPECT_THAT(parsing_refusal({"a", "b"}, 1), HasSubstr("Stray word 'b'"));
  EXPECT_THAT(parsing_refusal({"--seed"}), HasSubstr("'--seed' needs a value"));
  EXPECT_THAT(parsing_refusal({"--seed="}), HasSubstr("--seed"));
  EXPECT_THAT(parsing_refusal({"--quiet=3"}), HasSubstr("--quiet"));
  EXPECT_THAT(parsing_refusal({"--seed", "1", "--seed", "2"}), HasSubstr("'--seed' is given twice"));
  EXPECT_THAT(parsing_refusal({"-s", "1"}), HasSubstr("Unknown option '--s'"));
  EXPECT_EQ(parsing_refusal({"-seed", "1"}), "Option '-seed' needs two dashes: '--seed'.");
  EXPECT_THAT(parsing_refusal({"--words", "1"}), HasSubstr("Unknown option '--words'"));
  const Arguments negative = parse_arguments({"--steps", "-1"}, options, 0);
  EXPECT_THROW(negative.count("steps", "[1,10]", 1), UsageError);
}

TEST(Options, TakeTheEnvironmentBelowTheCommandLine) {
  setenv("CAIRN_SEED", "5", 1);
  setenv("CAIRN_QUIET", "1", 1);
  EXPECT_EQ(parse_arguments({}, options, 0).count("seed", "[0,9]", 0), 5);
  EXPECT_TRUE(parse_arguments({}, options, 0).flag("quiet"));
  EXPECT_EQ(parse_arguments({"--seed", "6"}, options, 0).count("seed", "[0,9]", 0), 6);
  EXPECT_FALSE(parse_arguments({}, options, 0).typed("seed"));
  setenv("CAIRN_QUIET", "maybe", 1);
  EXPECT_THAT(parsing_refusal({}), HasSubstr("CAIRN_QUIET cannot be 'maybe'"));
  unsetenv("CAIRN_SEED");
  unsetenv("CAIRN_QUIET");
}

TEST(Options, RefuseMisspeltVariables) {
  setenv("CAIRN_STEP", "5", 1);
  EXPECT_EQ(parsing_refusal({}),
            "Unknown variable 'CAIRN_STEP'. Did you mean 'CAIRN_STEPS'? Allowed: CAIRN_SEED, CAIRN_STEPS, "
            "CAIRN_QUIET.");
  EXPECT_THAT(parsing_refusal({"--steps", "3"}), HasSubstr("CAIRN_STEP'")) << "the command line mends nothing";
  setenv("CAIRN_STEP", "", 1);
  EXPECT_EQ(parsing_refusal({}), "nothing was refused") << "empty, as if it were not there";
  unsetenv("CAIRN_STEP");
  for (const char* others : {"CAIRN_SEEDS", "CAIRN_ROOT", "CAIRN_HOME", "CAIRN_VERSION", "CAIRN_PREFIX"}) {
    setenv(others, "5", 1);
    EXPECT_EQ(parsing_refusal({}), "nothing was refused") << others << " belongs to another command, or to nobody here";
    unsetenv(others);
  }
}

TEST(Options, SayWhereARefusedValueCameFrom) {
  const auto refused = [](const Arguments& arguments) -> std::string {
    try {
      arguments.count("seed", "[0,9]", 0);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refused(parse_arguments({"--seed", "x"}, options, 0)), "Option '--seed' cannot be 'x'. Allowed: [0,9].");
  setenv("CAIRN_SEED", "y", 1);
  EXPECT_EQ(refused(parse_arguments({}, options, 0)), "Variable CAIRN_SEED cannot be 'y'. Allowed: [0,9].");
  unsetenv("CAIRN_SEED");
  Arguments file;
  file.set("seed", "z", "old/config.json");
  EXPECT_EQ(refused(file), "'seed' in old/config.json cannot be 'z'. Allowed: [0,9].");
}

TEST(Options, AlignHelpByCharacters) {
  const std::string help = help_for({{"ab", "SPEC…", "first"}, {"cde", "SPEC", "second"}});
  EXPECT_EQ(help, "  --ab SPEC…  first\n  --cde SPEC  second\n");
}

}  // namespace
}  // namespace cairn::apps
