#include <gmock/gmock.h>

#include <cstdlib>

#include "apps/program.h"
#include "calls.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

// Flying itself is tested with a window: window_test.cpp.
Outcome play(std::vector<std::string> line) {
  line.insert(line.begin(), "play");
  return run_here(line);
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
                            {{"--env", "lander", "--poli", "a"}, "Did you mean '--policy'?"},
                            {{"--env", "lander", "--dem", "a"}, "Did you mean '--demo'?"}}) {
    const Outcome outcome = play(wrong.line);
    EXPECT_EQ(outcome.status, 2) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr(wrong.says));
  }
}

TEST(Play, RefusesAPolicyThatIsNone) {
  const Outcome none = play({"--policy", "/nowhere"});
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.errors, HasSubstr("/nowhere"));
}

TEST(Play, NeedsADisplayAndExplainsItself) {
  ::unsetenv("DISPLAY");
  const Outcome none = play({"--env", "lander"});
  EXPECT_NE(none.status, 0);
  EXPECT_THAT(none.errors, HasSubstr("window to play in"));
  const Outcome help = play({"--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.out, HasSubstr("arrow keys"));
}

}  // namespace
}  // namespace cairn::apps
