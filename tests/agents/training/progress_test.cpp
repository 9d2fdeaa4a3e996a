#include "agents/training/progress.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "agents/training/standard_error.h"
#include "tests/terminal.h"

namespace cairn::agents {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

long width(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

TEST(FittedLine, IsNarrowerThanTheTerminalAndKeepsWhatMattersMost) {
  const std::vector<std::string> facts{" 42 %", "12:34 min left", "return -123.4", "12.34M steps", "123456 steps/s"};
  for (int columns = 2; columns < 200; ++columns) {
    const std::string line = fitted_line(0.42, facts, columns, false);
    EXPECT_LT(width(line), columns);
    if (columns > 6) {
      EXPECT_THAT(line, HasSubstr(" 42 %")) << columns;
    }
    if (columns > 95) {
      EXPECT_THAT(line, HasSubstr("steps/s")) << columns;
    }
  }
  EXPECT_THAT(fitted_line(0.42, facts, 80, false), HasSubstr("return"));
  EXPECT_EQ(fitted_line(0.5, {"50 %"}, 20, false), "███████░░░░░░░ 50 %");
  EXPECT_THAT(fitted_line(0.5, {"50 %"}, 20, true), StartsWith("\x1b[36m"));
}

/// Standard error as a terminal of some width; what was written there.
class ProgressOn : public OnTerminal {
 protected:
  static void run() {
    ProgressLine line;
    line.on_start({.agent = "a", .environment = "e", .folder = {}, .total_steps = 1'000'000, .factory = {}});
    line.on_end();
  }
};

TEST_F(ProgressOn, ARunWithNothingLeftToDoSaysNothing) {
  EXPECT_EQ(
      written([] {
        ProgressLine line;
        line.on_start(
            {.agent = "a", .environment = "e", .folder = {}, .total_steps = 1000, .first_step = 1000, .factory = {}});
        line.on_end();
      }),
      "");
}

TEST_F(ProgressOn, ATerminalFitsItsWidth) {
  for (const int columns : {40, 80}) {
    set_columns(columns);
    const std::string text = written([] { run(); });
    EXPECT_THAT(text, StartsWith("\r"));
    const std::string line = text.substr(1, text.find("\x1b[K") - 1);
    std::string plain;
    for (std::size_t i = 0; i < line.size(); ++i)
      if (line[i] == '\x1b')
        i = line.find('m', i);  // colours take no room
      else
        plain += line[i];
    EXPECT_THAT(plain, HasSubstr("0 %"));
    EXPECT_LT(width(plain), columns);
  }
}

TEST_F(ProgressOn, ADumbTerminalGetsPlainLines) {
  for (const char* terminal : {"dumb", ""}) {
    ::setenv("TERM", terminal, 1);
    const std::string text = written([] { run(); });
    EXPECT_THAT(text, HasSubstr("steps/s"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(StartsWith("\r")));
  }
  ::setenv("TERM", "xterm", 1);
}

TEST_F(ProgressOn, TheWidthIsTheTerminalsThenTheVariablesThen80) {
  int columns = 0;
  const auto ask = [&] { columns = terminal_columns(); };
  set_columns(61);
  ::setenv("COLUMNS", "72", 1);
  written(ask);
  EXPECT_EQ(columns, 61);
  set_columns(0);  // a terminal that does not know
  written(ask);
  EXPECT_EQ(columns, 72);
  for (const char* nonsense : {"0", "-3", "wide", ""}) {
    ::setenv("COLUMNS", nonsense, 1);
    written(ask);
    EXPECT_EQ(columns, 80) << nonsense;
  }
  ::unsetenv("COLUMNS");
}

TEST_F(ProgressOn, AMessageIsBrokenBetweenWordsOnATerminal) {
  set_columns(30);
  const std::string clear = "\r\x1b[K";
  EXPECT_EQ(written([] { print_message("No environment is named 'landr'. Allowed: lander."); }),
            clear + "No environment is named\r\n'landr'. Allowed: lander.\r\n");
  EXPECT_EQ(written([] { print_message("One line.\nAnother one."); }), clear + "One line.\r\nAnother one.\r\n");
  ::setenv("TERM", "dumb", 1);
  EXPECT_EQ(written([] { print_message(""); }), "\r\n");
  ::setenv("TERM", "xterm", 1);
}

TEST(PrintMessage, IsOneLineElsewhere) {
  const std::string line =
      "No environment is named 'landr'. Allowed: cartpole, mountain_car, lander, and others that stand here.";
  testing::internal::CaptureStderr();
  print_message(line);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), line + '\n');
}

TEST(BrokenLine, HasAtMostSoManyCharactersBetweenBreaks) {
  EXPECT_EQ(broken_line("one two three", 7), "one two\nthree");
  EXPECT_EQ(broken_line("one two three", 13), "one two three");
  EXPECT_EQ(broken_line("± ± ± ± ±", 5), "± ± ±\n± ±") << "characters, not bytes";
  EXPECT_EQ(broken_line("abcdefghij k", 4), "abcdefghij\nk") << "a word stays whole";
  EXPECT_EQ(broken_line("", 4), "");
  EXPECT_EQ(broken_line("--a  one two three", 12, 5), "--a  one two\n     three");
}

}  // namespace
}  // namespace cairn::agents
