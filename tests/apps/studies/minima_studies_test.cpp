// The claims as the studies found them; where one is too strong, the study's findings assert what is true instead.
#include "tests/apps/studies/study_checks.h"

namespace cairn::apps {
namespace {

class MinimaStudies : public testing::TestWithParam<Study> {};

TEST_P(MinimaStudies, FindWhatTheirVerdictSays) {
  expect_as_measured(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Claim, MinimaStudies, testing::ValuesIn(minima_studies()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace cairn::apps
