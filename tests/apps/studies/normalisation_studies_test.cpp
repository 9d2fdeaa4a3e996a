// The claims as the studies found them; where one is too strong, the study's findings assert what is true instead.
#include "tests/apps/studies/study_checks.h"

namespace cairn::apps {
namespace {

class NormalisationStudies : public testing::TestWithParam<Study> {};

TEST_P(NormalisationStudies, FindWhatTheirVerdictSays) {
  expect_as_measured(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Claim, NormalisationStudies, testing::ValuesIn(normalisation_studies()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace cairn::apps
