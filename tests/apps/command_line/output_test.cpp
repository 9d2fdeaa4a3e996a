// What commands print, and what becomes of it when nobody can have it.
#include "apps/command_line/output.h"

#include <gmock/gmock.h>

#include "calls.h"
#include "tests/terminal.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

TEST(Output, PrintsToStandardOutput) {
  testing::internal::CaptureStdout();
  begin_out();
  print_out("{} of {}\n", 1, "two");
  write_out("three\n");
  flush_out();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "1 of two\nthree\n");
  EXPECT_FALSE(out_is_lost());
  EXPECT_EQ(out_trouble(), "");
}

using OutputOnTerminal = OnTerminal;

TEST_F(OutputOnTerminal, BreaksTextForPeopleAndNothingElse) {
  set_columns(20);
  begin_out();
  const std::string long_line = "one two three four five six";
  EXPECT_EQ(written([&] { print_text("{}\n\nseven\n", long_line); }, stdout),
            "one two three four\r\nfive six\r\n\r\nseven\r\n");
  EXPECT_EQ(written([] { write_text("no end"); }, stdout), "no end");
  EXPECT_EQ(written([&] { print_out("{}\n", long_line); }, stdout), long_line + "\r\n") << "JSON, tables of numbers";
  testing::internal::CaptureStdout();
  print_text("{}\n", long_line);
  flush_out();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), long_line + '\n') << "for programs";
}

TEST(Output, FitsEightyCharacters) {
  const std::string word(9, 'w');
  const auto words = [&](int count) {
    std::string text = word;
    for (int i = 1; i < count; ++i) text += ' ' + word;
    return text;
  };
  const std::string eight = words(8);  // 79 characters
  EXPECT_EQ(fitted(eight + '\n' + word + "\n\n" + word + '\n'), eight + '\n' + word + "\n\n" + word + '\n');
  EXPECT_EQ(fitted(words(9) + '\n' + word + '\n'), eight + '\n' + word + ' ' + word + '\n') << "a paragraph";
  EXPECT_EQ(fitted(words(9) + "\n\n" + word + '\n'), eight + '\n' + word + "\n\n" + word + '\n') << "two";
  EXPECT_EQ(fitted("  --a B…  " + words(8) + '\n'),
            "  --a B…  " + words(7) + '\n' + std::string(10, ' ') + word + '\n');
  EXPECT_EQ(fitted(std::string(90, 'x') + " y\n"), std::string(90, 'x') + "\ny\n");
  EXPECT_EQ(fitted(""), "");
}

class OutputOfCommands : public Calls {
 protected:
  /// Runs `cairn LINE` in the test's folder with its output as `to` says, as in `>/dev/full`.
  int status(const std::string& line, const std::string& to) const {
    const std::string command =
        "cd " + folder.string() + " && (trap '' PIPE; " CAIRN_PROGRAM " " + line + " 2>errors; echo $? >status)" + to;
    EXPECT_EQ(std::system(command.c_str()), 0);
    return std::stoi(contents(folder / "status"));
  }
  std::string errors() const { return contents(folder / "errors"); }
};

// Some print little, some more than a buffer holds, some flush in the middle, and some save files afterwards.
TEST_F(OutputOfCommands, LostIsOneSentenceAndStatusOne) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  for (const char* line :
       {"list", "list envs --json", "list optimizers adam", "study list", "study run cliff", "study run cliff --json",
        "landscape --problem canyon --optimizers adam --steps 3 --no-window",
        "landscape --problem canyon --optimizers adam --steps 3 --no-window --json",
        "race --env cartpole --agent ppo --steps 2048 --optimizers adam sgd --no-window --quiet",
        "race --env cartpole --agent ppo --steps 2048 --optimizers adam sgd --no-window --json",
        "train --env cartpole --agent ppo --steps 2048 --json --out run", "eval run --episodes 2 --json",
        "export run --format onnx --out policy.onnx",
        "compare --tasks cartpole --agents ppo --optimizers adam --budget 2048 --seeds 1 --episodes 2 --quiet --out c",
        "optimizer schedule --schedule constant --lr 1 --steps 1000000000", "--version", "compare --help"}) {
    EXPECT_EQ(status(line, " >/dev/full"), 1) << line;
    EXPECT_EQ(errors(), "cairn: Standard output cannot be written: No space left on device.\n") << line;
  }
  for (const char* file : {"race.png", "run/checkpoints/last.safetensors", "policy.onnx", "c/report.html"})
    EXPECT_TRUE(std::filesystem::exists(folder / file)) << file << ": the work is not lost with its words";
}

TEST_F(OutputOfCommands, ThatNobodyReadsIsNoFailure) {
  for (const char* line : {"list envs --json", "optimizer schedule --schedule constant --lr 1 --steps 1000000000",
                           "race --env cartpole --agent ppo --steps 2048 --optimizers adam sgd --no-window --json"}) {
    EXPECT_EQ(status(line, " | true"), 0) << line;
    EXPECT_EQ(errors(), "") << line;
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "race.png"));
}

TEST_F(OutputOfCommands, NamesThatAreNoUtf8DoNotEndARun) {
  const std::string name = "caf\xe9";
  const Outcome trained = cairn("train --env cartpole --agent ppo --steps 2048 --quiet --json --out " + name);
  EXPECT_EQ(trained.status, 0) << trained.errors;
  EXPECT_THAT(trained.out, HasSubstr("caf\xef\xbf\xbd")) << "U+FFFD";
  EXPECT_EQ(cairn("eval " + name + " --episodes 2 --json").status, 0);
  EXPECT_EQ(cairn("watch " + name + " --record " + name + ".png").status, 0);
  EXPECT_EQ(
      cairn("race --env cartpole --agent ppo --steps 2048 --optimizers adam sgd --no-window --json --out r" + name)
          .status,
      0);
  const Outcome demonstrated =
      cairn("train --env cartpole --agent dqn --steps 2048 --quiet --out d --demos heuristic" + name);
  EXPECT_EQ(demonstrated.status, 2);
  EXPECT_THAT(demonstrated.errors, HasSubstr("'--demos' cannot be '"));
  EXPECT_THAT(demonstrated.errors, HasSubstr("/heuristic" + name + "': config.json keeps it"));
}

// Libraries' own texts name their functions and classes; people get a sentence.
TEST_F(OutputOfCommands, NamesThatCannotBeUsedGetASentence) {
  const std::string endless(300, 'a');
  std::ofstream(folder / "file") << "no folder";
  for (const std::string& line :
       {"eval " + endless, "train --env cartpole --agent ppo --out " + endless, "compare --out " + endless,
        "study run cliff --out " + endless, "watch " + endless + " --record a.png",
        "landscape --problem canyon --optimizers adam --record " + endless + ".png",
        "race --env cartpole --agent ppo --optimizers adam sgd --no-window --out " + endless}) {
    const Outcome outcome = cairn(line);
    EXPECT_EQ(outcome.status, 1) << line;
    EXPECT_THAT(outcome.errors, testing::AllOf(testing::StartsWith("cairn: Cannot use 'aaa"),
                                               testing::EndsWith("': File name too long.\n")));
  }
  for (const char* line : {"study run cliff --out file/x", "compare --out file/x"}) {
    EXPECT_EQ(cairn(line).status, 1);
    EXPECT_EQ(cairn(line).errors, "cairn: Cannot use 'file/x': Not a directory.\n") << line;
  }
}

}  // namespace
}  // namespace cairn::apps
