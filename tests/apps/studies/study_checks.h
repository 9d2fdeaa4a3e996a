#pragma once

#include <gtest/gtest.h>

#include <set>

#include "apps/studies/study.h"

namespace cairn::apps {

inline void PrintTo(const Study& study, std::ostream* out) {
  *out << study.name;
}

/// Runs the study; every figure must lie where its verdict says, and there must be something to see.
inline void expect_as_measured(const Study& study) {
  const Measured measured = study.run();
  std::set<std::string> names;
  for (const Finding& finding : measured.findings) {
    EXPECT_TRUE(finding.holds()) << study.name << ": " << study.claim << '\n'
                                 << finding.what << ": " << finding.measured << ", accepted [" << finding.low << ", "
                                 << finding.high << "]";
    ::testing::Test::RecordProperty(finding.what, std::to_string(finding.measured));
    EXPECT_TRUE(names.insert(finding.what).second) << finding.what << " could be either of two";
    EXPECT_TRUE(finding.low > -Finding::none || finding.high < Finding::none) << finding.what << " asserts nothing";
  }
  EXPECT_FALSE(measured.charts.empty());
  for (const Chart& chart : measured.charts) {
    if (const auto* rows = std::get_if<comparison::IntervalChart>(&chart)) {
      EXPECT_FALSE(rows->rows.empty()) << rows->title;
      continue;
    }
    const auto& plane = std::get<render::Chart>(chart);
    EXPECT_FALSE(plane.series.empty()) << plane.title;
    for (const render::Series& series : plane.series) EXPECT_EQ(series.x.size(), series.y.size()) << series.name;
  }
}

}  // namespace cairn::apps
