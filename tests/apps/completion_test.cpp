// Scripts for shells and the manual page, as shells and readers take them.
#include <gmock/gmock.h>

#include <cstdlib>

#include "calls.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

class Completion : public Calls {
 protected:
  /// What bash offers for the last of the words.
  std::string offered(const std::string& words) {
    write_file(folder / "script", cairn("completion bash").out);
    write_file(folder / "ask",
               "source " + (folder / "script").string() + "\nCOMP_WORDS=(" + words +
                   ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_cairn\nprintf '%s\\n' \"${COMPREPLY[@]}\" "
                   "> " +
                   (folder / "answer").string() + "\n");
    EXPECT_EQ(std::system(("bash " + (folder / "ask").string()).c_str()), 0);
    return contents(folder / "answer");
  }
};

TEST_F(Completion, OffersCommandsOptionsAndNames) {
  EXPECT_EQ(offered("cairn tr"), "train\n");
  EXPECT_EQ(offered("cairn optimizer d"), "descend\n");
  EXPECT_THAT(offered("cairn train --ev"), HasSubstr("--evaluate-every\n"));
  EXPECT_THAT(offered("cairn optimizer replay --bl"), HasSubstr("--blocks\n"));
  EXPECT_EQ(offered("cairn train --env land"), "lander\n");
  EXPECT_THAT(offered("cairn compare --optimizers adam"), testing::AllOf(HasSubstr("adamw\n"), HasSubstr("adamax\n")));
  EXPECT_EQ(offered("cairn train --preset td3-pend"), "td3-pendulum\n");
}

TEST_F(Completion, IsAScriptThatZshReads) {
  const std::string script = cairn("completion zsh").out;
  EXPECT_THAT(script, HasSubstr("#compdef cairn\n"));
  EXPECT_THAT(script, HasSubstr("'--watch[show the learning in a window; H lists its keys]'"));
  EXPECT_THAT(script, HasSubstr(":SPEC:(lander "));
  if (std::system("command -v zsh >/dev/null") != 0) GTEST_SKIP() << "zsh is not installed.";
  write_file(folder / "_cairn", script);
  EXPECT_EQ(std::system(("zsh -n " + (folder / "_cairn").string()).c_str()), 0);
}

TEST_F(Completion, RefusesOtherShells) {
  EXPECT_EQ(cairn("completion fish").errors, "cairn: The shell cannot be 'fish'. Allowed: bash, zsh.\n");
  EXPECT_EQ(cairn("completion").status, 2);
}

TEST_F(Completion, TheManualPageNamesEveryCommandAndOption) {
  const std::string page = cairn("man").out;
  EXPECT_THAT(page, testing::StartsWith(".TH CAIRN 1 "));
  for (const char* command : {"list", "train", "compare", "optimizer replay", "completion"})
    EXPECT_THAT(page, HasSubstr(std::string(".SS ") + command + "\n"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-evaluate\\-every\\fR"));
  if (std::system("command -v groff >/dev/null") != 0) GTEST_SKIP() << "groff is not installed.";
  write_file(folder / "cairn.1", page);
  EXPECT_EQ(std::system(("groff -man -Tutf8 -ww " + (folder / "cairn.1").string() + " >/dev/null 2>" +
                         (folder / "warnings").string())
                            .c_str()),
            0);
  EXPECT_EQ(contents(folder / "warnings"), "");
}

}  // namespace
}  // namespace cairn::apps
