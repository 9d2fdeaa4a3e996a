#pragma once

#include <filesystem>
#include <vector>

#include "apps/command_line/options.h"
#include "apps/comparison/matrix.h"

namespace cairn::apps {

/// Of `cairn compare`; `tuning`: of `cairn tune`, which reports no runs beyond its trials.
std::vector<Option> compare_options(bool tuning);

/// The folder's comparison, where it has one, grown by what is asked for; nothing is written. Throws UsageError where
/// the folder holds another one, or where what is asked for cannot be.
comparison::Matrix planned(const std::filesystem::path& folder, const Arguments& arguments, bool tuning);

}  // namespace cairn::apps
