#include "tests/apps/optimizer/scratch.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

TEST_F(OptimizerCommand, SaysWhatItsPartsAre) {
  EXPECT_THAT(run({"--help"}).out, HasSubstr("replay"));
  for (const char* part : {"replay", "check", "schedule", "descend"}) {
    const Outcome help = run({part, "--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out, HasSubstr("--help")) << part;
  }
}

TEST_F(OptimizerCommand, RefusesPartsThatAreNone) {
  EXPECT_EQ(run({}).status, 2);
  const Outcome outcome = run({"reply"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("Did you mean 'replay'?"));
}

}  // namespace
}  // namespace cairn::apps
