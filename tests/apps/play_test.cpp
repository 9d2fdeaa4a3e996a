#include <gmock/gmock.h>

#include <cstdlib>

#include "apps/program.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

struct Outcome {
  int status;
  std::string out, errors;
};

/// As the program itself would run it. Flying itself is tested with a window: window_test.cpp.
Outcome run(std::vector<std::string> line) {
  line.insert(line.begin(), "play");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = Program().run(line);
  return {status, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

TEST(Play, RefusesWrongUse) {
  struct Case {
    std::vector<std::string> line;
    const char* says;
  };
  for (const Case& wrong : {Case{{}, "Option '--env' is missing"},
                            {{"--env", "lnder"}, "Did you mean 'lander'?"},
                            {{"--env", "lander", "--demo", "/"}, "Option '--demo': / is a folder."},
                            {{"--env", "lander", "--seed", "-1"}, "'--seed' cannot be '-1'"},
                            {{"--env", "lander", "--dem", "a"}, "Did you mean '--demo'?"}}) {
    const Outcome outcome = run(wrong.line);
    EXPECT_EQ(outcome.status, 2) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr(wrong.says));
  }
}

TEST(Play, NeedsADisplayAndExplainsItself) {
  ::unsetenv("DISPLAY");
  const Outcome none = run({"--env", "lander"});
  EXPECT_NE(none.status, 0);
  EXPECT_THAT(none.errors, HasSubstr("window to play in"));
  const Outcome help = run({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.out, HasSubstr("arrow keys"));
}

}  // namespace
}  // namespace cairn::apps
