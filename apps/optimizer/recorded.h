#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "apps/optimizer/trace.h"

namespace cairn::apps {

/// What a folder of recorded traces says of one case: which rule was traced, and how near another implementation must
/// come to it. The folder's README says how its files go.
struct RecordedCase {
  std::string name;
  std::vector<std::string> arguments;  ///< options of `cairn optimizer replay`; empty: not to be said in options
  double float64_allowed = 0, float32_allowed = 0;  ///< |a - b| / max(1, |b|)
};

/// The cases in DIR/manifest.json, in their order. Throws std::runtime_error naming the file and what is wrong with it.
std::vector<RecordedCase> read_recorded_cases(const std::filesystem::path& folder);

/// DIR/traces/NAME.csv: gradients, and what came of them.
struct RecordedTrace {
  GradientTrace gradients;
  std::vector<double> rates;                                ///< of each step
  std::vector<std::vector<double>> in_float64, in_float32;  ///< parameters after each step
};
/// Throws std::runtime_error naming the file and what is wrong with it.
RecordedTrace read_recorded_trace(const std::filesystem::path& folder, const std::string& name);

}  // namespace cairn::apps
