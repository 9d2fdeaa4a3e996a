#include "agents/training/progress.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

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

}  // namespace
}  // namespace cairn::agents
