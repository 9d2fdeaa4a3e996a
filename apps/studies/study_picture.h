#pragma once

#include <filesystem>

#include "apps/studies/study.h"

namespace cairn::apps {

/// Writes the study's charts side by side under its claim and verdict, as PNG or SVG by the file's ending.
void write_study_picture(const std::filesystem::path& file, const Study& study, const Measured& measured);

}  // namespace cairn::apps
