#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "envs/environment.h"
#include "render/sheets/dashboard.h"

namespace cairn::apps {

/// How a run learned, as far as its folder tells.
struct Learned {
  render::RunCurves curves;             ///< of progress.csv and evaluations.csv, with a person's interventions
  std::int64_t steps = 0, updates = 0;  ///< environment steps and optimizer updates
};

/// From the tables in `folder`; nothing where it is no folder with them. Throws std::runtime_error for tables that
/// cannot be read.
std::optional<Learned> learned(const std::filesystem::path& folder, const envs::Spec& spec);

}  // namespace cairn::apps
