#include "agents/training/standard_error.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/terminal.h"

namespace cairn::agents {
namespace {

using MessagesOnTerminal = OnTerminal;

TEST_F(MessagesOnTerminal, TheWidthIsTheTerminalsThenTheVariablesThen80) {
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

TEST_F(MessagesOnTerminal, AMessageIsBrokenBetweenWordsOnATerminal) {
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
