#pragma once

#include <gtest/gtest.h>

#include "apps/comparison/study.h"

namespace cairn::apps {

inline void PrintTo(const Study& study, std::ostream* out) {
  *out << study.name;
}

/// Runs the study; every figure must lie where its verdict says.
inline void expect_as_measured(const Study& study) {
  for (const Finding& finding : study.run()) {
    EXPECT_TRUE(finding.holds()) << study.name << ": " << study.claim << '\n'
                                 << finding.what << ": " << finding.measured << ", accepted [" << finding.low << ", "
                                 << finding.high << "]";
    ::testing::Test::RecordProperty(finding.what, std::to_string(finding.measured));
    EXPECT_TRUE(finding.low > -Finding::none || finding.high < Finding::none) << finding.what << " asserts nothing";
  }
}

}  // namespace cairn::apps
