// The claims as the studies found them; where one is too strong, the study's findings assert what is true instead.
#include "tests/apps/studies/study_checks.h"

namespace cairn::apps {
namespace {

class PinnStudies : public testing::TestWithParam<Study> {};

TEST_P(PinnStudies, FindWhatTheirVerdictSays) {
  expect_as_measured(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Claim, PinnStudies, testing::ValuesIn(pinn_studies()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace cairn::apps
