#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "apps/comparison/matrix.h"

namespace cairn::comparison {

/// Arms and seeds of both, `there` first; for matrices without `differences`.
Matrix joined(const Matrix& there, const Matrix& here);

/// The comparison of all these folders. Throws UsageError with the differences where they hold different ones, and
/// std::runtime_error where one holds none.
Matrix joined(std::span<const std::filesystem::path> folders);

/// Throws UsageError where one of the folders to merge is the one to merge into.
void refuse_itself(std::span<const std::filesystem::path> folders, const std::filesystem::path& to);

/// Copies into `to` the runs in `from` that are finished or failed for good, without what they would need to go on;
/// those that are there stay. A run appears whole or not at all, so that the same call goes on after an interruption.
/// Both are folders of a comparison or a suite, as `from`/runs/KIND/s1. Throws std::runtime_error where both have a run
/// and its results differ, or where a process makes it in `to`.
void gather_runs(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace cairn::comparison
